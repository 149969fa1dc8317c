"""The client's half of uploads and jobs: uploads that go on after a break, analyses that outlive their caller."""

from __future__ import annotations

import abc
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import google_crc32c
import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from anchorproof.api import convert, jobs_convert
from anchorproof.types import Job, JobState, Priority, Progress, Report, Upload, UploadState
from anchorproof.v1 import jobs_pb2, jobs_pb2_grpc, uploads_pb2, uploads_pb2_grpc

UPLOAD_CHUNK_BYTES = 256 * 1024
#: A service that is being started again, or has no room, is waited for this long since something last went on.
PATIENCE_S = 120.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
#: What may go away by itself: a service that restarts, a connection that broke, bytes changed on the way.
_PASSING = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.DATA_LOSS,
}

T = TypeVar("T")


class JobClient(abc.ABC):
    """Mixed into ``Client``."""

    _timeout_s: float
    patience_s: float = PATIENCE_S

    def _open_jobs(self, channel: grpc.Channel) -> None:
        self._uploads = uploads_pb2_grpc.UploadServiceStub(channel)
        self._jobs = jobs_pb2_grpc.JobServiceStub(channel)
        self._operations = operations_pb2_grpc.OperationsStub(channel)

    @abc.abstractmethod
    def _fault(self, error: Any) -> Exception:
        """A gRPC error as the client's own."""

    # ------------------------------------------------------------------------------------------------ uploads

    def upload(
        self,
        file: Path | str,
        name: str = "",
        request_id: str = "",
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> Upload:
        """The file as a finalised upload; goes on by itself after the connection, or the service, broke.

        Args:
            request_id: a call with the same id goes on with the upload that an earlier process left.
        """
        path = Path(file)
        size_bytes = path.stat().st_size
        with path.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        wish = uploads_pb2.CreateUploadRequest(
            clip_name=name or path.name.encode("utf-8", "replace").decode(),
            size_bytes=size_bytes,
            sha256=sha256,
            request_id=request_id or str(uuid.uuid4()),
        )
        upload = jobs_convert.read_upload(self._patiently(self._uploads.CreateUpload, wish).upload)
        pause = _Pause(self.patience_s)
        while upload.state is not UploadState.FINALIZED:
            before = upload.offset
            try:
                if upload.offset < size_bytes:
                    upload = self._write(path, upload, on_progress)
                upload = self._finalize(upload, sha256)
            except grpc.RpcError as error:
                upload = self._found_again(upload, error, pause)
            if upload.offset > before:
                pause.begin_again()
        return upload

    def _write(self, path: Path, upload: Upload, on_progress: Callable[[Progress], None]) -> Upload:
        call = self._uploads.WriteUpload.future(_messages(path, upload, on_progress))
        try:
            return jobs_convert.read_upload(call.result().upload)
        finally:
            call.cancel()  # where on_progress or Ctrl-C broke off

    def _finalize(self, upload: Upload, sha256: str) -> Upload:
        request = uploads_pb2.FinalizeUploadRequest(name=jobs_convert.upload_name(upload.upload_id), sha256=sha256)
        # Large files take a while to be read back.
        limit_s = self._timeout_s + upload.size_bytes / 50e6
        return jobs_convert.read_upload(self._uploads.FinalizeUpload(request, timeout=limit_s).upload)

    def _found_again(self, upload: Upload, error: Any, pause: _Pause) -> Upload:
        """How far the upload is, after waiting for what may go away by itself; raises what does not."""
        if error.code() not in _PASSING or not pause.wait(error):
            raise self._fault(error) from error
        return self.get_upload(upload.upload_id)

    def get_upload(self, upload_id: str) -> Upload:
        request = uploads_pb2.GetUploadRequest(name=jobs_convert.upload_name(upload_id))
        return jobs_convert.read_upload(self._patiently(self._uploads.GetUpload, request).upload)

    def delete_upload(self, upload_id: str) -> None:
        request = uploads_pb2.DeleteUploadRequest(name=jobs_convert.upload_name(upload_id))
        self._patiently(self._uploads.DeleteUpload, request)

    # ------------------------------------------------------------------------------------------------ jobs

    def submit(
        self,
        clip: Path | str,
        clip_name: str = "",
        request_id: str = "",
        priority: Priority = Priority.NORMAL,
        time_limit_s: float | None = None,
        webhook_url: str = "",
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> Job:
        """Upload a clip and have it analysed; the job goes on without this process.

        Args:
            clip: a file, or an address that the service may read, such as "s3://bucket/clip.mp4".
            request_id: a call with the same id gives the same job, and sends again only what had not arrived.
        """
        request_id = request_id or str(uuid.uuid4())
        request = jobs_pb2.AnalyzeVideoRequest(
            clip_name=clip_name,
            request_id=request_id,
            priority=jobs_convert.priority_number(priority),
            webhook_url=webhook_url,
        )
        if time_limit_s is not None:
            request.time_limit.CopyFrom(_duration(time_limit_s))
        if "://" in str(clip):
            request.uri = str(clip)
        else:
            upload = self.upload(clip, clip_name, f"{request_id}/upload", on_progress)
            request.upload = jobs_convert.upload_name(upload.upload_id)
        return _read_operation(self._patiently(self._jobs.AnalyzeVideo, request))

    def submit_batch(self, requests: list[jobs_pb2.AnalyzeVideoRequest]) -> list[Job]:
        """All of them or none; each names a finalised upload or an address."""
        answer = self._patiently(self._jobs.BatchAnalyzeVideo, jobs_pb2.BatchAnalyzeVideoRequest(requests=requests))
        return [_read_operation(operation) for operation in answer.operations]

    def get_job(self, job_id: str) -> Job:
        request = operations_pb2.GetOperationRequest(name=jobs_convert.operation_name(job_id))
        return _read_operation(self._patiently(self._operations.GetOperation, request))

    def jobs(self, state: JobState | None = None, batch_id: str = "") -> Iterator[Job]:
        """Jobs, newest first, fetched a page at a time."""
        wanted = [f"state={state.name}"] if state else []
        wanted += [f"batch_id={batch_id}"] if batch_id else []
        request = operations_pb2.ListOperationsRequest(name="operations", filter=" AND ".join(wanted))
        while True:
            page = self._patiently(self._operations.ListOperations, request)
            yield from map(_read_operation, page.operations)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def cancel_job(self, job_id: str) -> None:
        request = operations_pb2.CancelOperationRequest(name=jobs_convert.operation_name(job_id))
        self._patiently(self._operations.CancelOperation, request)

    def delete_job(self, job_id: str) -> None:
        """Forget a job that has ended; its report stays."""
        request = operations_pb2.DeleteOperationRequest(name=jobs_convert.operation_name(job_id))
        self._patiently(self._operations.DeleteOperation, request)

    def watch_job(self, job_id: str, after_sequence: int = 0) -> Iterator[Job]:
        """Every change up to the end; goes on by itself after the connection, or the service, broke."""
        yield from (job for job, _ in self._events(job_id, after_sequence))

    def wait_for_job(self, job_id: str, on_progress: Callable[[Progress], None] = lambda _: None) -> Report:
        """The report, once it is there.

        Raises:
            ServiceError: what the job ended in.
        """
        for job, result in self._events(job_id, 0):
            if isinstance(result, Report):
                return result
            if job.state.is_final:
                raise self._ended(job)
            on_progress(Progress(job.step or "waiting", job.fraction))
        raise AssertionError("a job that ended without an end")

    def _events(self, job_id: str, after: int) -> Iterator[tuple[Job, Report | None]]:
        pause = _Pause(self.patience_s)
        while True:
            request = jobs_pb2.WatchAnalysisRequest(name=jobs_convert.operation_name(job_id), after_sequence=after)
            call = self._jobs.WatchAnalysis(request)
            try:
                for event in call:
                    pause.begin_again()
                    job = jobs_convert.read_job(event.metadata, jobs_convert.read_error(event))
                    after = job.sequence
                    yield job, convert.read_report(event.report) if event.HasField("report") else None
                    if job.state.is_final:
                        return
            except grpc.RpcError as error:
                is_passing = error.code() in _PASSING | {grpc.StatusCode.CANCELLED}
                if not is_passing or not pause.wait(error):
                    raise self._fault(error) from error
            finally:
                call.cancel()

    @abc.abstractmethod
    def _ended(self, job: Job) -> Exception:
        """The error that a job ended in."""

    def _patiently(self, method: Callable[..., Any], request: Any) -> Any:
        """The answer of a call that may be repeated, after waiting for what may go away by itself."""
        pause = _Pause(self.patience_s)
        while True:
            try:
                return method(request, timeout=self._timeout_s)
            except grpc.RpcError as error:
                is_passing = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
                if not is_passing or not pause.wait(error):
                    raise self._fault(error) from error


class _Pause:
    """Longer and longer pauses, or as the service says, until patience is over."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self.begin_again()

    def begin_again(self) -> None:
        self._end = time.monotonic() + self._patience_s
        self._next_s = _FIRST_PAUSE_S

    def wait(self, error: Any) -> bool:
        """False when patience is over."""
        pause_s = max(self._next_s, _asked_for_s(error))
        if time.monotonic() + pause_s > self._end:
            return False
        time.sleep(pause_s)
        self._next_s = min(_LONGEST_PAUSE_S, self._next_s * 2)
        return True


def _asked_for_s(error: Any) -> float:
    """How long the service wants us to wait."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                info = error_details_pb2.RetryInfo()
                if detail.Unpack(info):
                    return float(info.retry_delay.ToNanoseconds()) / 1e9
    return 0.0


def _messages(
    path: Path, upload: Upload, on_progress: Callable[[Progress], None]
) -> Iterator[uploads_pb2.WriteUploadRequest]:
    header = uploads_pb2.WriteUploadHeader(name=jobs_convert.upload_name(upload.upload_id))
    yield uploads_pb2.WriteUploadRequest(header=header)
    offset = upload.offset
    with path.open("rb") as file:
        file.seek(offset)
        while data := file.read(UPLOAD_CHUNK_BYTES):
            chunk = uploads_pb2.UploadChunk(offset=offset, data=data, crc32c=google_crc32c.value(data))
            yield uploads_pb2.WriteUploadRequest(chunk=chunk)
            offset += len(data)
            on_progress(Progress("uploading", min(1.0, offset / upload.size_bytes)))


def _duration(seconds: float) -> Duration:
    message = Duration()
    message.FromNanoseconds(round(seconds * 1e9))
    return message


def _read_operation(message: Any) -> Job:
    """Of an AnalyzeVideoResponse, or of a google.longrunning.Operation."""
    metadata = jobs_pb2.AnalyzeVideoMetadata()
    message.metadata.Unpack(metadata)
    return jobs_convert.read_job(metadata, jobs_convert.read_error(message))
