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
from itertools import pairwise

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
class LandmarkPath:
    """Where a face's five landmarks were: ``times_s (n,)`` rising, ``points (n, 5, 2)`` in source pixels, n > 0."""

    times_s: NDArray[np.float64]
    points: Vector

    def __post_init__(self) -> None:
        if not len(self.times_s) or self.points.shape != (len(self.times_s), 5, 2):
            raise ValueError(f"one set of five points per time; got {self.times_s.shape}, {self.points.shape}")

    def at(self, times_s: NDArray[np.float64]) -> Vector:
        """The points at other times ``(m,)``, between observations on a straight line: ``(m, 5, 2)``."""
        flat = self.points.reshape(len(self.times_s), 10)
        columns = [np.interp(times_s, self.times_s, column) for column in flat.T]
        return np.stack(columns, axis=1).reshape(-1, 5, 2).astype(np.float32)


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face through consecutive frames of one shot, in time order, at least one observation.

    ``observations`` is a choice spread over the track's time; ``observed`` counts all there were (0: no more than
    those) and ``seen`` is the time they covered (None: the time of those). ``path`` holds the landmarks of all.
    """

    track_id: str
    observations: tuple[FaceObservation, ...]
    observed: int = 0
    seen: Span | None = None
    path: LandmarkPath | None = None

    def __post_init__(self) -> None:
        if not self.observations:
            raise ValueError("a face track holds at least one observation")

    @property
    def span(self) -> Span:
        return self.seen or Span(self.observations[0].time_s, self.observations[-1].time_s)


@dataclass(frozen=True, slots=True)
class MouthMotion:
    """The lower face of one track over a stretch of one shot, looked at closely.

    ``points`` are ``(n, points, 3)`` of a face mesh in source pixels (x, y, and depth in the same unit) at ``times_s
    (n,)``, rising and about 1/25 s apart; ``confidence (n,)`` in [0, 1] is the mesh's own, that there is a face.
    ``face_px`` is 2.5 times the median distance between the eyes, about the face's width.
    """

    track_id: str
    times_s: NDArray[np.float64]
    points: Vector
    confidence: Vector
    face_px: float

    def __post_init__(self) -> None:
        if self.points.ndim != 3 or not len(self.points) == len(self.times_s) == len(self.confidence):
            raise ValueError(f"one set of points per time; got {self.times_s.shape} for {self.points.shape}")

    @property
    def span(self) -> Span:
        return Span(float(self.times_s[0]), float(self.times_s[-1]))


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


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One face or voice of a medium and whom of the enrolled it resembles, best first; ``anchor_id`` None: nobody.

    ``subject`` is the track or speaker. ``false_alarm_rate`` is what share of people who are not enrolled would be
    taken for somebody enrolled at the threshold used, at most.
    """

    subject: str
    span: Span
    box: Box | None
    comparisons: tuple[Comparison, ...]
    anchor_id: str | None
    false_alarm_rate: float


# --------------------------------------------------------------------------- the registry


