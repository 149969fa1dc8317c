"""Uploads and jobs as messages, and back."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from google.longrunning import operations_pb2
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2

from anchorproof import errors
from anchorproof.api import convert
from anchorproof.api.status import status_of
from anchorproof.types import (
    Job,
    JobError,
    JobRequest,
    JobState,
    Priority,
    Report,
    StepState,
    Upload,
    UploadState,
)
from anchorproof.v1 import jobs_pb2, uploads_pb2

#: Reports that are asked for again and again, by clients that look whether a job is done.
KEPT_RESULTS = 128
_PRIORITIES = {
    jobs_pb2.PRIORITY_UNSPECIFIED: Priority.NORMAL,
    jobs_pb2.PRIORITY_LOW: Priority.LOW,
    jobs_pb2.PRIORITY_NORMAL: Priority.NORMAL,
    jobs_pb2.PRIORITY_HIGH: Priority.HIGH,
}


def operation_name(job_id: str) -> str:
    return f"operations/{job_id}"


def read_operation_name(name: str, field: str = "name") -> str:
    return convert.read_name(name, "operations/{operation}", field)[0]


def upload_name(upload_id: str) -> str:
    return f"uploads/{upload_id}"


def read_upload_name(name: str, field: str = "name") -> str:
    return convert.read_name(name, "uploads/{upload}", field)[0]


def priority_number(priority: Priority) -> jobs_pb2.Priority:
    number: jobs_pb2.Priority = jobs_pb2.Priority.Value(f"PRIORITY_{priority.name}")  # type: ignore[assignment]
    return number


def read_priority(number: int) -> Priority:
    """Raises RequestInvalid for a number this version does not know."""
    if number not in _PRIORITIES:
        raise errors.RequestInvalid(f"priority {number} is unknown", "priority")
    return _PRIORITIES[number]  # type: ignore[index]


def _time(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


# --------------------------------------------------------------------------- uploads


def upload_message(upload: Upload) -> uploads_pb2.Upload:
    return uploads_pb2.Upload(
        name=upload_name(upload.upload_id),
        clip_name=upload.name,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        state=uploads_pb2.UploadState.Value(f"UPLOAD_STATE_{upload.state.name}"),  # type: ignore[arg-type]
        offset=upload.offset,
        create_time=_time(upload.create_time),
        expire_time=_time(upload.expire_time),
    )


def read_upload(message: uploads_pb2.Upload) -> Upload:
    """As a client sees it: who sent it and under which request stays with the service."""
    return Upload(
        upload_id=read_upload_name(message.name),
        client="",
        name=message.clip_name,
        size_bytes=message.size_bytes,
        sha256=message.sha256,
        request_id="",
        state=UploadState[uploads_pb2.UploadState.Name(message.state).removeprefix("UPLOAD_STATE_")],
        offset=message.offset,
        create_time=message.create_time.ToDatetime(tzinfo=UTC),
        expire_time=message.expire_time.ToDatetime(tzinfo=UTC),
    )


# --------------------------------------------------------------------------- jobs


def metadata_message(job: Job) -> jobs_pb2.AnalyzeVideoMetadata:
    message = jobs_pb2.AnalyzeVideoMetadata(
        name=operation_name(job.job_id),
        state=jobs_pb2.JobState.Value(f"JOB_STATE_{job.state.name}"),  # type: ignore[arg-type]
        clip_name=job.request.clip_name,
        clip_sha256=job.clip_sha256,
        create_time=_time(job.create_time),
        start_time=_time(job.start_time),
        end_time=_time(job.end_time),
        deadline=_time(job.deadline),
        priority=priority_number(job.request.priority),
        step=job.step,
        fraction=job.fraction,
        steps=[jobs_pb2.StepProgress(step=step.step, done=step.is_done) for step in job.steps],
        attempts=job.attempts,
        report=convert.report_name(job.report_id) if job.state is JobState.SUCCEEDED else "",
        batch_id=job.request.batch_id,
        sequence=job.sequence,
        cancel_requested=job.is_cancel_requested,
        uri=job.request.source_uri,
    )
    if job.position is not None:
        message.queue_position = job.position
    return message


def read_job(message: jobs_pb2.AnalyzeVideoMetadata, error: JobError | None = None) -> Job:
    """As a client sees it."""
    report_id = message.report.rpartition("/")[2]
    return Job(
        job_id=read_operation_name(message.name),
        request=JobRequest(
            client="",
            clip_name=message.clip_name,
            clip_sha256="" if message.uri else message.clip_sha256,
            source_uri=message.uri,
            priority=read_priority(message.priority),
            batch_id=message.batch_id,
        ),
        state=JobState[jobs_pb2.JobState.Name(message.state).removeprefix("JOB_STATE_")],
        report_id=report_id,
        clip_sha256=message.clip_sha256,
        create_time=message.create_time.ToDatetime(tzinfo=UTC),
        start_time=_read_time(message, "start_time"),
        end_time=_read_time(message, "end_time"),
        deadline=_read_time(message, "deadline"),
        step=message.step,
        fraction=message.fraction,
        steps=tuple(StepState(step.step, step.done) for step in message.steps),
        attempts=message.attempts,
        crashes=0,
        is_cancel_requested=message.cancel_requested,
        error=error,
        sequence=message.sequence,
        position=message.queue_position if message.HasField("queue_position") else None,
    )


def _read_time(message: Any, field: str) -> datetime | None:
    return getattr(message, field).ToDatetime(tzinfo=UTC) if message.HasField(field) else None


def read_error(message: Any) -> JobError | None:
    """Of a message with an ``error``; None: it has none."""
    if not message.HasField("error"):
        return None
    for detail in message.error.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return JobError(info.reason, message.error.message)
    return JobError("INTERNAL", message.error.message)


def job_fault(job: Job) -> Exception:
    """The error that a job without a report ended in; one that says "internal error" when it was none of ours."""
    reason, message = (job.error.reason, job.error.message) if job.error else ("INTERNAL", "internal error")
    return errors.named(reason, message) or RuntimeError("the job failed for an internal reason")


def error_message(job: Job) -> jobs_pb2.AnalyzeVideoError:
    status = status_of(job_fault(job))
    return jobs_pb2.AnalyzeVideoError(code=status.code, message=status.message, details=status.details)


class Results:
    """Reports as operations carry them. A report never changes, so the last ones are kept as they were packed."""

    def __init__(self, load: Callable[[str], Report]) -> None:
        self._load = load
        self._packed: OrderedDict[str, AnyMessage] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, report_id: str) -> bool:
        """It is kept: ``of`` gives it at once."""
        return report_id in self._packed

    def of(self, report_id: str) -> AnyMessage:
        """Raises NotFound."""
        with self._lock:
            kept = self._packed.get(report_id)
            if kept is not None:
                self._packed.move_to_end(report_id)
                return kept
        packed = _pack(self._load(report_id))
        with self._lock:
            self._packed[report_id] = packed
            while len(self._packed) > KEPT_RESULTS:
                self._packed.popitem(last=False)
        return packed


def _pack(report: Report) -> AnyMessage:
    message = AnyMessage()
    message.Pack(convert.report_message(report))
    return message


def operation_message(job: Job, results: Results | None = None) -> jobs_pb2.AnalyzeVideoResponse:
    """Without ``results``, the metadata only name the report."""
    message = jobs_pb2.AnalyzeVideoResponse()
    _fill(message, job, results)
    return message


def standard_operation(job: Job, results: Results) -> operations_pb2.Operation:
    """The same, as the standard's message."""
    message = operations_pb2.Operation()
    _fill(message, job, results)
    return message


def _fill(message: Any, job: Job, results: Results | None) -> None:
    message.name, message.done = operation_name(job.job_id), job.state.is_final
    message.metadata.Pack(metadata_message(job))
    if job.state is JobState.SUCCEEDED and results is not None:
        message.response.CopyFrom(results.of(job.report_id))
    elif job.state.is_final and job.state is not JobState.SUCCEEDED:
        message.error.MergeFromString(error_message(job).SerializeToString())
