from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from anchorproof import console, errors
from anchorproof.client import ServiceError
from anchorproof.errors import AnchorproofError


@pytest.fixture(autouse=True)
def _same_signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


def _all_errors(base: type[AnchorproofError] = AnchorproofError) -> set[type[AnchorproofError]]:
    return {base}.union(*(_all_errors(error) for error in base.__subclasses__()))


def test_every_reason_of_ours_has_an_exit_code_of_its_own_kind() -> None:
    public = {error.reason for error in _all_errors() if error.__module__ == errors.__name__} - {"INTERNAL"}
    assert len(public) > 15
    assert {reason for reason in public if console.exit_code(reason) == console.FAULT} == set()


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("CLIP_TOO_LONG", 3),
        ("ENROLMENT_REJECTED", 3),
        ("INVALID_ARGUMENT", 2),
        ("UNAVAILABLE", 4),
        ("OVERLOADED", 4),
        ("STORAGE_FAILED", 5),
        ("CALIBRATION_UNAVAILABLE", 5),
        ("REPORT_NOT_FOUND", 6),
        ("ANCHOR_EXISTS", 6),
        ("ETAG_MISMATCH", 6),
        ("INTERNAL", 1),
        ("WHATEVER", 1),
    ],
)
def test_exit_codes(reason: str, code: int) -> None:
    assert console.exit_code(reason) == code


def test_fault_of_one_file_is_told_from_trouble_with_everything() -> None:
    assert console.fault_of_the_file(errors.ClipEmpty())[0] == "CLIP_EMPTY"
    assert console.fault_of_the_file(ServiceError("CLIP_TOO_LONG", "too long", "INVALID_ARGUMENT")) == (
        "CLIP_TOO_LONG",
        "too long",
    )
    for trouble in (errors.StorageFailed("x"), ServiceError("UNAVAILABLE", "x", "UNAVAILABLE"), KeyError("x")):
        with pytest.raises(type(trouble)):
            console.fault_of_the_file(trouble)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (errors.NotFound("anchor", "ada"), 6, "anchorproof: there is no anchor 'ada' [ANCHOR_NOT_FOUND]"),
        (
            ServiceError("UNAVAILABLE", "refused", "UNAVAILABLE"),
            4,
            "anchorproof: the server does not answer: refused [UNAVAILABLE]",
        ),
        (
            PermissionError(13, "Permission denied", "/clip.mp4"),
            2,
            "anchorproof: /clip.mp4: Permission denied [OS_ERROR]",
        ),
        (
            KeyError("x"),
            1,
            "anchorproof: this is a fault in anchorproof (--debug shows where): KeyError: 'x' [INTERNAL]",
        ),
    ],
)
def test_errors_end_in_one_line_and_a_code(
    error: Exception, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def app() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        console.run(app)
    assert ended.value.code == code
    assert capsys.readouterr().err == words + "\n"


def test_rejected_file_is_one_json_line_whatever_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    console.tell_rejected(Path("a\x1b\udcff.mp4"), "CLIP_EMPTY", "no bytes", as_json=True)
    captured = capsys.readouterr()
    assert (
        captured.out == '{"clipName": "a\ufffd\ufffd.mp4", "error": {"reason": "CLIP_EMPTY", "message": "no bytes"}}\n'
    )
    assert captured.err == "a\ufffd\ufffd.mp4: no bytes [CLIP_EMPTY]\n"
