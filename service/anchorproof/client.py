"""A small typed client: enrol anchors, analyse clips, read reports.

with Client("127.0.0.1:50551") as client:
    anchor = client.create_anchor("Sample Anchor", outlet="Sample TV")
    client.enrol(anchor.anchor_id, "anchor.mp4")
    report = client.analyze("clip.mp4", on_progress=lambda progress: print(progress.step))
    print(report.verdict.decision, report.verdict.confidence, report.verdict.summary)
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from anchorproof.api import convert, footage_convert, registry_convert
from anchorproof.api.convert import ReportFilters, report_json
from anchorproof.identity.enrolments import NO_WISH, EnrolmentWish, Pick
from anchorproof.job_client import JobClient
from anchorproof.types import (
    Anchor,
    AuditEntry,
    Enrolment,
    FootageSearch,
    Job,
    Logo,
    Modality,
    ModelInfo,
    NameMatch,
    Outlet,
    Person,
    Programme,
    Progress,
    Report,
    SearchHit,
)
from anchorproof.v1 import (
    analysis_pb2,
    analysis_pb2_grpc,
    footage_pb2,
    footage_pb2_grpc,
    registry_pb2,
    registry_pb2_grpc,
)

__all__ = ["Client", "EnrolmentWish", "Pick", "ReportFilters", "ServiceError", "report_json"]

CHUNK_BYTES = 256 * 1024
#: An upload that the service could not take is repeated under its request id, so that nothing is done twice.
UPLOAD_ATTEMPTS = 3
_PAUSE_S = 0.5
_LIMIT_RECEIVED_BYTES = 64 * 1024**2
#: A service that vanished while an analysis runs is noticed.
_KEEPALIVE_MS = 30_000

T = TypeVar("T")


class ServiceError(Exception):
    """The service said no, or could not be reached.

    ``reason`` is the stable code (``ANCHOR_NOT_FOUND``, ``CLIP_TOO_LONG``, ...), or the gRPC code's name where the
    answer is not the service's own; ``code`` is the gRPC code's name; ``request_id`` finds the call in the service's
    log, empty where it was not the service that answered.
    """

    def __init__(self, reason: str, message: str, code: str, request_id: str = "") -> None:
        super().__init__(f"{message} [{reason}]")
        self.request_id = request_id
        self.reason = reason
        self.message = message
        self.code = code


class Client(JobClient):
    """One channel to a service; may be used from several threads.

    Args:
        target: ``host:port``.
        timeout_s: limit of calls that answer at once; enrolling and analysing take a limit of their own.
        credentials: for TLS; without them the channel is not encrypted.
        actor: who you are, for the registry's audit trail.
        client_id: for whom you work, for quotas and turns; by default the machine that you call from.

    All methods raise ServiceError; those that take a file raise OSError when it cannot be read.
    """

    def __init__(
        self,
        target: str,
        timeout_s: float = 30.0,
        credentials: grpc.ChannelCredentials | None = None,
        actor: str = "",
        client_id: str = "",
    ) -> None:
        self._timeout_s = timeout_s
        options = (
            ("grpc.service_config", json.dumps(_RETRIES)),
            ("grpc.max_receive_message_length", _LIMIT_RECEIVED_BYTES),
            ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
            ("grpc.keepalive_timeout_ms", _KEEPALIVE_MS // 2),
        )
        self._channel = (
            grpc.secure_channel(target, credentials, options) if credentials else grpc.insecure_channel(target, options)
        )
        channel = grpc.intercept_channel(self._channel, _Actor(actor)) if actor else self._channel
        self._registry = registry_pb2_grpc.RegistryServiceStub(channel)
        self._analysis = analysis_pb2_grpc.AnalysisServiceStub(self._channel)
        self._footage = footage_pb2_grpc.FootageServiceStub(self._channel)
        self._open_jobs(grpc.intercept_channel(self._channel, _ClientId(client_id)) if client_id else self._channel)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._channel.close()

    def is_serving(self) -> bool:
        """True when the service is up and says that it takes requests."""
        request = health_pb2.HealthCheckRequest()
        try:
            answer = health_pb2_grpc.HealthStub(self._channel).Check(request, timeout=self._timeout_s)
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    # ------------------------------------------------------------------------------------------------ anchors

    def create_anchor(
        self,
        display_name: str,
        outlet: str = "",
        aliases: Sequence[str] = (),
        notes: str = "",
        anchor_id: str = "",
        **fields: Any,
    ) -> Anchor:
        """A new anchor; without ``anchor_id`` the service makes one from the name.

        ``fields``: of localized_names, consent, consent_reference, legal_basis, valid_from, valid_until.
        """
        fields |= {"display_name": display_name, "outlet": outlet, "aliases": aliases, "notes": notes}
        wanted = registry_convert.anchor_fields_message(fields)
        request = registry_pb2.CreateAnchorRequest(anchor_id=anchor_id, anchor=wanted, request_id=_request_id())
        return registry_convert.read_anchor(self._call(self._registry.CreateAnchor, request).anchor)

    def get_anchor(self, anchor_id: str) -> Anchor:
        request = registry_pb2.GetAnchorRequest(name=convert.anchor_name(anchor_id))
        return registry_convert.read_anchor(self._call(self._registry.GetAnchor, request).anchor)

    def anchors(self) -> Iterator[Anchor]:
        """All anchors, fetched a page at a time."""
        for page in self._pages(self._registry.ListAnchors, registry_pb2.ListAnchorsRequest()):
            yield from map(registry_convert.read_anchor, page.anchors)

    def update_anchor(self, anchor_id: str, changes: dict[str, Any], etag: str = "") -> Anchor:
        """``changes``: of what ``create_anchor`` takes. With ``etag``, only if nobody changed it since."""
        anchor = registry_convert.anchor_fields_message(changes)
        anchor.name, anchor.etag = convert.anchor_name(anchor_id), etag
        request = registry_pb2.UpdateAnchorRequest(anchor=anchor, update_mask=FieldMask(paths=sorted(changes)))
        return registry_convert.read_anchor(self._call(self._registry.UpdateAnchor, request).anchor)

    def delete_anchor(self, anchor_id: str, etag: str = "") -> str:
        """Erases the anchor, its enrolments and their templates; gives the id by which the audit trail knows it."""
        request = registry_pb2.DeleteAnchorRequest(name=convert.anchor_name(anchor_id), etag=etag)
        return str(self._call(self._registry.DeleteAnchor, request).audit_id)

    def search_anchors(self, query: str, outlet_id: str = "", limit: int = 10) -> list[NameMatch]:
        """Anchors whose names resemble the query, the best fit first."""
        outlet = convert.outlet_name(outlet_id)
        request = registry_pb2.SearchAnchorsRequest(query=query, outlet=outlet, limit=limit)
        return [*map(registry_convert.read_match, self._call(self._registry.SearchAnchors, request).matches)]

    def merge_anchors(self, from_id: str, into_id: str, etag: str = "") -> Anchor:
        """``into_id`` with the enrolments and names of ``from_id``, which is erased."""
        names = {"name": convert.anchor_name(from_id), "into": convert.anchor_name(into_id)}
        request = registry_pb2.MergeAnchorsRequest(**names, etag=etag)
        return registry_convert.read_anchor(self._call(self._registry.MergeAnchors, request).anchor)

    # ------------------------------------------------------------------------------------------------ outlets

    def create_outlet(
        self, display_name: str, aliases: Sequence[str] = (), country: str = "", notes: str = "", outlet_id: str = ""
    ) -> Outlet:
        outlet = registry_pb2.Outlet(display_name=display_name, aliases=aliases, country=country, notes=notes)
        request = registry_pb2.CreateOutletRequest(outlet_id=outlet_id, outlet=outlet, request_id=_request_id())
        return registry_convert.read_outlet(self._call(self._registry.CreateOutlet, request).outlet)

    def get_outlet(self, outlet_id: str) -> Outlet:
        request = registry_pb2.GetOutletRequest(name=convert.outlet_name(outlet_id))
        return registry_convert.read_outlet(self._call(self._registry.GetOutlet, request).outlet)

    def outlets(self) -> Iterator[Outlet]:
        """All outlets, fetched a page at a time."""
        for page in self._pages(self._registry.ListOutlets, registry_pb2.ListOutletsRequest()):
            yield from map(registry_convert.read_outlet, page.outlets)

    def update_outlet(self, outlet_id: str, changes: dict[str, Any], etag: str = "") -> Outlet:
        """``changes``: of display_name, aliases, country, notes."""
        outlet = registry_pb2.Outlet(name=convert.outlet_name(outlet_id), etag=etag, **changes)
        request = registry_pb2.UpdateOutletRequest(outlet=outlet, update_mask=FieldMask(paths=sorted(changes)))
        return registry_convert.read_outlet(self._call(self._registry.UpdateOutlet, request).outlet)

    def add_logo(self, outlet_id: str, picture: Path) -> Logo:
        """A mark of the outlet as a picture; PNG keeps what is transparent. Raises ServiceError."""
        request = registry_pb2.AddOutletLogoRequest(parent=convert.outlet_name(outlet_id), picture=picture.read_bytes())
        return registry_convert.read_logo(self._call(self._registry.AddOutletLogo, request).logo)

    def logos(self, outlet_id: str) -> list[Logo]:
        request = registry_pb2.ListOutletLogosRequest(parent=convert.outlet_name(outlet_id))
        return [registry_convert.read_logo(logo) for logo in self._call(self._registry.ListOutletLogos, request).logos]

    def delete_logo(self, outlet_id: str, logo_id: str) -> None:
        name = f"{convert.outlet_name(outlet_id)}/logos/{logo_id}"
        self._call(self._registry.DeleteOutletLogo, registry_pb2.DeleteOutletLogoRequest(name=name))

    def delete_outlet(self, outlet_id: str, etag: str = "") -> None:
        request = registry_pb2.DeleteOutletRequest(name=convert.outlet_name(outlet_id), etag=etag)
        self._call(self._registry.DeleteOutlet, request)

    def audit(self, subject: str = "") -> Iterator[AuditEntry]:
        """Who changed what, in the order of time; ``subject``: an anchor's ``audit_id``."""
        request = registry_pb2.ListAuditEntriesRequest(audit_id=subject)
        for page in self._pages(self._registry.ListAuditEntries, request):
            yield from map(registry_convert.read_audit_entry, page.entries)

    # ------------------------------------------------------------------------------------------ looking at media

    def people(self, media: Path | str, timeout_s: float | None = None) -> list[Person]:
        """Who appears in a file, to pick one for ``enrol``."""
        answer = self._send(self._registry.FindPeople, registry_pb2.FindPeopleRequest, media, 0, timeout_s)
        return [*map(registry_convert.read_person, answer.people)]

    def search_media(
        self, media: Path | str, modality: Modality, limit: int = 5, timeout_s: float | None = None
    ) -> list[SearchHit]:
        """Every face, or every voice, of a file looked up among all anchors."""
        is_face = modality is Modality.FACE
        method = self._registry.SearchFaces if is_face else self._registry.SearchVoices
        message: Any = registry_pb2.SearchFacesRequest if is_face else registry_pb2.SearchVoicesRequest
        return [*map(registry_convert.read_hit, self._send(method, message, media, limit, timeout_s).hits)]

    def _send(self, method: Any, message: Any, media: Path | str, limit: int, timeout_s: float | None) -> Any:
        path = _readable(media)
        header = registry_pb2.MediaHeader(size_bytes=path.stat().st_size, limit=limit)

        def upload() -> Any:
            chunks = (message(chunk=chunk) for chunk in _chunks(path))
            call = method.future(_chain(message(header=header), chunks), timeout=timeout_s)
            try:
                return call.result()
            finally:
                call.cancel()

        return _repeat(upload)

    # --------------------------------------------------------------------------------------------- enrolments

    def enrol(
        self,
        anchor_id: str,
        media: Path | str,
        media_name: str = "",
        timeout_s: float | None = None,
        wish: EnrolmentWish = NO_WISH,
    ) -> Enrolment:
        """Face and voice templates from a file; its ``rejections`` say what was not used, and why.

        ``wish`` says which person of several it is, and of which session; or overrides a refusal.
        """
        path = _readable(media)
        header = registry_pb2.EnrolMediaHeader(
            anchor=convert.anchor_name(anchor_id),
            media_name=media_name or _name(path),
            request_id=_request_id(),
            size_bytes=path.stat().st_size,
            pick=registry_convert.pick_message(wish.pick) if wish.pick else None,
            session=wish.session,
            override_reason=wish.override_reason,
        )

        def upload() -> Enrolment:
            first = registry_pb2.EnrolMediaRequest(header=header)
            chunks = (registry_pb2.EnrolMediaRequest(chunk=chunk) for chunk in _chunks(path))
            call = self._registry.EnrolMedia.future(_chain(first, chunks), timeout=timeout_s)
            try:
                return registry_convert.read_enrolment(call.result().enrolment)
            finally:
                call.cancel()

        return _repeat(upload)

    def get_enrolment(self, anchor_id: str, enrolment_id: str) -> Enrolment:
        request = registry_pb2.GetEnrolmentRequest(name=convert.enrolment_name(anchor_id, enrolment_id))
        return registry_convert.read_enrolment(self._call(self._registry.GetEnrolment, request).enrolment)

    def enrolments(self, anchor_id: str) -> Iterator[Enrolment]:
        """All enrolments of an anchor, fetched a page at a time."""
        request = registry_pb2.ListEnrolmentsRequest(parent=convert.anchor_name(anchor_id))
        for page in self._pages(self._registry.ListEnrolments, request):
            yield from map(registry_convert.read_enrolment, page.enrolments)

    def delete_enrolment(self, anchor_id: str, enrolment_id: str) -> None:
        """Erases an enrolment and its templates."""
        request = registry_pb2.DeleteEnrolmentRequest(name=convert.enrolment_name(anchor_id, enrolment_id))
        self._call(self._registry.DeleteEnrolment, request)

    # ------------------------------------------------------------------------------------- analyses and reports

    def analyze(
        self,
        clip: Path | str,
        clip_name: str = "",
        on_progress: Callable[[Progress], None] = lambda _: None,
        request_id: str = "",
        timeout_s: float | None = None,
    ) -> Report:
        """The report on a clip.

        Args:
            clip_name: what the report calls it; by default the file's name.
            on_progress: called in this thread as the analysis goes on.
            request_id: the same id gives the same report; by default a new one.
        """
        path = _readable(clip)
        header = analysis_pb2.AnalyzeClipHeader(
            clip_name=clip_name or _name(path),
            request_id=request_id or _request_id(),
            size_bytes=path.stat().st_size,
        )

        def upload() -> Report:
            first = analysis_pb2.AnalyzeClipRequest(header=header)
            chunks = (analysis_pb2.AnalyzeClipRequest(chunk=chunk) for chunk in _chunks(path))
            call = self._analysis.AnalyzeClip(_chain(first, chunks), timeout=timeout_s)
            try:
                return _last_report(call, on_progress)
            finally:
                call.cancel()  # where on_progress or Ctrl-C broke off

        return _repeat(upload)

    def get_report(self, report_id: str) -> Report:
        request = analysis_pb2.GetReportRequest(name=convert.report_name(report_id))
        return convert.read_report(self._call(self._analysis.GetReport, request).report)

    def reports(self, filters: ReportFilters | None = None) -> Iterator[Report]:
        """Reports that pass the filters, newest first, fetched a page at a time."""
        request = convert.report_filters_message(filters or ReportFilters())
        for page in self._pages(self._analysis.ListReports, request):
            yield from map(convert.read_report, page.reports)

    def models(self) -> Iterator[ModelInfo]:
        """The models that the service runs, with their calibrations."""
        for page in self._pages(self._analysis.ListModels, analysis_pb2.ListModelsRequest()):
            yield from map(convert.read_model, page.models)

    # --------------------------------------------------------------------------------------------- our own footage

    def enrol_programme(
        self,
        media: Path | str,
        title: str = "",
        outlet: str = "",
        keep_references: bool = False,
        is_photograph: bool = False,
    ) -> tuple[Programme, bool]:
        """The programme, and whether the same bytes were enrolled before; by default titled by the file's name.

        Args:
            is_photograph: the file is a photograph, and no frame of a programme.
        """
        path = _readable(media)
        header = footage_pb2.EnrolProgrammeHeader(
            title=title or _name(path),
            outlet=outlet,
            keep_references=keep_references,
            is_photograph=is_photograph,
            size_bytes=path.stat().st_size,
        )

        def upload() -> tuple[Programme, bool]:
            first = footage_pb2.EnrolProgrammeRequest(header=header)
            chunks = (footage_pb2.EnrolProgrammeRequest(chunk=chunk) for chunk in _chunks(path))
            call = self._footage.EnrolProgramme.future(_chain(first, chunks))
            try:
                answer = call.result()
                return footage_convert.read_programme(answer.programme), answer.existed
            finally:
                call.cancel()

        return _repeat(upload)

    def get_programme(self, programme_id: str) -> Programme:
        request = footage_pb2.GetProgrammeRequest(name=footage_convert.programme_name(programme_id))
        return footage_convert.read_programme(self._call(self._footage.GetProgramme, request).programme)

    def programmes(self) -> Iterator[Programme]:
        """All programmes in the archive, fetched a page at a time."""
        for page in self._pages(self._footage.ListProgrammes, footage_pb2.ListProgrammesRequest()):
            yield from map(footage_convert.read_programme, page.programmes)

    def search_footage(self, clip: Path | str, with_pairs: bool = False) -> FootageSearch:
        """Where the clip was taken from; ``with_pairs`` asks for pictures side by side (retained references only)."""
        path = _readable(clip)
        header = footage_pb2.SearchFootageHeader(size_bytes=path.stat().st_size, with_pairs=with_pairs)

        def upload() -> FootageSearch:
            first = footage_pb2.SearchFootageRequest(header=header)
            chunks = (footage_pb2.SearchFootageRequest(chunk=chunk) for chunk in _chunks(path))
            call = self._footage.SearchFootage.future(_chain(first, chunks))
            try:
                return footage_convert.read_search(call.result())
            finally:
                call.cancel()

        return _repeat(upload)

    def delete_programme(self, programme_id: str) -> None:
        """Erases a programme's fingerprints and retained references."""
        request = footage_pb2.DeleteProgrammeRequest(name=footage_convert.programme_name(programme_id))
        self._call(self._footage.DeleteProgramme, request)

    # ------------------------------------------------------------------------------------------------- calling

    def _fault(self, error: Any) -> ServiceError:
        return service_error(error)

    def _ended(self, job: Job) -> ServiceError:
        reason, message = (job.error.reason, job.error.message) if job.error else ("INTERNAL", "internal error")
        return ServiceError(reason, message, job.state.name)

    def _call(self, method: Callable[..., Any], request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout_s)
        except grpc.RpcError as error:
            raise service_error(error) from error

    def _pages(self, method: Callable[..., Any], request: Any) -> Iterator[Any]:
        while True:
            page = self._call(method, request)
            yield page
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token


