"""The nouns of anchorproof: small, frozen, checked at birth, free of I/O.

Signs, bases and units live here once: LLRs are base 10 and positive supports H1 of their ``Question``;
times are seconds on the presentation timeline; images are uint8 RGB ``(height, width, 3)``;
audio is float32 mono in [-1, 1].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Vector = NDArray[np.float32]


class Question(StrEnum):
    """What an LLR answers; the two are never added."""

    AUTHENTICITY = "authenticity"
    """H1 spoof, H2 bona fide."""
    IDENTITY = "identity"
    """H1 same person as the reference, H2 another."""


class Modality(StrEnum):
    """What a template or a piece of evidence was taken from."""

    FACE = "face"
    VOICE = "voice"


class HigherMeans(StrEnum):
    """Direction of a model's raw score."""

    SPOOF = "spoof"
    BONA_FIDE = "bona_fide"
    SAME_SOURCE = "same_source"


class Decision(StrEnum):
    """The public outcome of a verdict."""

    BONA_FIDE = "bona_fide"
    SPOOF = "spoof"
    INCONCLUSIVE = "inconclusive"


# --------------------------------------------------------------------------- time and media


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Seconds on the presentation timeline, ``0 <= start_s <= end_s``."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.start_s <= self.end_s < math.inf:
            raise ValueError(f"span must satisfy 0 <= start <= end; got [{self.start_s}, {self.end_s})")

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def overlap(self, other: Span) -> Span | None:
        """The shared part, or None when the spans only touch or are apart."""
        start, end = max(self.start_s, other.start_s), min(self.end_s, other.end_s)
        return Span(start, end) if end > start else None


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The picture stream, as displayed: rotation and pixel aspect ratio applied."""

    codec: str
    width: int
    height: int
    frames_per_second: float | None
    rotation_deg: int = 0
    is_interlaced: bool = False
    bit_depth: int = 8


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """The sound stream that is analysed; ``tracks`` counts all sound streams in the container."""

    codec: str
    sample_rate_hz: int
    channels: int
    tracks: int = 1


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What the container holds. ``duration_s`` is measured from timestamps where the header does not say."""

    sha256: str
    size_bytes: int
    container: str
    duration_s: float
    video: VideoInfo | None
    audio: AudioInfo | None
    #: For a person: a lost tail, a stream that could not be decoded.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture.

    ``image`` may be smaller than the source: ``scale`` is source pixels per image pixel (>= 1), so
    a box in ``image`` times ``scale`` is the box in the source frame. ``is_cut`` is True when the picture
    before this one belongs to another shot.
    """

    time_s: float
    image: Image
    scale: float = 1.0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Waveform:
    """Mono float32 samples in [-1, 1], shape ``(n,)``; ``start_s`` is where they begin on the timeline."""

    samples: NDArray[np.float32]
    sample_rate_hz: int
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if self.samples.ndim != 1:
            raise ValueError(f"samples must be mono, shape (n,); got {self.samples.shape}")

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate_hz

    def cut(self, span: Span) -> Waveform:
        """The samples inside ``span`` (presentation time), clipped to what exists."""
        first = max(0, round((span.start_s - self.start_s) * self.sample_rate_hz))
        last = max(first, round((span.end_s - self.start_s) * self.sample_rate_hz))
        return Waveform(self.samples[first:last], self.sample_rate_hz, self.start_s + first / self.sample_rate_hz)


# --------------------------------------------------------------------------- faces and voices


@dataclass(frozen=True, slots=True)
class Box:
    """``(x1, y1, x2, y2)`` in pixels of the source frame."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1


