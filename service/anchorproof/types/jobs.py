"""Uploads on their way in, and the analyses that wait, run or have ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class JobState(StrEnum):
    """Where a job is. The last four are final: the job is never run again."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """The clip was rejected, or its time was over; the error says why."""
    CANCELLED = "cancelled"
    DEAD = "dead"
    """Given up, because its worker died on it as often as the settings allow; a person should look at the clip."""

    @property
    def is_final(self) -> bool:
        return self not in (JobState.QUEUED, JobState.RUNNING)


class Priority(IntEnum):
    """Higher ones are served first; inside one, clients take turns."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a client wants: the analysis of one clip that is stored already, or of one that the service may fetch."""

    client: str
    """Who asks, for quotas and turns; the service notes it and does not prove it."""
    clip_name: str
    #: Of a clip in the clip store; empty: ``source_uri`` is fetched first.
    clip_sha256: str = ""
    source_uri: str = ""
    #: Two requests with the same id are one; empty: each is a request of its own.
    request_id: str = ""
    priority: Priority = Priority.NORMAL
    #: Seconds from now after which nobody wants the answer any more; None: the answer is always wanted.
    time_limit_s: float | None = None
    #: Told when the job ends; empty: nobody.
    webhook_url: str = ""
    #: Jobs of one batch share it; empty: the job is alone.
    batch_id: str = ""
    #: By which id the log knows the call that asked; empty: of jobs from before there were such ids.
    call_id: str = ""

    def __post_init__(self) -> None:
        if bool(self.clip_sha256) == bool(self.source_uri):
            raise ValueError("a job is about a stored clip or about a source, and never both")


@dataclass(frozen=True, slots=True)
class StepState:
    """One step of an analysis, such as a detector: what it is called, and whether it is done."""

    step: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class JobError:
    """Why there is no report: a stable reason code, and words for people."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Job:
    """One analysis as the queue knows it. Times are UTC; ``report_id`` is fixed from the start."""

    job_id: str
    request: JobRequest
    state: JobState
    report_id: str
    #: Of the stored clip; empty: its source was not fetched yet.
    clip_sha256: str
    create_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    deadline: datetime | None
    step: str
    fraction: float
    steps: tuple[StepState, ...]
    #: How often the job was begun, and how often a worker died on it.
    attempts: int
    crashes: int
    is_cancel_requested: bool
    error: JobError | None
    #: Grows with every change of any job: the larger of two states of one job is the later.
    sequence: int
    #: Queued jobs that were accepted before and are as urgent or more; None: it does not wait.
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run one job until it is given back, or not renewed in time. ``token`` tells two leases apart."""

    job: Job
    token: str


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """How much work there is."""

    queued: int
    running: int
    #: Age of the job that waits longest; 0: nothing waits.
    oldest_queued_s: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """A word to a client that its job has ended; tried again until it was taken or given up."""

    job_id: str
    url: str
    attempts: int


class UploadState(StrEnum):
    ACTIVE = "active"
    FINALIZED = "finalized"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way in. ``offset``: bytes that are on disk, which a client need not send again."""

    upload_id: str
    client: str
    name: str
    size_bytes: int
    #: As announced; empty: it was not. Of a finalised upload: what its bytes are.
    sha256: str
    request_id: str
    state: UploadState
    offset: int
    create_time: datetime
    expire_time: datetime
