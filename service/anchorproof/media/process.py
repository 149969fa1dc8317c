"""The service's half of decoding: starts the child, reads its messages, and ends it.

The child gets the clip as an open descriptor, never a path; it is started by plain exec and always reaped.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import anchorproof
from anchorproof import errors
from anchorproof.media.protocol import DecodeJob, Message, ProtocolBroken, Task, read_message
from anchorproof.settings import MediaSettings

_log = logging.getLogger(__name__)

#: Waiting for the child may take longer than its CPU time on a busy machine.
_WALL_PER_CPU = 3.0
_PIPE_BYTES = 1024**2
_LIMIT_TEXT = 300
_KEPT_VARIABLES = ("HOME", "PATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_REJECTIONS = {
    kind.reason: kind
    for kind in (
        errors.ClipTooLong,
        errors.ClipUnreadable,
        errors.ClipTooComplex,
        errors.PictureTooLarge,
        errors.NothingToAnalyse,
    )
}


def job_for(
    task: Task, settings: MediaSettings, duration_s: float, step_s: float = 0.0, trust_list: str = ""
) -> DecodeJob:
    """The task with the budget that the settings give a clip of this length."""
    return DecodeJob(
        task=task,
        limit_memory_bytes=settings.limit_memory_bytes,
        limit_cpu_s=round(settings.limit_cpu_floor_s + settings.limit_cpu_per_s * duration_s),
        limit_pixels=settings.limit_pixels,
        limit_streams=settings.limit_streams,
        limit_decoded_frames=settings.limit_decoded_frames,
        limit_duration_s=settings.limit_duration_s,
        step_s=step_s,
        limit_frames=settings.limit_frames,
        long_side_px=settings.long_side_px,
        sample_rate_hz=settings.sample_rate_hz,
        trust_list=trust_list,
    )


def run_child(clip: Path, job: DecodeJob, limit_payload_bytes: int) -> Iterator[Message]:
    """The child's messages; closing the generator ends the child.

    Raises:
        ClipRejected: what the child found, or how it ended: ClipTooComplex when it ran over its budget,
            ClipUnreadable when it crashed or talked nonsense.
    """
    with open_media(clip) as media, _child(media, job) as child:
        assert child.stdout is not None
        reader = _PipeReader(child.stdout.fileno(), job.limit_cpu_s * _WALL_PER_CPU)
        try:
            while (message := read_message(reader.read_exactly, limit_payload_bytes)).kind != "end":
                yield _checked(message)
        except EOFError:
            raise _why_it_died(child) from None
        except TimeoutError:
            raise errors.ClipTooComplex("decoding the clip takes longer than allowed; re-encode it") from None
        except ProtocolBroken as error:
            _log.error("the decoding child broke the protocol: %s", error)
            raise errors.ClipUnreadable(_DECODER_FAILED) from error


@contextmanager
def open_media(clip: Path) -> Iterator[FileIO]:
    """The clip as an open file; raises ClipUnreadable unless it is a regular file."""
    try:
        # Without O_NONBLOCK a named pipe would hang here.
        media = FileIO(os.open(clip, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK))
    except OSError as error:
        raise errors.ClipUnreadable("the clip's file cannot be opened") from error
    with media:
        if not stat.S_ISREG(os.fstat(media.fileno()).st_mode):
            raise errors.ClipUnreadable("the clip is not a regular file")
        yield media


@contextmanager
def _child(media: FileIO, job: DecodeJob) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-P", "-m", "anchorproof.media.child", job.to_json()]
    # stdin is the media itself: the child never learns a path.
    with subprocess.Popen(
        command,
        stdin=media,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        env=_environment(),
        start_new_session=True,
    ) as child:
        try:
            yield child
        finally:
            # Before Popen's own exit, which waits: a child that is busy decoding would keep us.
            if child.poll() is None:
                child.kill()


def _environment() -> dict[str, str]:
    """Only what Python needs to start; the service's own variables and secrets stay here."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    source_root = str(Path(anchorproof.__file__).parents[1])
    search_path = os.pathsep.join(filter(None, (source_root, os.environ.get("PYTHONPATH"))))
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return kept | one_thread | {"PYTHONPATH": search_path, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}


class _PipeReader:
    """Reads a descriptor, with a bound on the time spent waiting (the time between calls is the caller's own)."""

    def __init__(self, descriptor: int, patience_s: float) -> None:
        self._descriptor = descriptor
        self._patience_s = patience_s
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            _grow_pipe(descriptor)

    def read_exactly(self, count: int) -> bytearray:
        """Raises EOFError when the stream ends before, TimeoutError when patience is at its end."""
        content = bytearray(count)
        rest = memoryview(content)
        while rest:
            self._wait()
            got = os.readv(self._descriptor, [rest])
            if not got:
                raise EOFError
            rest = rest[got:]
        return content

    def _wait(self) -> None:
        begun = time.monotonic()
        ready = self._poll.poll(max(0.0, self._patience_s) * 1000)
        self._patience_s -= time.monotonic() - begun
        if not ready:
            raise TimeoutError


def _grow_pipe(descriptor: int) -> None:
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        # Over the user's share of pipe memory: the default size only means more wake-ups.
        _log.debug("the pipe to the decoding child keeps its default size")


_DECODER_FAILED = "the clip's data made the decoder fail; re-encode the clip"


def _checked(message: Message) -> Message:
    """The message, unless it is the child's report of why it stopped."""
    if message.kind == "failed":
        _log.error("the decoding child failed: %s", _harmless(message.fields.get("error")))
        raise errors.ClipUnreadable(_DECODER_FAILED)
    if message.kind == "rejected":
        raise _rejection(message)
    return message


def _harmless(words: object) -> str:
    """What a child that may have been taken over says, fit for a log."""
    return re.sub(r"[^\w .:<>()-]", "?", str(words)[:500], flags=re.ASCII)


def _rejection(message: Message) -> errors.ClipRejected:
    kind = _REJECTIONS.get(str(message.fields.get("reason")), errors.ClipUnreadable)
    text = "".join(letter for letter in str(message.fields.get("message"))[:_LIMIT_TEXT] if letter.isprintable())
    # The child already worded the message from the numbers that the class's __init__ would ask for.
    return kind.__new__(kind, text)


def _why_it_died(child: subprocess.Popen[bytes]) -> errors.ClipRejected:
    try:
        status = child.wait(timeout=5.0)
    except subprocess.TimeoutExpired:
        return errors.ClipUnreadable(_DECODER_FAILED)
    if status == -signal.SIGXCPU:
        return errors.ClipTooComplex("decoding the clip needs more computing time than allowed; re-encode it")
    if status == -signal.SIGKILL:
        return errors.ClipTooComplex("the decoder was stopped for using too much memory or time; re-encode the clip")
    _log.error("the decoding child ended with status %s", status)
    return errors.ClipUnreadable(_DECODER_FAILED)
