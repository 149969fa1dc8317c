"""What the commands of the command line share: settings, the service they ask, progress, errors and exit codes."""

from __future__ import annotations

import getpass
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar

from anchorproof.errors import AnchorproofError, RequestInvalid
from anchorproof.settings import Settings
from anchorproof.types import Anchor, Progress, Report

if TYPE_CHECKING:
    from anchorproof.client import Client
    from anchorproof.local import LocalService

# Heavy modules (gRPC, ONNX Runtime) are imported where they are needed, so that --help is quick.

EXIT_CODES = (
    "Exit codes: 0 done (for analyze: whatever the verdict) · 1 a fault in anchorproof · 2 wrong usage or an invalid "
    "value · 3 a clip or medium was rejected · 4 the server cannot be reached or is overloaded · 5 trouble with the "
    "storage, a model or a calibration · 6 not found, exists already, or changed meanwhile · 130 interrupted"
)
FAULT, USAGE, REJECTED, UNREACHABLE, UNFIT, CONFLICT, INTERRUPTED = 1, 2, 3, 4, 5, 6, 130
_EXITS = {
    "INVALID_ARGUMENT": USAGE,
    "NOTHING_TO_ANALYSE": REJECTED,
    "PICTURE_TOO_LARGE": REJECTED,
    "ENROLMENT_REJECTED": REJECTED,
    "ENROLMENT_SPOOF": REJECTED,
    "ENROLMENT_FORBIDDEN": REJECTED,
    "LOGO_UNFIT": REJECTED,
    "ARCHIVE_UNREADABLE": REJECTED,
    "REGISTRY_LOCKED": UNFIT,
    "BUNDLE_INVALID": REJECTED,
    "BUNDLE_KEY_UNUSABLE": UNFIT,
    "ANALYSIS_FAILED": REJECTED,
    "ANALYSIS_TIMED_OUT": REJECTED,
    "UNAVAILABLE": UNREACHABLE,
    "DEADLINE_EXCEEDED": UNREACHABLE,
    "UPLOAD_STALLED": UNREACHABLE,
    "UPLOAD_FAULT": UNREACHABLE,
    "CHUNK_CORRUPT": UNREACHABLE,
    "UPLOAD_CORRUPT": REJECTED,
    "UPLOAD_INCOMPLETE": CONFLICT,
    "OFFSET_WRONG": CONFLICT,
    "OVERLOADED": UNREACHABLE,
    "JOB_CANCELLED": REJECTED,
    "DEADLINE_PASSED": REJECTED,
    "SOURCE_UNREACHABLE": REJECTED,
    "UPLOAD_TAKEN": UNREACHABLE,
    "UPLOAD_BUSY": UNREACHABLE,
    "STORAGE_FAILED": UNFIT,
    "STORAGE_UNAVAILABLE": UNFIT,
    "MODEL_UNAVAILABLE": UNFIT,
    "CALIBRATION_UNAVAILABLE": UNFIT,
    "TRUST_LIST_UNAVAILABLE": UNFIT,
    "ETAG_MISMATCH": CONFLICT,
    "PASSWORD_TOO_WEAK": USAGE,
    "REASON_UNFIT": USAGE,
    "SESSION_MISSING": USAGE,
    "SESSION_ENDED": USAGE,
    "SIGN_IN_FAILED": USAGE,
    "ROLE_TOO_LOW": USAGE,
    "NOT_YOURS": USAGE,
    "SIGN_IN_THROTTLED": UNREACHABLE,
    "EXTRA_MISSING": UNFIT,
    "AUDIT_KEY_UNUSABLE": UNFIT,
    "REVIEW_HELD": CONFLICT,
    "REVIEW_DECIDED": CONFLICT,
    "REVIEW_OPEN": CONFLICT,
    "LEASE_LOST": CONFLICT,
    "ANOTHER_PERSON_NEEDED": CONFLICT,
    "UNDO_TOO_LATE": CONFLICT,
    "LAST_ADMIN": CONFLICT,
}

_log = logging.getLogger(__name__)
err = Console(stderr=True)
out = Console()