# --------------------------------------------------------------------------- uploading


def _readable(path: Path | str) -> Path:
    """Raises OSError here, rather than in the thread that sends."""
    with Path(path).open("rb"):
        return Path(path)


def _name(path: Path) -> str:
    """The file's name; bytes in it that are no UTF-8 are replaced."""
    return path.name.encode("utf-8", "replace").decode()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _chain(first: T, rest: Iterable[T]) -> Iterator[T]:
    yield first
    yield from rest


def _last_report(
    responses: Iterable[analysis_pb2.AnalyzeClipResponse], on_progress: Callable[[Progress], None]
) -> Report:
    report = None
    try:
        for response in responses:  # to its end, so that the service sees a call that was answered, not one given up
            if response.WhichOneof("event") == "report":
                report = convert.read_report(response.report)
            else:
                on_progress(convert.read_progress(response.progress))
    except grpc.RpcError:
        if report is None:
            raise
    if report is not None:
        return report
    raise ServiceError("INTERNAL", "the service ended the call without a report", "INTERNAL")


def _repeat(upload: Callable[[], T]) -> T:
    attempt = 1
    while True:
        try:
            return upload()
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE or attempt == UPLOAD_ATTEMPTS:
                raise service_error(error) from error
        time.sleep(_PAUSE_S * 2**attempt)
        attempt += 1