@dataclass(frozen=True, slots=True)
class FaceObservation:
    """One face in one frame.

    ``landmarks`` are five points ``(5, 2)`` in source pixels: left eye, right eye, nose, left and right mouth
    corner, as seen in the picture. ``aligned`` is ``(112, 112, 3)`` by the five-point similarity transform;
    ``crop`` is ``(224, 224, 3)``, the square around the box with margin, never rotated. ``sharpness`` is the
    variance of the Laplacian of ``aligned``.
    """

    time_s: float
    box: Box
    landmarks: Vector
    detection_score: float
    sharpness: float
    aligned: Image
    crop: Image


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face through consecutive frames of one shot, in time order, at least one observation.

    ``observations`` is a choice spread over the track's time; ``observed`` counts all there were (0: no more than
    those) and ``seen`` is the time they covered (None: the time of those).
    """

    track_id: str
    observations: tuple[FaceObservation, ...]
    observed: int = 0
    seen: Span | None = None

    def __post_init__(self) -> None:
        if not self.observations:
            raise ValueError("a face track holds at least one observation")

    @property
    def span(self) -> Span:
        return self.seen or Span(self.observations[0].time_s, self.observations[-1].time_s)


@dataclass(frozen=True, slots=True)
class SpeakerTurns:
    """The speech of one speaker in the clip: its spans in time order (not empty)."""

    speaker_id: str
    spans: tuple[Span, ...]

    @property
    def speech_s(self) -> float:
        return sum(span.duration_s for span in self.spans)


@dataclass(frozen=True, slots=True)
class Template:
    """L2-normalised float32 vector ``(d,)`` of one face or voice, made by ``model_id``.

    ``quality`` grows with how much material stood behind it: pixels between the eyes for a face, seconds of
    speech for a voice.
    """

    modality: Modality
    model_id: str
    vector: Vector
    quality: float
    span: Span | None = None

    def __post_init__(self) -> None:
        norm = float(np.linalg.norm(self.vector))
        if self.vector.ndim != 1 or not math.isclose(norm, 1.0, abs_tol=1e-3):
            raise ValueError(f"a template is a unit vector of shape (d,); got {self.vector.shape}, norm {norm:.3f}")


@dataclass(frozen=True, slots=True)
class Reference:
    """An enrolled template."""

    anchor_id: str
    enrolment_id: str
    template: Template


@dataclass(frozen=True, slots=True)
class Comparison:
    """One probe against all references of one anchor: raw score and same-source LLR."""

    modality: Modality
    anchor_id: str
    anchor_name: str
    model_id: str
    score: float
    llr: float
    references: int


# --------------------------------------------------------------------------- the registry


@dataclass(frozen=True, slots=True)
class Anchor:
    """A real presenter in the registry. ``etag`` changes with every update."""

    anchor_id: str
    display_name: str
    outlet: str
    aliases: tuple[str, ...]
    notes: str
    create_time: datetime
    update_time: datetime
    etag: str
    face_templates: int = 0
    voice_templates: int = 0


@dataclass(frozen=True, slots=True)
class Rejection:
    """Material that was not used, with a stable reason code and words for a person."""

    modality: Modality
    reason: str
    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One piece of media enrolled for an anchor; ``media_name`` is the client's name for it."""

    enrolment_id: str
    anchor_id: str
    media_sha256: str
    media_name: str
    create_time: datetime
    face_templates: int
    voice_templates: int
    speech_s: float
    rejections: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """An anchor's names (display name first, then aliases) and outlet, as a caption could show them."""

    anchor_id: str
    names: tuple[str, ...]
    outlet: str


# --------------------------------------------------------------------------- what a file says of itself


@dataclass(frozen=True, slots=True)
class Tag:
    """One metadata entry; ``where`` is container, picture, stream N or png text."""

    where: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class FileStatements:
    """What a file says of itself, as found and not yet understood.

    ``label_texts`` begin with what looks like an AIGC label somewhere in the bytes; ``manifest_store`` is the C2PA
    library's JSON, empty when there is none; ``failure`` tells why the reading broke off.
    """

    tags: tuple[Tag, ...] = ()
    xmp_packets: tuple[str, ...] = ()
    label_texts: tuple[str, ...] = ()
    manifest_store: str = ""
    credential_error: str = ""
    failure: str = ""


class CredentialState(StrEnum):
    """What the C2PA signature is worth."""

    TRUSTED = "trusted"
    """Valid, by a signer on the configured trust list."""
    UNTRUSTED = "untrusted"
    """Valid, by a signer on no trust list: the file was not changed since, by whomever it was signed."""
    INVALID = "invalid"
    """There is a signature and it does not hold."""
    ABSENT = "absent"
    """No credentials; most files have none, so this says nothing."""