ServerOption = Annotated[
    str,
    typer.Option(
        "--server", metavar="HOST:PORT", help="Ask this server; without it, the work is done here with the same store."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, for programs.")]


def examples(*lines: str) -> str:
    return "\n\n".join(("Examples:", *lines, EXIT_CODES))


# --------------------------------------------------------------------------- settings and the service


def load_settings(context: typer.Context, **changes: Any) -> Settings:
    """From defaults, file, environment and the command line, later ones winning."""
    file = os.environ.get("ANCHORPROOF_CONFIG")
    if file and not Path(file).is_file():
        raise RequestInvalid(f"the settings file {file!r} (ANCHORPROOF_CONFIG) does not exist")
    try:
        return Settings(**context.obj, **changes)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RequestInvalid(f"settings: {faults}") from error
    except ValueError as error:  # the TOML file, or a variable that is not JSON
        raise RequestInvalid(f"settings: {error}") from error


@contextmanager
def open_service(context: typer.Context, server: str) -> Iterator[Client | LocalService]:
    if server:
        from anchorproof.client import Client

        with Client(server, actor=account()) as client:
            yield client
    else:
        from anchorproof.local import LocalService

        with LocalService(load_settings(context), account()) as local:
            yield local


def account() -> str:
    """Who works here, for the registry's audit trail."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for the user's number
        return f"user {os.getuid()}"


def files_in(places: Iterable[Path]) -> list[Path]:
    """The files named, and those that folders named hold, in order; hidden ones are left out."""
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(path for path in place.rglob("*") if path.is_file())
            files += [
                path for path in inside if not any(part.startswith(".") for part in path.relative_to(place).parts)
            ]
        else:
            files.append(place)
    return files


def check_files(files: Iterable[Path]) -> None:
    """A misspelt name should be said before an hour of work, not after."""
    for file in files:
        if not file.is_file():
            raise RequestInvalid(f"there is no file {str(file)!r}")
        if not os.access(file, os.R_OK):
            raise RequestInvalid(f"{str(file)!r} may not be read")


def caution(settings: Settings, words: str) -> None:
    """Something that the operator should know of; a line of the log where that is read by machines."""
    if settings.logging.format == "json":
        _log.warning("caution: %s", words)
    else:
        err.print(f"[bold white on red] CAUTION [/] {words}", highlight=False)


# --------------------------------------------------------------------------- progress


def with_progress(clips: Sequence[Path]) -> Iterator[tuple[Path, Callable[[Progress], None]]]:
    """Each clip, with the function that shows its progress: on stderr, and only to people."""
    columns = (TextColumn("{task.fields[clip]}", markup=False), BarColumn(), TextColumn("{task.fields[step]}"))
    with ProgressBar(*columns, TimeElapsedColumn(), console=err, transient=True, disable=not err.is_terminal) as bar:
        for number, clip in enumerate(clips, 1):
            label = f"[{number}/{len(clips)}] {clip.name}" if len(clips) > 1 else clip.name
            task = bar.add_task("", total=1.0, clip=label, step="loading")

            def show(progress: Progress, task: Any = task) -> None:
                bar.update(task, completed=progress.fraction, step=progress.step)

            yield clip, show
            bar.remove_task(task)


def watched(files: Sequence[Path], what: str, as_json: bool) -> Iterator[Path]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    is_hidden = as_json or not err.is_terminal
    with ProgressBar(*columns, console=err, transient=True, disable=is_hidden) as bar:
        task = bar.add_task(what, total=len(files))
        for file in files:
            bar.update(task, description=f"{what} {file.name}")
            yield file
            bar.advance(task)


# --------------------------------------------------------------------------- JSON


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        print(line)


def report_json(report: Report) -> str:
    from anchorproof.client import report_json

    return report_json(report)


def anchor_json(anchor: Anchor) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.registry_convert import anchor_message

    return message_json(anchor_message(anchor))


def outlet_json(outlet: Any) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.registry_convert import outlet_message

    return message_json(outlet_message(outlet))


def logo_json(logo: Any) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.registry_convert import logo_message

    return message_json(logo_message(logo))


def enrolment_json(enrolment: Any) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.registry_convert import enrolment_message

    return message_json(enrolment_message(enrolment))


# --------------------------------------------------------------------------- errors


class Refused(AnchorproofError):
    """An error with another one's reason and more words."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def fault_of_the_file(error: Exception) -> tuple[str, str]:
    """Reason and message when only this clip is concerned; raises any other error again."""
    reason, message = _reason(error)
    if reason is None or exit_code(reason) != REJECTED:
        raise error
    return reason, message


def tell_rejected(file: Path, reason: str, message: str, as_json: bool) -> None:
    from anchorproof.display import plain

    if as_json:
        line = {"clipName": plain(file.name), "error": {"reason": reason, "message": message}}
        print(json.dumps(line, ensure_ascii=False), flush=True)
    _tell(f"{plain(file.name)}: {plain(message)} [{reason}]", "red")


def _reason(error: Exception) -> tuple[str | None, str]:
    """The stable code of an error of ours, here or from a server; None for any other."""
    if isinstance(error, AnchorproofError):
        return error.reason, str(error)
    client = sys.modules.get("anchorproof.client")  # imported only where a server is asked
    if client is not None and isinstance(error, client.ServiceError):
        words = f"the server does not answer: {error.message}" if error.reason == "UNAVAILABLE" else error.message
        if error.code == "INTERNAL" and error.request_id:
            words += f" (ask the operator for request {error.request_id})"
        return error.reason, words or "the server did not say why"
    return None, str(error)


def exit_code(reason: str) -> int:
    if reason in _EXITS:
        return _EXITS[reason]
    if reason.endswith(("_NOT_FOUND", "_EXISTS", "_IN_USE")):
        return CONFLICT
    return REJECTED if reason.startswith("CLIP_") else FAULT


# --------------------------------------------------------------------------- the end


def run(app: Callable[[], object]) -> None:
    """Run the command line: one clear line per error, and an exit code that scripts can rely on."""
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app()
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), "OS_ERROR")
        sys.exit(USAGE)
    except Exception as error:
        reason, message = _reason(error)
        if reason is None:
            _log.debug("fault", exc_info=error)
            _fail(f"this is a fault in anchorproof (--debug shows where): {type(error).__name__}: {error}", "INTERNAL")
            sys.exit(FAULT)
        code = exit_code(reason)
        _fail(message, reason)
        if code == UNFIT:
            _tell("`anchorproof doctor` looks at everything and says what to do.", "default")
        sys.exit(code)


def _interrupted(*_: object) -> None:
    sys.exit(INTERRUPTED)


def _fail(message: str, reason: str) -> None:
    from anchorproof.display import plain

    _tell(f"anchorproof: {plain(message)} [{reason}]", "bold red")


def _tell(words: str, style: str) -> None:
    """One line on stderr, never broken: scripts read it too."""
    err.print(words, style=style, markup=False, highlight=False, soft_wrap=True)
