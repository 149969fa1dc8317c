"""Every error has a code, a reason and words; nothing else leaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from anchorproof import errors
from anchorproof.api.status import _CODES, DOMAIN, code_of, status_of
from anchorproof.errors import AnchorproofError


def _subclasses(kind: type[AnchorproofError]) -> Iterator[type[AnchorproofError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _details(status: status_pb2.Status, kind: Any) -> list[Any]:
    found = []
    for detail in status.details:
        message = kind()
        if detail.Unpack(message):
            found.append(message)
    return found


@pytest.mark.parametrize("kind", sorted(set(_subclasses(AnchorproofError)), key=lambda kind: kind.__name__))
def test_table_names_a_code_for_every_error(kind: type[AnchorproofError]) -> None:
    assert any(issubclass(kind, named) for named, _ in _CODES)


@pytest.mark.parametrize(("position", "entry"), list(enumerate(_CODES)), ids=str)
def test_no_entry_of_the_table_hides_behind_its_base(position: int, entry: tuple[Any, Any]) -> None:
    assert not any(issubclass(entry[0], earlier) for earlier, _ in _CODES[:position])


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (errors.ClipTooLong(7, 5), grpc.StatusCode.INVALID_ARGUMENT, "CLIP_TOO_LONG"),
        (errors.NotFound("anchor", "x"), grpc.StatusCode.NOT_FOUND, "ANCHOR_NOT_FOUND"),
        (errors.AlreadyExists("anchor", "x"), grpc.StatusCode.ALREADY_EXISTS, "ANCHOR_EXISTS"),
        (errors.ChangedMeanwhile("anchor", "x"), grpc.StatusCode.ABORTED, "ETAG_MISMATCH"),
        (errors.StorageFull(), grpc.StatusCode.RESOURCE_EXHAUSTED, "STORAGE_FAILED"),
        (errors.StorageFailed("damaged"), grpc.StatusCode.INTERNAL, "STORAGE_FAILED"),
        (errors.AnalysisTimedOut(9), grpc.StatusCode.DEADLINE_EXCEEDED, "ANALYSIS_TIMED_OUT"),
        (errors.AnalysisFailed(), grpc.StatusCode.INTERNAL, "ANALYSIS_FAILED"),
    ],
)
def test_error_keeps_its_reason_and_words(error: AnchorproofError, code: grpc.StatusCode, reason: str) -> None:
    status = status_of(error)
    assert code_of(error) is code
    assert (status.code, status.message) == (code.value[0], str(error))
    (info,) = _details(status, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == (reason, DOMAIN)


def test_unknown_error_tells_nothing() -> None:
    status = status_of(ValueError("/secret/path"))
    assert (status.code, status.message) == (grpc.StatusCode.INTERNAL.value[0], "internal error")
    (info,) = _details(status, error_details_pb2.ErrorInfo)
    assert info.reason == "INTERNAL"
    assert b"secret" not in status.SerializeToString()


def test_overload_says_when_to_come_back() -> None:
    (retry,) = _details(status_of(errors.Overloaded("full")), error_details_pb2.RetryInfo)
    assert retry.retry_delay.seconds > 0


def test_invalid_request_names_the_field() -> None:
    (bad,) = _details(status_of(errors.RequestInvalid("too long", "media_name")), error_details_pb2.BadRequest)
    assert [violation.field for violation in bad.field_violations] == ["media_name"]


def test_rejected_enrolment_lists_the_codes() -> None:
    status = status_of(errors.EnrolmentRejected("no face; no speech", ("NO_FACE", "NO_SPEECH")))
    (info,) = _details(status, error_details_pb2.ErrorInfo)
    assert dict(info.metadata) == {"rejections": "NO_FACE,NO_SPEECH"}
