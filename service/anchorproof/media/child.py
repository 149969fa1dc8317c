"""The decoding child: ``python -m anchorproof.media.child JOB`` with the media as standard input.

It writes messages to what was standard output and knows no path. Nothing here runs in the service's own process.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

from anchorproof.errors import ClipRejected, ClipTooComplex
from anchorproof.logs import faults_of
from anchorproof.media.confinement import confine, seal
from anchorproof.media.protocol import DecodeJob, Message, Task, write_message


def main() -> int:
    """Decodes as the job says; the exit status is 0 whenever a last message could be sent."""
    job = DecodeJob.from_json(sys.argv[1])
    out = _take_over_stdout()
    is_landlocked = confine(job.limit_memory_bytes, job.limit_cpu_s, (job.trust_list,) if job.trust_list else ())
    if job.task is Task.TRIAL:
        from anchorproof.media import attempts

        write_message(out, attempts.run(is_landlocked))
        write_message(out, Message("end", {}))
        return 0
    try:
        for message in _guarded(job):
            write_message(out, message)
    except BrokenPipeError:
        return 1
    return 0


def _take_over_stdout() -> BinaryIO:
    """A private copy of standard output; what a library prints lands in standard error instead."""
    copy = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(copy, "wb", buffering=0)


def _guarded(job: DecodeJob) -> Iterator[Message]:
    """The task's messages, and last either ``end`` or why it could not finish."""
    try:
        yield from _work(job)
    except ClipRejected as error:
        yield Message("rejected", {"reason": error.reason, "message": str(error)})
    except MemoryError:
        yield Message("rejected", {"reason": ClipTooComplex.reason, "message": OVER_MEMORY})
    except BrokenPipeError:
        raise
    except Exception as error:  # the parent logs it; the client hears that the clip could not be decoded
        yield Message("failed", {"error": str(faults_of(error)[0])[:500]})
    else:
        yield Message("end", {})


OVER_MEMORY = "decoding the clip needs more memory than allowed; re-encode it at a lower resolution"


def _work(job: DecodeJob) -> Iterator[Message]:
    # Loaded here, so that the limits are on before the decoder is in memory.
    if job.task is Task.DECLARATIONS:
        from anchorproof.media import declarations

        read = declarations.prepared(job)
        seal()
        return read(os.fdopen(0, "rb", buffering=0, closefd=False), job)
    if job.task is Task.COPY:
        from anchorproof.media import encoding

        seal()
        return encoding.encode(os.fdopen(0, "rb", buffering=0, closefd=False), job)
    from anchorproof.media import inspection, mark_decoding, pictures, sound

    tasks: dict[Task, Callable[[BinaryIO, DecodeJob], Iterator[Message]]] = {
        Task.INSPECT: inspection.inspect,
        Task.PICTURES: pictures.decode,
        Task.SOUND: sound.decode,
        Task.MARK: mark_decoding.decode,
    }
    seal()
    return tasks[job.task](os.fdopen(0, "rb", buffering=0, closefd=False), job)


if __name__ == "__main__":
    sys.exit(main())
