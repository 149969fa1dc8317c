"""Lines that say what happened, to which request, and quote nobody."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from collections.abc import Callable

import pytest

from anchorproof.errors import AnchorproofError, NotFound, StorageFailed
from anchorproof.logs import (
    JsonFormatter,
    LogContext,
    Quotable,
    TextFormatter,
    about_job,
    bound,
    current,
    faults_of,
    request_id_from,
    words_of,
)

NAME = "Zebedee Quillfeather"


def _record(name: str, message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    told = (type(error), error, error.__traceback__) if error is not None else None
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, told)


def _raised(work: Callable[[], object]) -> BaseException:
    try:
        work()
    except Exception as error:
        return error
    raise AssertionError("it did not raise")


def _fail() -> None:
    try:
        raise ValueError(f"cannot read {NAME}")
    except ValueError as error:
        raise NotFound("anchor", NAME) from error


def test_exception_is_told_by_type_and_place_without_what_it_quotes() -> None:
    error = _raised(_fail)
    outer, inner = faults_of(error)
    assert (outer.kind, outer.words) == ("NotFound", "ANCHOR_NOT_FOUND")
    assert (inner.kind, inner.words) == ("ValueError", "")
    assert outer.places[0].startswith("tests.unit.test_logs:") or "_fail" in outer.places[0]
    for formatter in (JsonFormatter("server"), TextFormatter("server")):
        line = formatter.format(_record("anchorproof.x", "it failed: %s", error, error=error))
        assert "Zebedee" not in line
        assert "ANCHOR_NOT_FOUND" in line
        assert "_fail" in line
        assert "\n" not in line


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StorageFailed("the disk is full"), "the disk is full"),
        (NotFound("report", NAME), "REPORT_NOT_FOUND"),
        (AnchorproofError(NAME), "INTERNAL"),
        (FileNotFoundError(2, "No such file", f"/clips/{NAME}"), "No such file or directory"),
        (OSError(NAME), ""),
        (ZeroDivisionError(NAME), ""),
        (Quotable("a message of 3 bytes"), "a message of 3 bytes"),
    ],
)
def test_words_are_kept_where_they_quote_nobody(error: Exception, words: str) -> None:
    assert words_of(error) == words


def test_database_fault_is_told_by_its_code() -> None:
    database = sqlite3.connect(":memory:")
    error = _raised(lambda: database.execute(f"SELECT '{NAME}' FROM nowhere"))
    database.close()
    assert words_of(error) == "SQLITE_ERROR"


def test_line_belongs_to_its_request_and_job() -> None:
    formatter = JsonFormatter("worker")
    with bound(LogContext("request-1")):
        with bound(about_job("job-1")):
            line = json.loads(formatter.format(_record("anchorproof.dispatch", "attempt %d", 2)))
            text = TextFormatter("worker").format(_record("anchorproof.dispatch", "attempt %d", 2))
        assert current() == LogContext("request-1")
    assert current() == LogContext()
    assert (line["request_id"], line["job_id"], line["message"]) == ("request-1", "job-1", "attempt 2")
    assert (line["process"], line["level"], line["logger"]) == ("worker", "error", "anchorproof.dispatch")
    assert line["time"].endswith("Z")
    assert "[worker request=request-1 job=job-1]: attempt 2" in text
    bare = json.loads(formatter.format(_record("anchorproof.x", "100 %")))
    assert "request_id" not in bare
    assert bare["message"] == "100 %"


def test_other_peoples_messages_are_kept_without_what_was_put_into_them() -> None:
    formatter = JsonFormatter("server")
    asked = formatter.format(_record("httpx", 'HTTP Request: %s "%s"', "POST", f"https://hooks.test/{NAME}"))
    assert json.loads(asked)["message"] == 'HTTP Request: %s "%s"'
    lost = f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{NAME}')>"
    assert json.loads(formatter.format(_record("asyncio", lost)))["message"] == "Task exception was never retrieved"


@pytest.mark.parametrize("given", ["a", "5f1e9c-77.B_2", "x" * 64, b"bytes-1"])
def test_caller_s_own_id_is_kept(given: str | bytes) -> None:
    assert request_id_from(given) == (given.decode() if isinstance(given, bytes) else given)


@pytest.mark.parametrize(
    "given", ["", None, "with space", "x" * 65, "line\nbreak", "-", "häuser", b"\xff\xfe", '"quoted"']
)
def test_what_does_not_look_like_an_id_is_replaced(given: str | bytes | None) -> None:
    made = request_id_from(given)
    assert made != given
    assert len(made) == 16
    assert made != request_id_from(given)


def test_line_of_a_deep_fault_stays_short_enough_for_one_write() -> None:
    def deep(levels: int) -> None:
        if levels == 0:
            raise ValueError(NAME)
        deep(levels - 1)

    error = _raised(lambda: deep(200))
    out = io.StringIO()
    out.write(JsonFormatter("worker").format(_record("anchorproof.x", "failed", error=error)))
    assert len(out.getvalue()) < 4096
    assert "deep" in out.getvalue()