def _request_id() -> str:
    return str(uuid.uuid4())


class _Call(grpc.ClientCallDetails):
    """A call's details with metadata of our own."""

    def __init__(self, details: Any, metadata: Any) -> None:
        for name in ("method", "timeout", "credentials", "wait_for_ready", "compression"):
            setattr(self, name, getattr(details, name, None))
        self.metadata = metadata


class _Actor(grpc.UnaryUnaryClientInterceptor, grpc.StreamUnaryClientInterceptor):  # type: ignore[type-arg]
    """Says with every call who makes it."""

    def __init__(self, actor: str) -> None:
        self._actor = ("anchorproof-actor-bin", actor.encode())

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._signed(client_call_details), request)

    def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return continuation(self._signed(client_call_details), request_iterator)

    def _signed(self, details: Any) -> _Call:
        return _Call(details, (*(details.metadata or ()), self._actor))


class _ClientId(
    grpc.UnaryUnaryClientInterceptor,  # type: ignore[type-arg]
    grpc.UnaryStreamClientInterceptor,  # type: ignore[type-arg]
    grpc.StreamUnaryClientInterceptor,  # type: ignore[type-arg]
):
    """Says with every call for whom it is made."""

    def __init__(self, client_id: str) -> None:
        self._pair = ("anchorproof-client", client_id)

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._named(client_call_details), request)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return continuation(self._named(client_call_details), request)

    def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return continuation(self._named(client_call_details), request_iterator)

    def _named(self, details: Any) -> _Call:
        return _Call(details, (*(details.metadata or ()), self._pair))


