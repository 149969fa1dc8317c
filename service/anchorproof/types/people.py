"""Faces and voices: observed, followed, embedded, compared."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.types.media import Span
from anchorproof.types.questions import Image, Modality, Vector


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
class Acoustics:
    """What room and line did to a voice, in dB.

    ``fall_db`` (below 0): how steeply the sound falls when it falls, from one fiftieth of a second to the next; an echo
    or noise fills the gaps and makes it shallow. ``band_db``: how far the sound at 5 to 7.8 kHz lies below that at 1 to
    3.4 kHz; a telephone leaves nothing there.
    """

    fall_db: float
    band_db: float


@dataclass(frozen=True, slots=True)
class Template:
    """L2-normalised float32 vector ``(d,)`` of one face or voice, made by ``model_id``.

    ``quality`` grows with how much material stood behind it: pixels between the eyes for a face, seconds of
    speech for a voice. ``acoustics`` only for voices; None: not measured (an enrolment from before it was).
    """

    modality: Modality
    model_id: str
    vector: Vector
    quality: float
    span: Span | None = None
    acoustics: Acoustics | None = None

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