class SourceKind(StrEnum):
    """What a C2PA action's digitalSourceType means here."""

    CAPTURE = "capture"
    SYNTHETIC = "synthetic"
    PARTLY_SYNTHETIC = "partly_synthetic"
    OTHER = "other"
    UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class SignedAction:
    """One action of a manifest; ``is_inherited``: from the manifest of the file this one was made from."""

    action: str
    source_type: str
    source_kind: SourceKind
    software: str
    is_inherited: bool


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Something that went into the file, as its active manifest lists it."""

    title: str
    relationship: str
    has_credentials: bool


@dataclass(frozen=True, slots=True)
class ContentCredentials:
    """The active C2PA manifest; ``problems`` are the standard's failure codes with their explanations."""

    state: CredentialState = CredentialState.ABSENT
    signer: str = ""
    issuer: str = ""
    claim_generator: str = ""
    signing_time: str = ""
    actions: tuple[SignedAction, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    problems: tuple[str, ...] = ()


class LabelKind(StrEnum):
    """Where a label of origin comes from."""

    AIGC = "aigc"
    """Implicit label of GB 45438-2025."""
    AIGC_INFO = "aigc_info"
    """A platform's aigc_info."""
    ON_SCREEN = "on_screen"
    """Text in the picture."""


class LabelClaim(StrEnum):
    """What a label says of the clip."""

    SYNTHETIC = "synthetic"
    POSSIBLY_SYNTHETIC = "possibly_synthetic"
    SUSPECTED_SYNTHETIC = "suspected_synthetic"
    NOT_LABELLED = "not_labelled"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class OriginLabel:
    """One label of origin.

    ``place`` tells where it was found; ``problems`` what is malformed in it. ``span`` and ``height_share`` (of the
    short side) are those of an on-screen label.
    """

    kind: LabelKind
    claim: LabelClaim
    place: str
    text: str
    producer: str = ""
    content_id: str = ""
    propagator: str = ""
    problems: tuple[str, ...] = ()
    span: Span | None = None
    height_share: float = 0.0


@dataclass(frozen=True, slots=True)
class GeneratorHint:
    """A metadata entry that names a known generator: a hint, since anybody can write or remove it."""

    generator: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class DeclaredOrigin:
    """What the clip declares about where it comes from. That something is absent is no evidence."""

    credentials: ContentCredentials = ContentCredentials()
    labels: tuple[OriginLabel, ...] = ()
    hints: tuple[GeneratorHint, ...] = ()


# --------------------------------------------------------------------------- what the picture claims


class CaptionRole(StrEnum):
    """The part a line plays on the screen."""

    LOWER_THIRD = "lower_third"
    CHANNEL_MARK = "channel_mark"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Caption:
    """A line on the screen: ``span`` is how long it stands there, ``confidence`` the mean over its letters.

    ``box`` and ``height_px`` (across the line) are in source pixels.
    """

    text: str
    span: Span
    box: Box
    height_px: float
    role: CaptionRole
    confidence: float


@dataclass(frozen=True, slots=True)
class ClaimedAnchor:
    """An enrolled anchor whose ``name`` a caption (``text``) shows; ``similarity`` 1 is spelt exactly."""

    anchor_id: str
    name: str
    text: str
    similarity: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ClaimedOutlet:
    """An enrolled anchor's outlet that a channel mark or a lower third shows."""

    outlet: str
    text: str
    similarity: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PictureClaims:
    """What is written in the picture and whom it names.

    ``garble_score`` is a raw score in [0, 1] without calibration (larger: less like any script), None for too few
    letters; it is no part of the verdict.
    """

    captions: tuple[Caption, ...] = ()
    anchors: tuple[ClaimedAnchor, ...] = ()
    outlets: tuple[ClaimedOutlet, ...] = ()
    frames_read: int = 0
    garble_score: float | None = None


# --------------------------------------------------------------------------- evidence and verdict


@dataclass(frozen=True, slots=True)
class SegmentScore:
    """Raw score of one stretch of the clip."""

    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class RawScore:
    """A detector's answer before calibration, with the stretches it was pooled from."""

    source: str
    model_id: str
    score: float
    segments: tuple[SegmentScore, ...]
    subject: str = ""
    """The face track or speaker it is about; empty for the whole clip."""


@dataclass(frozen=True, slots=True)
class CalibrationMap:
    """Affine map from one model's raw score to an LLR, with the bounds its fit supports.

    A negative slope is normal: it means the raw score grows with H2. The map holds only for the model file
    (``model_sha256``) and the preprocessing it was fitted with.
    """

    calibration_id: str
    model_id: str
    model_sha256: str
    preprocessing: str
    question: Question
    slope: float
    offset: float
    llr_bounds: tuple[float, float]

    def __post_init__(self) -> None:
        low, high = self.llr_bounds
        if not low <= 0 <= high:
            raise ValueError(f"LLR bounds must enclose 0; got [{low}, {high}]")

    def llr(self, score: float) -> float:
        low, high = self.llr_bounds
        return min(high, max(low, self.slope * score + self.offset))


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
    """LLR of one stretch, for the timeline; stretches of one clip are dependent and are never summed."""

    span: Span
    llr: float


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
class Verdict:
    """The fused answer to the authenticity question.

    ``llr`` is base 10, positive supports spoof. ``spoof_posterior`` is P(spoof) at ``prior``; ``confidence``
    is the posterior of the decision taken (of the likelier side when inconclusive).
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


# --------------------------------------------------------------------------- the report


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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an analysis is: ``fraction`` in [0, 1], never falling."""

    step: str
    fraction: float