# --------------------------------------------------------------------------- errors and retries


def service_error(error: Any) -> ServiceError:
    info = next(_error_infos(error), None)
    code = error.code().name
    reason, request_id = (info.reason, info.metadata.get("request_id", "")) if info else (code, "")
    return ServiceError(reason, error.details() or "", code, request_id)


def _error_infos(error: Any) -> Iterator[error_details_pb2.ErrorInfo]:
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        for detail in status_pb2.Status.FromString(value).details:
            info = error_details_pb2.ErrorInfo()
            if detail.Unpack(info):
                yield info


#: Calls that answer at once are safe to repeat: they read, or carry a request id or an etag.
_RETRIES = {
    "methodConfig": [
        {
            "name": [
                {"service": "anchorproof.v1.RegistryService", "method": method}
                for method in (
                    "CreateAnchor",
                    "GetAnchor",
                    "ListAnchors",
                    "SearchAnchors",
                    "GetEnrolment",
                    "ListEnrolments",
                    "CreateOutlet",
                    "GetOutlet",
                    "ListOutlets",
                    "ListAuditEntries",
                )
            ]
            + [
                {"service": "anchorproof.v1.AnalysisService", "method": method}
                for method in ("GetReport", "ListReports", "ListModels")
            ]
            + [
                {"service": "anchorproof.v1.FootageService", "method": method}
                for method in ("GetProgramme", "ListProgrammes")
            ],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.2s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
