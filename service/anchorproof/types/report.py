"""Everything one analysis found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from anchorproof.types.captions import PictureClaims
from anchorproof.types.evidence import Evidence, Unassessed, Verdict
from anchorproof.types.footage import FootageFindings
from anchorproof.types.media import ClipInfo, Span
from anchorproof.types.origin import DeclaredOrigin
from anchorproof.types.people import Box, Comparison
from anchorproof.types.timeline import Timeline


@dataclass(frozen=True, slots=True)
class FaceFinding:
    """One face track of the report; ``comparisons`` best first; ``anchor_id`` None: nobody enrolled."""

    track_id: str
    span: Span
    observations: int
    best_time_s: float
    best_box: Box
    comparisons: tuple[Comparison, ...]
    anchor_id: str | None


@dataclass(frozen=True, slots=True)
class VoiceFinding:
    """One speaker of the report; ``comparisons`` best first; ``anchor_id`` None: nobody enrolled."""

    speaker_id: str
    spans: tuple[Span, ...]
    speech_s: float
    comparisons: tuple[Comparison, ...]
    anchor_id: str | None


class Agreement(StrEnum):
    """Face and voice, side by side, over one stretch of the clip."""

    AGREE = "agree"
    """Face and voice are the same enrolled anchor's."""
    DISAGREE = "disagree"
    """The face is an enrolled anchor's and the voice is not theirs, or the other way round."""
    FACE_ONLY = "face_only"
    """An enrolled anchor's face; no speech to compare."""
    VOICE_ONLY = "voice_only"
    """An enrolled anchor's voice; no face to compare."""
    NOBODY_ENROLLED = "nobody_enrolled"
    UNDECIDED = "undecided"
    """The comparison is too weak to say either."""


@dataclass(frozen=True, slots=True)
class IdentitySpan:
    """Who is seen and who is heard over one stretch."""

    span: Span
    face_anchor_id: str | None
    voice_anchor_id: str | None
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that made a report: ``kind`` is software, model, calibration, preprocessing or trust_list."""

    kind: str
    component_id: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class StepTime:
    """Wall time of one pipeline step."""

    step: str
    wall_s: float


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a clip's analysis found; plain data only, so it can be stored and sent."""

    report_id: str
    create_time: datetime
    clip: ClipInfo
    clip_name: str
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    unassessed: tuple[Unassessed, ...]
    faces: tuple[FaceFinding, ...]
    voices: tuple[VoiceFinding, ...]
    identity: tuple[IdentitySpan, ...]
    components: tuple[Component, ...]
    timings: tuple[StepTime, ...]
    #: None: not looked for.
    declared: DeclaredOrigin | None = None
    #: None: not read.
    claims: PictureClaims | None = None
    #: None: our own footage was not looked for.
    footage: FootageFindings | None = None
    #: None: a report from before there were timelines.
    timeline: Timeline | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an analysis is: ``fraction`` in [0, 1], never falling."""

    step: str
    fraction: float
