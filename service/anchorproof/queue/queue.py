"""What the service asks of its queue, whatever keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from anchorproof.types import Delivery, Job, JobError, JobRequest, JobState, Lease, QueueDepth, StepState

#: Who wants the clips that were analysed.
REVIEWERS = "reviewers"


@dataclass(frozen=True, slots=True)
class JobFilters:
    """Which jobs to list; None lets all pass."""

    state: JobState | None = None
    client: str | None = None
    batch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """How far a running job is."""

    step: str
    fraction: float
    steps: tuple[StepState, ...]


class JobQueue(Protocol):
    """Jobs, from acceptance to end; safe from several threads, processes and, where the engine can, machines.

    The promises, which ``tests/unit/queue/test_contract.py`` holds every engine to:

    - What a method returned is durable: it outlives a crash of any process at any moment.
    - A job is leased to one holder at a time. A lease that is not renewed within ``lease_s`` of the engine's own clock
      is over; the clock does not go wrong when the machine's wall clock is set.
    - The holder of a lease that is over changes nothing any more: ``renew``, ``complete``, ``fail``, ``crash`` and
      ``release`` raise LeaseLost and leave no trace.
    - A final state is never left. The queue holds a job's ``report_id`` from the start, so a job that runs twice is
      stored once: the report store refuses a second report of the same job.
    - The most urgent go first; inside one priority the clients take turns, each with its oldest job.
    - Every change gives a job a larger ``sequence``, and ``changes`` sees every change in the order of sequences.

    Methods raise StorageFailed (also StorageUnavailable, Overloaded) when the engine cannot be used.
    """

    @property
    def is_at_hand(self) -> bool:
        """``get`` takes microseconds: an event loop may call it."""

    def submit(self, requests: Sequence[JobRequest]) -> list[Job]:
        """Accept all of them or none; a request whose id was used before gives the job that it led to.

        Raises:
            RequestInvalid: a request id was used for another clip.
            Overloaded: the queue, or the client's share of it, is full.
        """

    def get(self, job_id: str) -> Job:
        """With its position, which is reckoned where many are before it. Raises NotFound."""

    def find_request(self, request_id: str) -> Job | None: ...

    def sender_of(self, report_id: str) -> str:
        """The client whose job leads, or led, to this report; empty: not known (any more)."""

    def list_jobs(
        self, page_size: int = 0, page_token: str = "", filters: JobFilters | None = None
    ) -> tuple[list[Job], str]:
        """One page, newest first, and the next page's token (empty: no more)."""

    def lease(self, holder: str) -> Lease | None:
        """The next job, now RUNNING under a new lease; None: nothing waits. Those past their deadline that come before
        it are FAILED, of which the next ``sweep`` of this process tells."""

    def renew(self, lease: Lease, told: Told | None = None) -> Job:
        """Keep the lease, and note progress; the job says whether it should be cancelled.

        Raises:
            LeaseLost: somebody else may have the job by now; stop working on it.
        """

    def attach_clip(self, lease: Lease, clip_sha256: str, size_bytes: int) -> Job:
        """Note which clip a job's source turned out to be, and keep that clip; raises LeaseLost."""

    def complete(self, lease: Lease, keep_clip_s: float) -> Job:
        """The report is stored: the job SUCCEEDED. Its clip is wanted for so much longer."""

    def complete_and_lease(self, lease: Lease, keep_clip_s: float, holder: str) -> tuple[Job, Lease | None]:
        """``complete``, and the next job for whoever has become free, in one transaction: on disk with one flush.

        None: nothing waits, or ``lease`` has to look for it.
        """

    def fail(self, lease: Lease, error: JobError) -> Job:
        """The clip cannot be analysed: FAILED. A job that should be cancelled is CANCELLED instead."""

    def crash(self, lease: Lease, error: JobError) -> Job:
        """The worker died on it: QUEUED again, or DEAD when that happened as often as the settings allow."""

    def release(self, lease: Lease) -> Job:
        """Give the job back unharmed, such as when the process ends: QUEUED again, in its old place."""

    def cancel(self, job_id: str) -> Job:
        """A waiting job is CANCELLED at once; a running one is asked to stop; a final one stays. Raises NotFound."""

    def delete(self, job_id: str) -> None:
        """Forget a final job; its report stays. Raises NotFound, ResourceInUse."""

    def revision(self) -> int:
        """The largest sequence so far; cheap."""

    def changes(self, after: int, limit: int = 1000) -> list[Job]:
        """Jobs whose sequence is larger than that, by sequence, each in its present state."""

    def depth(self) -> QueueDepth: ...

    def sweep(self) -> list[Job]:
        """The jobs that this call changed: lost leases taken back (or DEAD), deadlines kept; old final jobs go."""

    # ------------------------------------------------------------------------------------------------ clips in use

    def keep_clip(self, sha256: str, size_bytes: int, for_s: float, pin: str = REVIEWERS) -> None:
        """Say that the clip is wanted for so long at least, by ``pin``. Called before it is put into its store."""

    def unpin(self, pin: str) -> None:
        """Whoever it was does not want its clip any more."""

    def is_clip_kept(self, sha256: str) -> bool: ...

    def let_clips_go(self, limit: int = 100) -> list[str]:
        """Clips that nobody wants any more; the caller deletes them. None of them belongs to a job not yet final."""

    # ------------------------------------------------------------------------------------------------- deliveries

    def due_deliveries(self, limit: int = 10) -> list[Delivery]:
        """Words to clients that should be tried now; each is put off for a while by this call, so that nobody else
        tries it meanwhile."""

    def delivered(self, job_id: str) -> None: ...

    def not_delivered(self, job_id: str, again_in_s: float | None) -> None:
        """Try again later; None: give up."""

    def close(self) -> None: ...


class Clock(Protocol):
    """The times that a queue works by; one that tests can turn."""

    def wall(self) -> datetime:
        """UTC, for people."""

    def steady_us(self) -> int:
        """Microseconds since 1970 that do not jump while this process lives: for expiry."""

    def lease_us(self) -> tuple[str, int]:
        """An era and microseconds in it, the same for all processes that share the queue. Another era is another start
        of the machine: leases of an earlier one are over."""
