"""What people make of reports: the queue, their decisions, and the log of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from anchorproof.types.questions import Decision

#: How the source of a clip begins that was sent from the reviewers' page; the account's id follows.
PAGE_SOURCE = "web:"


class ReviewState(StrEnum):
    """How far a review is."""

    OPEN = "open"
    SECOND_OPINION = "second_opinion"
    """Somebody decided that another person should look, who has not yet."""
    DECIDED = "decided"


#: The states of a review that somebody should still decide.
WAITING = (ReviewState.OPEN, ReviewState.SECOND_OPINION)


class ReviewOutcome(StrEnum):
    """What a person decided."""

    CONFIRMED_SPOOF = "confirmed_spoof"
    BONA_FIDE = "bona_fide"
    IMPERSONATION = "impersonation"
    """Real people or footage, presented as somebody or some outlet that they are not."""
    CANNOT_TELL = "cannot_tell"
    NEEDS_SECOND_OPINION = "needs_second_opinion"


class ReviewReason(StrEnum):
    """Why a person decided so; ``REASONS`` says which goes with which outcome."""

    VOICE_NOT_ANCHORS = "voice_not_anchors"
    VOICE_SYNTHETIC = "voice_synthetic"
    FACE_SYNTHETIC = "face_synthetic"
    LIPS_DO_NOT_FIT = "lips_do_not_fit"
    WHOLLY_SYNTHETIC = "wholly_synthetic"
    ORIGINAL_DIFFERS = "original_differs"
    SPLICED = "spliced"
    DECLARED_SYNTHETIC = "declared_synthetic"
    SOURCE_CONFIRMED = "source_confirmed"
    ORIGINAL_AGREES = "original_agrees"
    NOTHING_FOUND = "nothing_found"
    HARMLESS_EDIT = "harmless_edit"
    NOT_THE_ANCHOR = "not_the_anchor"
    FALSE_BRANDING = "false_branding"
    FALSE_CONTEXT = "false_context"
    QUALITY_TOO_LOW = "quality_too_low"
    TOO_SHORT = "too_short"
    NO_REFERENCE = "no_reference"
    CONFLICTING_EVIDENCE = "conflicting_evidence"
    EXPERT_NEEDED = "expert_needed"
    OTHER = "other"


#: Which reasons go with an outcome, in the order in which they are offered.
REASONS: Mapping[ReviewOutcome, tuple[ReviewReason, ...]] = {
    ReviewOutcome.CONFIRMED_SPOOF: (
        ReviewReason.VOICE_NOT_ANCHORS,
        ReviewReason.VOICE_SYNTHETIC,
        ReviewReason.FACE_SYNTHETIC,
        ReviewReason.LIPS_DO_NOT_FIT,
        ReviewReason.WHOLLY_SYNTHETIC,
        ReviewReason.ORIGINAL_DIFFERS,
        ReviewReason.SPLICED,
        ReviewReason.DECLARED_SYNTHETIC,
        ReviewReason.SOURCE_CONFIRMED,
        ReviewReason.OTHER,
    ),
    ReviewOutcome.BONA_FIDE: (
        ReviewReason.ORIGINAL_AGREES,
        ReviewReason.NOTHING_FOUND,
        ReviewReason.HARMLESS_EDIT,
        ReviewReason.SOURCE_CONFIRMED,
        ReviewReason.DECLARED_SYNTHETIC,
        ReviewReason.OTHER,
    ),
    ReviewOutcome.IMPERSONATION: (
        ReviewReason.NOT_THE_ANCHOR,
        ReviewReason.FALSE_BRANDING,
        ReviewReason.FALSE_CONTEXT,
        ReviewReason.VOICE_NOT_ANCHORS,
        ReviewReason.ORIGINAL_DIFFERS,
        ReviewReason.SOURCE_CONFIRMED,
        ReviewReason.OTHER,
    ),
    ReviewOutcome.CANNOT_TELL: (
        ReviewReason.QUALITY_TOO_LOW,
        ReviewReason.TOO_SHORT,
        ReviewReason.NO_REFERENCE,
        ReviewReason.CONFLICTING_EVIDENCE,
        ReviewReason.OTHER,
    ),
    ReviewOutcome.NEEDS_SECOND_OPINION: (
        ReviewReason.EXPERT_NEEDED,
        ReviewReason.CONFLICTING_EVIDENCE,
        ReviewReason.QUALITY_TOO_LOW,
        ReviewReason.TOO_SHORT,
        ReviewReason.NO_REFERENCE,
        ReviewReason.OTHER,
    ),
}


class ReviewAge(StrEnum):
    """How long a report has waited, from when it was made."""

    UNDER_AN_HOUR = "under_an_hour"
    UNDER_A_DAY = "under_a_day"
    UNDER_A_WEEK = "under_a_week"
    A_WEEK_OR_MORE = "a_week_or_more"

    @property
    def limits(self) -> tuple[timedelta | None, timedelta | None]:
        """Younger than the first, at least as old as the second; None: no such limit."""
        hour, day, week = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
        younger = {ReviewAge.UNDER_AN_HOUR: hour, ReviewAge.UNDER_A_DAY: day, ReviewAge.UNDER_A_WEEK: week}
        older = {ReviewAge.UNDER_A_DAY: hour, ReviewAge.UNDER_A_WEEK: day, ReviewAge.A_WEEK_OR_MORE: week}
        return younger.get(self), older.get(self)


class ReviewOrder(StrEnum):
    """In which order reviews come."""

    OLDEST_FIRST = "oldest_first"
    NEWEST_FIRST = "newest_first"
    MOST_LIKELY_SPOOF_FIRST = "most_likely_spoof_first"
    LEAST_LIKELY_SPOOF_FIRST = "least_likely_spoof_first"


class ReviewHolder(StrEnum):
    """Whose leases."""

    ME = "me"
    NOBODY = "nobody"
    SOMEBODY_ELSE = "somebody_else"


class ViewedMaterial(StrEnum):
    """What somebody was shown."""

    REPORT = "report"
    CLIP = "clip"
    THUMBNAIL = "thumbnail"
    FACE = "face"
    VOICE = "voice"
    REFERENCE_FACE = "reference_face"
    REFERENCE_VOICE = "reference_voice"
    FOOTAGE = "footage"
    ENROLMENTS = "enrolments"


@dataclass(frozen=True, slots=True)
class ReviewLease:
    """Somebody's hold on a review, until ``expire_time``."""

    account_id: str
    display_name: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What one person decided. ``undo_time`` set: it was taken back; ``reopen_time``: the review was opened again."""

    decision_id: str
    review_id: str
    account_id: str
    display_name: str
    outcome: ReviewOutcome
    reason: ReviewReason
    note: str
    decide_time: datetime
    undo_until: datetime
    undo_time: datetime | None = None
    reopen_time: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.undo_time is None and self.reopen_time is None


@dataclass(frozen=True, slots=True)
class Review:
    """One report in the queue; ``review_id`` is the report's id.

    ``etag`` changes with every decision, undo and reopening, not with leases. ``anchors`` are ids of those seen, heard
    or named in the clip. ``source`` is who sent the clip (empty: not said). ``decisions`` are in the order of time,
    those taken back included; lists leave them out. ``outcome`` is the latest standing decision's.
    """

    review_id: str
    state: ReviewState
    etag: str
    report_time: datetime
    clip_name: str
    clip_sha256: str
    duration_s: float
    decision: Decision
    confidence: float
    spoof_posterior: float
    scenarios: tuple[str, ...]
    flags: tuple[str, ...]
    anchors: tuple[str, ...]
    outlets: tuple[str, ...]
    source: str
    summary: str
    lease: ReviewLease | None = None
    outcome: ReviewOutcome | None = None
    decisions: tuple[ReviewDecision, ...] = ()
    #: The verdict in words by language (``en``, ``zh``), where the report has them.
    summaries: tuple[tuple[str, str], ...] = ()

    def summary_in(self, language: str) -> str:
        """In that language, else as the report sums itself up."""
        return dict(self.summaries).get(language) or self.summary


@dataclass(frozen=True, slots=True)
class ReviewFilters:
    """Which reviews; what is None or empty lets all pass. Times are aware, ``reported_before`` is exclusive.

    ``holder`` is seen from the account that asks; ``reviewer`` is the id of the account that decided last.
    """

    states: tuple[ReviewState, ...] = ()
    decision: Decision | None = None
    scenario: str = ""
    anchor_id: str = ""
    outlet: str = ""
    lowest_confidence: float | None = None
    highest_confidence: float | None = None
    age: ReviewAge | None = None
    reported_from: datetime | None = None
    reported_before: datetime | None = None
    source: str = ""
    outcome: ReviewOutcome | None = None
    holder: ReviewHolder | None = None
    reviewer: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Part of the queue. ``counts`` are by state and age, without those two filters; None: not counted."""

    reviews: tuple[Review, ...]
    next_page_token: str
    total: int | None
    counts: Mapping[tuple[ReviewState, ReviewAge], int]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry of the desk's audit log; ``number`` counts from 1 without gaps, ``sha256`` covers the hash before it.

    ``actor`` and ``subject`` are resource names (``accounts/...``, ``reviews/...``) or "system", "cli:...". Details
    hold no names of anchors, no templates, no notes.
    """

    number: int
    time: datetime
    actor: str
    action: str
    subject: str
    details: tuple[tuple[str, str], ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class LogFault:
    """One thing wrong with the log; ``number`` 0: the log as a whole."""

    number: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What a verification found; ``head`` is ``NUMBER:SHA256`` of the newest entry (empty: there is none)."""

    entries: int
    head: str
    faults: tuple[LogFault, ...]

    @property
    def is_sound(self) -> bool:
        return not self.faults
