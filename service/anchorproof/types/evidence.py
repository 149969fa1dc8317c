"""Raw scores, LLRs and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

from anchorproof.types.calibration import CalibrationMap
from anchorproof.types.looks import Look
from anchorproof.types.media import Span
from anchorproof.types.questions import Decision, HigherMeans, Question


@dataclass(frozen=True, slots=True)
class SegmentScore:
    """Raw score of one stretch of the clip.

    Only for sync: ``offset_s`` is where lips and sound fit best, positive when the sound comes later than the lips, and
    None where that cannot be told; ``confidence`` is the probability that it is right (``detectors.sync.LagCurve``).
    """

    span: Span
    score: float
    offset_s: float | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class RawScore:
    """A detector's answer before calibration, with the stretches it was pooled from."""

    source: str
    model_id: str
    score: float
    segments: tuple[SegmentScore, ...]
    subject: str = ""
    """The face track or speaker it is about; empty for the whole clip."""
    looks: tuple[Look, ...] = ()
    """Where it saw that; none where the model does not say. In raw scores."""
    quality: float | None = None
    """Positive, larger: the material says more (see ``CalibrationMap.knots``). None: the model does not tell."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a client may know about a model in use.

    ``calibration`` None: its raw scores never become an LLR. ``calibration_sha256`` is of the calibration's file.
    """

    model_id: str
    task: str
    is_default: bool
    sha256: str
    size_bytes: int
    origin: str
    licence: str
    preprocessing: str
    higher_means: HigherMeans | None
    calibration: CalibrationMap | None
    calibration_sha256: str = ""


@dataclass(frozen=True, slots=True)
class TimedLLR:
    """LLR of one stretch, for the timeline; stretches of one clip are dependent and are never summed.

    ``offset_s`` and ``confidence`` as in :class:`SegmentScore`.
    """

    span: Span
    llr: float
    offset_s: float | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One calibrated LLR with its source, question and the spans behind it."""

    source: str
    question: Question
    llr: float
    raw_score: float
    model_id: str
    calibration_id: str
    subject: str
    span: Span
    timeline: tuple[TimedLLR, ...]
    #: Of each face the stretches that say most, in time order; empty: the model does not say where, or did not yet.
    looks: tuple[Look, ...] = ()
    #: The material's quality that its map was taken at (:class:`RawScore`); None: the map holds for all.
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Unassessed:
    """A part that could not be judged: stable reason code, and words for a person."""

    source: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One coded statement behind a verdict, in words a reviewer understands."""

    code: str
    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class ScenarioGuess:
    """A scenario of DESIGN section 3 that the evidence is consistent with, and why."""

    scenario: str
    message: str


@dataclass(frozen=True, slots=True)
class Statements:
    """What the clip's own claims add to a verdict; never to its LLR."""

    reasons: tuple[Reason, ...] = ()
    flags: tuple[str, ...] = ()
    scenarios: tuple[ScenarioGuess, ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one source adds to the fused LLR: the fused LLR less what it would be without that source.

    Contributions need not add up to the whole: evidence that says the same is not counted twice.
    """

    source: str
    llr: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict for people, in one language (``en``, ``zh``).

    ``paragraph`` says what was concluded and why; the lists say what was checked, what could not be and why, and what
    the answer cannot tell.
    """

    language: str
    paragraph: str
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fused answer to the authenticity question.

    ``llr`` is base 10, positive supports spoof. ``spoof_posterior`` is P(spoof) at ``prior``; ``confidence``
    is the posterior of the decision taken (of the likelier side when inconclusive). ``posterior_interval`` bounds
    P(spoof) by what calibration data support. ``decisive`` names the source that decided alone (``footage``,
    ``credentials``), ``inconclusive`` holds the codes of what kept the verdict from deciding, ``policy`` says in one
    line by which rule it was taken.
    """

    decision: Decision
    llr: float
    prior: float
    spoof_posterior: float
    confidence: float
    reasons: tuple[Reason, ...]
    flags: tuple[str, ...]
    scenarios: tuple[ScenarioGuess, ...]
    summary: str
    posterior_interval: tuple[float, float] = (0.0, 1.0)
    inconclusive: tuple[str, ...] = ()
    decisive: str = ""
    policy: str = ""
    contributions: tuple[Contribution, ...] = ()
    explanations: tuple[Explanation, ...] = ()