class Consent(StrEnum):
    """May this person's templates be kept and compared with?"""

    UNSPECIFIED = "unspecified"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_REQUIRED = "not_required"
    """The legal basis is another one, which ``legal_basis`` names."""

    @property
    def forbids(self) -> bool:
        return self in (Consent.REFUSED, Consent.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class LocalizedName:
    """A name in one language and script: ``zh-Hans``, ``zh-Latn``, ``en`` (BCP 47)."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Outlet:
    """A broadcaster or agency. ``anchors`` counts those who work for it."""

    outlet_id: str
    display_name: str
    aliases: tuple[str, ...]
    country: str
    notes: str
    create_time: datetime
    update_time: datetime
    etag: str
    anchors: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is enrolled of an anchor; ``missing`` says what would make it good enough (empty: it is)."""

    face_templates: int = 0
    face_sessions: int = 0
    voice_templates: int = 0
    voice_sessions: int = 0
    speech_s: float = 0.0
    missing: tuple[str, ...] = ()

    @property
    def is_good_enough(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Anchor:
    """A real presenter in the registry. ``etag`` changes with every update.

    ``audit_id`` stands for the anchor in the audit trail, also after it was erased. Outside of ``valid_from`` and
    ``valid_until`` (None: no such bound), and while ``consent`` forbids it, nobody is compared with the anchor.
    """

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
    outlet_id: str = ""
    localized_names: tuple[LocalizedName, ...] = ()
    consent: Consent = Consent.UNSPECIFIED
    consent_reference: str = ""
    legal_basis: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    audit_id: str = ""
    coverage: Coverage = Coverage()


@dataclass(frozen=True, slots=True)
class NameMatch:
    """An anchor found by a name; ``score`` in (0, 1], 1 for the same name; ``matched`` is the name that fitted."""

    anchor: Anchor
    matched: str
    score: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """Material that was not used, with a stable reason code and words for a person."""

    modality: Modality
    reason: str
    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One face or stretch of speech that was looked at for enrolment.

    ``measures``: for a face ``eyes_px``, ``turn``, ``sharpness``, ``brightness``, ``contrast``, ``visible``; for speech
    ``speech_s``, ``snr_db``, ``clipped``, ``overlap``. ``reason`` is the code of why it was not used; empty: it was.
    """

    modality: Modality
    span: Span | None
    measures: tuple[tuple[str, float], ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who appears in a medium, to be picked for enrolment.

    ``seen`` and ``spoken`` are spans in time order; ``spoken`` is empty when no voice could be told to be theirs.
    ``thumbnail`` is a JPEG of the best view (empty: not seen).
    """

    person_id: str
    seen: tuple[Span, ...]
    spoken: tuple[Span, ...]
    speech_s: float
    best_time_s: float | None
    best_box: Box | None
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the authenticity analysis said of media to be enrolled: decision, LLR, and its reasons in words."""

    decision: Decision
    llr: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One piece of media enrolled for an anchor; ``media_name`` is the client's name for it.

    ``session`` is the recording session it belongs to (empty: one of its own). ``override_reason`` is not empty when
    the media looked like a spoof and were enrolled all the same.
    """

    enrolment_id: str
    anchor_id: str
    media_sha256: str
    media_name: str
    create_time: datetime
    face_templates: int
    voice_templates: int
    speech_s: float
    rejections: tuple[Rejection, ...]
    session: str = ""
    samples: tuple[Sample, ...] = ()
    assessment: Assessment | None = None
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change: who did what, when, to whom.

    ``actor`` is what the caller said. ``subject`` is an ``audit_id``; ``resource`` is the resource's name while it
    exists. ``details`` never hold names or templates.
    """

    number: int
    time: datetime
    actor: str
    action: str
    subject: str
    resource: str
    details: tuple[tuple[str, str], ...]


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


# --------------------------------------------------------------------------- our own footage


@dataclass(frozen=True, slots=True)
class Programme:
    """One enrolled piece of our own footage; ``references_bytes`` 0: nothing of its picture or sound is kept."""

    programme_id: str
    title: str
    outlet: str
    media_sha256: str
    duration_s: float
    create_time: datetime
    pictures: int
    sound_items: int
    references_bytes: int


class FootageOutcome(StrEnum):
    """What a clip is beside the programme it was found in."""

    UNCHANGED = "unchanged"
    """Same picture, same sound."""
    SAME_PICTURE = "same_picture"
    """Same picture; there is no sound to compare, on one side or both."""
    OTHER_SOUND = "other_sound"
    MOUTH_CHANGED = "mouth_changed"
    """Same picture except the mouth, other sound."""
    FACE_CHANGED = "face_changed"
    RECUT = "recut"
    """Stretches are missing, moved or inserted."""
    RECAPTIONED = "recaptioned"
    MIRRORED = "mirrored"
    SOUND_ONLY = "sound_only"
    """The sound is ours, the picture is not."""


@dataclass(frozen=True, slots=True)
class FootageStretch:
    """A stretch of the clip beside its stretch of the programme.

    ``bits`` is the median distance of the picture hashes (of 256; None: no picture of ours here), ``sound_share``
    the share of differing bits of the sound hashes (None: no sound to compare), ``speed`` programme time per clip time.
    """

    clip: Span
    programme: Span
    speed: float
    bits: float | None
    sound_share: float | None


@dataclass(frozen=True, slots=True)
class FootageDifference:
    """What differs in one second or so, by retained references.

    ``mouth``, ``face`` and ``outside`` are mean differences of picture levels (0 to 1) in those regions after alignment
    and colour matching (None: no such region); ``sound_share`` as in FootageStretch; ``level_db`` the clip's sound
    level above the programme's.
    """

    clip: Span
    mouth: float | None
    face: float | None
    outside: float | None
    sound_share: float | None
    level_db: float | None


@dataclass(frozen=True, slots=True)
class FootageMatch:
    """One programme found in the clip.

    ``llr`` is for "this stretch is from this programme" against "it is not". ``outcome`` is the gravest, ``also`` holds
    what else was found. ``by_references`` tells whether retained references were at hand.
    """

    programme_id: str
    title: str
    llr: float
    outcome: FootageOutcome
    also: tuple[FootageOutcome, ...]
    stretches: tuple[FootageStretch, ...]
    differences: tuple[FootageDifference, ...]
    by_references: bool
    message: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A programme's picture (left) and the clip's (right) as one JPEG, for a reviewer; never stored."""

    programme_id: str
    programme_s: float
    clip_s: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class FootageFindings:
    """What the archive says of a clip: ``programmes`` and ``hours`` were searched; ``matches`` by clip time covered."""

    programmes: int
    hours: float
    matches: tuple[FootageMatch, ...]


@dataclass(frozen=True, slots=True)
class FootageSearch:
    """What a search answers: findings, and pairs of pictures where they were asked for and are at hand."""

    findings: FootageFindings
    pairs: tuple[SideBySide, ...] = ()


# --------------------------------------------------------------------------- evidence and verdict


@dataclass(frozen=True, slots=True)
class SegmentScore:
    """Raw score of one stretch of the clip.

    Only for sync: ``offset_s`` is where lips and sound fit best, positive when the sound comes later than the lips;
    ``confidence`` is how far that offset stands out from others (no unit, larger is clearer).
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


@dataclass(frozen=True, slots=True)
class CalibrationKnot:
    """The affine map, and its bounds, for material of one quality (see ``Template.quality``)."""

    quality: float
    slope: float
    offset: float
    llr_bounds: tuple[float, float]

    def __post_init__(self) -> None:
        _check_bounds(self.llr_bounds)
        if self.quality <= 0:
            raise ValueError(f"a knot's quality must be positive; got {self.quality}")


@dataclass(frozen=True, slots=True)
class CalibrationMap:
    """Affine map from one model's raw score to an LLR, with the bounds its fit supports.

    A negative slope is normal: it means the raw score grows with H2. The map holds only for the model file
    (``model_sha256``) and the preprocessing it was fitted with.

    Where what a score is worth depends on the quality of the material, ``knots`` hold the map at some qualities,
    rising; between them slope, offset and bounds go in straight lines over the quality's logarithm, beyond them they
    stay.

    ``h2_tail`` are ``(score, share of H2 trials that score at least this)``, shares falling; empty: not known.
    """

    calibration_id: str
    model_id: str
    model_sha256: str
    preprocessing: str
    question: Question
    slope: float
    offset: float
    llr_bounds: tuple[float, float]
    knots: tuple[CalibrationKnot, ...] = ()
    h2_tail: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        _check_bounds(self.llr_bounds)
        qualities = [knot.quality for knot in self.knots]
        if qualities != sorted(set(qualities)):
            raise ValueError(f"knots must have rising qualities; got {qualities}")

    def llr(self, score: float, quality: float | None = None) -> float:
        """``quality`` None, or a map without knots: the map that holds for all qualities together."""
        slope, offset, (low, high) = self._at(quality)
        return min(high, max(low, slope * score + offset))

    def h2_share(self, score: float) -> float | None:
        """How often different people score at least this, by the trials it was measured on; None: not known.

        Below the first score noted it is 1, above the last one the last share: a bound on what was seen, no guess.
        """
        if not self.h2_tail:
            return None
        share = 1.0
        for (before, high), (after, low) in pairwise(((-math.inf, 1.0), *self.h2_tail)):
            if score < after:
                if math.isinf(before):
                    return share
                part = (score - before) / (after - before)
                return math.exp(math.log(high) + part * (math.log(low) - math.log(high)))
            share = low
        return share

    def _at(self, quality: float | None) -> tuple[float, float, tuple[float, float]]:
        if quality is None or not self.knots:
            return self.slope, self.offset, self.llr_bounds
        below = [knot for knot in self.knots if knot.quality <= quality]
        above = [knot for knot in self.knots if knot.quality > quality]
        if not below or not above:
            knot = below[-1] if below else above[0]
            return knot.slope, knot.offset, knot.llr_bounds
        one, other = below[-1], above[0]
        share = math.log(quality / one.quality) / math.log(other.quality / one.quality)

        def between(first: float, second: float) -> float:
            return first + share * (second - first)

        bounds = (between(one.llr_bounds[0], other.llr_bounds[0]), between(one.llr_bounds[1], other.llr_bounds[1]))
        return between(one.slope, other.slope), between(one.offset, other.offset), bounds


def _check_bounds(llr_bounds: tuple[float, float]) -> None:
    low, high = llr_bounds
    if not low <= 0 <= high:
        raise ValueError(f"LLR bounds must enclose 0; got [{low}, {high}]")


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
    #: None: our own footage was not looked for.
    footage: FootageFindings | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an analysis is: ``fraction`` in [0, 1], never falling."""

    step: str
    fraction: float
