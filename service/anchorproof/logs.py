"""What the service writes to its log: one line per event, with the request it belongs to, and nothing of anybody's.

A line never holds a name, a file, a path, a caption, a token or an address that a client gave, at whatever level:

- Messages are constant texts with counts and ids of ours. Of an exception its type and the places it came through are
  written, and its words only where all of its class are of our own making and quote nobody.
- Of other people's loggers (HTTP clients, event loop, web server) the template of the message is kept, what was put
  into it is not; below WARNING they are not heard.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from anchorproof.errors import (
    AnalysisFailed,
    AnchorproofError,
    CalibrationUnavailable,
    DeadlinePassed,
    JobCancelled,
    ModelUnavailable,
    Overloaded,
    RegistryLocked,
    StorageFailed,
)

if TYPE_CHECKING:
    import asyncio

    from anchorproof.settings import LoggingSettings  # the decoding child, which uses this module, starts without it

OURS = "anchorproof"
#: In a call's metadata, and in a page's headers.
REQUEST_KEY = "x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Quotable(Exception):
    """Base of exceptions outside our tree whose words may be logged."""


#: Errors whose words hold facts of the installation only.
_QUOTABLE: tuple[type[Exception], ...] = (
    Quotable,
    StorageFailed,
    Overloaded,
    AnalysisFailed,
    ModelUnavailable,
    CalibrationUnavailable,
    RegistryLocked,
    JobCancelled,
    DeadlinePassed,
)
#: A line stays within what a pipe takes in one piece, so that processes do not write into each other's.
_LIMIT_PLACES = 16


# --------------------------------------------------------------------------- which request it is


@dataclass(frozen=True, slots=True)
class LogContext:
    """What a line belongs to; empty: to no request, to no job."""

    request_id: str = ""
    job_id: str = ""


_context: ContextVar[LogContext] = ContextVar("anchorproof_log_context", default=LogContext())  # noqa: B039  (frozen)


def current() -> LogContext:
    """Of this task or thread."""
    return _context.get()


@contextmanager
def bound(context: LogContext) -> Iterator[LogContext]:
    """Lines written inside the block belong to it."""
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)


def bind(context: LogContext) -> None:
    """As ``bound``, to the end of this task."""
    _context.set(context)


def about_job(job_id: str) -> LogContext:
    """The present request, and this job."""
    return replace(current(), job_id=job_id)


def request_id_from(given: str | bytes | None) -> str:
    """What the caller sent, if it looks like an id; a new one otherwise."""
    text = given.decode("ascii", "replace") if isinstance(given, bytes) else given or ""
    return text if _REQUEST_ID.fullmatch(text) else secrets.token_hex(8)


# --------------------------------------------------------------------------- exceptions without what they quote


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception as it may be told: ``places`` are ``module:line function``, the innermost first."""

    kind: str
    words: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        said = f"{self.kind}: {self.words}" if self.words else self.kind
        return f"{said} at {' < '.join(self.places)}" if self.places else said


def faults_of(error: BaseException) -> list[Fault]:
    """The exception and what it came from, the outermost first."""
    faults: list[Fault] = []
    seen: BaseException | None = error
    while seen is not None and len(faults) < 5:
        faults.append(Fault(type(seen).__name__, words_of(seen), _places(seen.__traceback__)))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return faults


def words_of(error: BaseException) -> str:
    """Its words where they quote nobody; else what can be said of it: our reason code, the system's own words."""
    if isinstance(error, _QUOTABLE):
        return str(error)
    if isinstance(error, AnchorproofError):
        return error.reason
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return str(code) if code else ""


def _places(trace: TracebackType | None) -> tuple[str, ...]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return tuple(reversed(places))[:_LIMIT_PLACES]


# --------------------------------------------------------------------------- records as lines


class _Formatter(logging.Formatter):
    """What both formats share: which words of a record may be written."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def words(self, record: logging.LogRecord) -> str:
        if not _is_ours(record):
            return _first_line(record.msg)
        if not record.args:
            return str(record.msg)
        arguments = record.args if isinstance(record.args, tuple) else (record.args,)
        return str(record.msg) % tuple(_told(argument) for argument in arguments)

    def faults(self, record: logging.LogRecord) -> list[Fault]:
        error = record.exc_info[1] if record.exc_info else None
        return faults_of(error) if error is not None else []


class JsonFormatter(_Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        context = current()
        line: dict[str, Any] = {
            "time": _time(record, "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.words(record),
            "process": self._process,
            "pid": record.process,
        }
        if context.request_id:
            line["request_id"] = context.request_id
        if context.job_id:
            line["job_id"] = context.job_id
        if faults := self.faults(record):
            line["error"] = [{"type": fault.kind, "words": fault.words, "at": list(fault.places)} for fault in faults]
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(_Formatter):
    """One line for people."""

    def format(self, record: logging.LogRecord) -> str:
        context = current()
        named = (("request", context.request_id), ("job", context.job_id))
        where = " ".join((self._process, *(f"{name}={given}" for name, given in named if given)))
        line = f"{_time(record, 'seconds')} {record.levelname} {record.name} [{where}]: {self.words(record)}"
        return "; from ".join((line, *map(str, self.faults(record))))


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == OURS or record.name.startswith(f"{OURS}.")


def _told(argument: object) -> object:
    return words_of(argument) or type(argument).__name__ if isinstance(argument, BaseException) else argument


def _first_line(template: object) -> str:
    return str(template).partition("\n")[0] if isinstance(template, str) else type(template).__name__


def _time(record: logging.LogRecord, precision: str) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec=precision).replace("+00:00", "Z")


class _Filter(logging.Filter):
    """Other people's loggers are heard from WARNING on: below, they quote addresses and headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _is_ours(record) or record.levelno >= logging.WARNING


# --------------------------------------------------------------------------- setting it up


def configure(settings: LoggingSettings, process: str) -> None:
    """From here on this process logs to stderr as the settings say; exceptions that nobody caught are logged too.

    Args:
        process: what the process is: ``server``, ``machine`` (of workers), ``worker``, ``page``.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process) if settings.format == "json" else TextFormatter(process))
    handler.addFilter(_Filter())
    root = logging.getLogger()
    for earlier in root.handlers[:]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(settings.level.upper())
    logging.captureWarnings(True)
    _catch_the_uncaught()


def log_loop_fault(_: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """For event loops: what nobody caught. The loop's own words would quote it."""
    logging.getLogger(OURS).error("a task ended by a fault that nobody caught", exc_info=told.get("exception"))


def _catch_the_uncaught() -> None:
    """Python would print them with all they quote."""
    log = logging.getLogger(OURS)

    def of_thread(told: threading.ExceptHookArgs) -> None:
        log.error("a thread ended by a fault", exc_info=told.exc_value)

    def unraisable(told: sys.UnraisableHookArgs) -> None:
        log.error("a fault that could not be raised", exc_info=told.exc_value)

    threading.excepthook = of_thread
    sys.unraisablehook = unraisable
    sys.excepthook = lambda _kind, error, _trace: log.critical("the process ended by a fault", exc_info=error)
