"""Does this mouth make this sound? Chooses what to look at closely, and holds lips against speech over a range of lags.

Source of the idea: Chung and Zisserman, Out of time: automated lip sync in the wild, ACCV 2016 workshops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.detectors.lips import STEPS_PER_S, Lips, lips_of, mel_of
from anchorproof.runtime import Model, ModelEntry
from anchorproof.types import FaceTrack, MouthMotion, RawScore, SegmentScore, Span, Unassessed, Waveform

SOURCE = "sync"
#: A pause shorter than this does not end a stretch of speech.
PAUSE_S = 0.8
#: Lags this near to the best one (in steps) belong to its peak.
SAME_PEAK = 4
_BEND = np.array([1.0, -2.0, 1.0])
#: Middle of the upper and of the lower lip's inner edge among the moving points of a mouth.
_UPPER, _LOWER = 35, 25

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SyncRules:
    """How stretches are chosen and scored: the manifest entry's parameters."""

    window_s: float
    shortest_s: float
    limit_windows: int
    #: Faces looked at in one window; any of them may be the one that speaks.
    limit_faces: int
    smallest_face_px: float
    #: Lags of the sound that are tried, to either side, in steps of 1/25 s.
    lags: int
    #: Lags that a genuine recording may have.
    near: int
    #: Lags from which on likeness is by chance.
    far: int
    #: Standard deviation of the lips' opening, in distances between the eyes' outer corners, of a mouth that speaks.
    least_opening: float
    least_confidence: float
    #: Constant, and weights of :attr:`LagCurve.stands_out` and :attr:`LagCurve.leads` over a second of lips: natural
    #: log-odds that an offset is right.
    offset_weights: tuple[float, float, float]
    #: An offset that is less likely to be right than this is not told.
    least_offset_confidence: float

    @classmethod
    def of(cls, entry: ModelEntry) -> SyncRules:
        return cls(**{name: entry.parameters[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class LagCurve:
    """Mean likeness of lips and sound over one window at each lag, ``(2 * lags + 1,)``.

    The first is for the sound that is heard ``lags`` steps before the lips' own time, the last for that after it.
    """

    track_id: str
    span: Span
    likeness: Curve

    @property
    def offset_s(self) -> float:
        """Where they are most alike, between the steps by a parabola; positive: the sound comes later than the lips."""
        best = self._best
        around = self.likeness[best - 1 : best + 2] if best else self.likeness[:0]
        bend = float(around @ _BEND) if len(around) == 3 else np.nan
        shift = float(around[0] - around[2]) / (2 * bend) if bend < 0 else 0.0
        return (best - self._middle + shift) / STEPS_PER_S

    @property
    def stands_out(self) -> float:
        """The best lag's likeness less the median of all."""
        return float(self.likeness[self._best] - np.nanmedian(self.likeness))

    @property
    def leads(self) -> float:
        """The best lag's likeness less that of the best one which is another peak; 0 where there is no other lag."""
        apart = np.abs(np.arange(len(self.likeness)) - self._best) > SAME_PEAK
        others = self.likeness[apart & np.isfinite(self.likeness)]
        return float(self.likeness[self._best] - others.max()) if len(others) else 0.0

    def confidence(self, rules: SyncRules) -> float:
        """Probability that the offset is within 80 ms of the recording's own, if as many windows were re-voiced."""
        constant, by_height, by_lead = rules.offset_weights
        root_s = np.sqrt(self.span.duration_s)  # what is left to chance in a mean falls with it
        return float(1 / (1 + np.exp(-(constant + root_s * (by_height * self.stands_out + by_lead * self.leads)))))

    def score(self, rules: SyncRules) -> float:
        """Raw score, larger for bona fide: the best near lag less the mean of the far ones."""
        near = self.likeness[self._middle - rules.near : self._middle + rules.near + 1]
        far = np.concatenate([self.likeness[: self._middle - rules.far + 1], self.likeness[self._middle + rules.far :]])
        return float(np.nanmax(near) - np.nanmean(far))

    @property
    def _middle(self) -> int:
        return len(self.likeness) // 2

    @property
    def _best(self) -> int:
        return int(np.nanargmax(self.likeness))

    def as_segment(self, rules: SyncRules) -> SegmentScore:
        """Score and confidence; the offset where it is likely enough to be right."""
        confidence = self.confidence(rules)
        offset_s = self.offset_s if confidence >= rules.least_offset_confidence else None
        return SegmentScore(self.span, self.score(rules), offset_s, confidence)


# --------------------------------------------------------------------------- where to look


@dataclass(frozen=True, slots=True)
class Windows:
    """Stretches to look at closely, ascending and apart, and the median width of the faces in them."""

    spans: tuple[Span, ...]
    face_px: float


def windows_to_watch(tracks: Sequence[FaceTrack], speech: Sequence[Span], rules: SyncRules) -> Windows | Unassessed:
    """Where a face that is large enough is shown while somebody speaks; or why there is no such place.

    At most ``limit_windows`` of at most ``window_s``: those with the largest face and most speech, spread over the
    clip.

    Args:
        tracks: of the whole clip.
        speech: where someone speaks, on the presentation timeline.
    """
    if not tracks:
        return Unassessed(SOURCE, "NO_FACE", "no face was found in the picture")
    if not speech:
        return Unassessed(SOURCE, "NO_SPEECH", "no speech was found in the sound")
    large = [track for track in tracks if _face_px(track) >= rules.smallest_face_px]
    if not large:
        largest = max(_face_px(track) for track in tracks)
        message = f"the largest face is {largest:.0f} px wide; lips are read from {rules.smallest_face_px:.0f} px on"
        return Unassessed(SOURCE, "FACE_TOO_SMALL", message)
    spoken = _joined(speech)
    found = [(_face_px(track), part) for track in large for part in _pieces(track.span, spoken, rules)]
    if not found:
        return Unassessed(
            SOURCE, "FACE_TOO_BRIEF", f"no face is shown for {rules.shortest_s:.0f} s while somebody speaks"
        )
    return _chosen(found, rules)


def _face_px(track: FaceTrack) -> float:
    return float(np.median([min(seen.box.width, seen.box.height) for seen in track.observations]))


def _joined(speech: Sequence[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(speech):
        if joined and span.start_s - joined[-1].end_s < PAUSE_S:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def _pieces(shown: Span, spoken: Sequence[Span], rules: SyncRules) -> Iterator[Span]:
    """The speech while the face is shown, in windows; a rest that is too short belongs to none."""
    for part in filter(None, (shown.overlap(span) for span in spoken)):
        start_s = part.start_s
        while part.end_s - start_s >= rules.shortest_s:
            end_s = min(part.end_s, start_s + rules.window_s)
            yield Span(start_s, end_s)
            start_s = end_s


def _chosen(found: Sequence[tuple[float, Span]], rules: SyncRules) -> Windows:
    """The best windows that share no time; among those nearly as good as the best, evenly spread ones."""
    ranked = sorted(found, key=lambda item: (-item[0] * item[1].duration_s, item[1]))
    apart: list[tuple[float, Span]] = []
    for face_px, span in ranked:
        if not any(span.overlap(other) for _, other in apart):
            apart.append((face_px, span))
    best = apart[0][0] * apart[0][1].duration_s
    good = [item for item in apart if item[0] * item[1].duration_s >= best / 2]
    if len(good) < rules.limit_windows:
        good = apart[: rules.limit_windows]
    good.sort(key=lambda item: item[1])
    places = np.linspace(0, len(good) - 1, min(rules.limit_windows, len(good))).round().astype(int)
    kept = [good[place] for place in places]
    return Windows(tuple(span for _, span in kept), float(np.median([face_px for face_px, _ in kept])))


# --------------------------------------------------------------------------- scoring


def score(windows: Sequence[Sequence[MouthMotion]], waveform: Waveform, model: Model) -> RawScore | Unassessed:
    """How well the lips follow the sound, larger for bona fide: the mean over windows, long ones counting more.

    In a window with several faces the one counts whose lips follow best: it may be the one that speaks.

    Args:
        windows: the mouths seen in each stretch of :func:`windows_to_watch`.
        waveform: mono at 16 kHz.
        model: takes ``lips (1, steps, points * 3)`` and ``mel (1, steps' * 4, 32)``, answers ``seen (1, steps, d)`` and
            ``heard (1, steps', d)``, whose products say how alike lips and sound are.

    Raises:
        ValueError: the waveform has another sample rate.
        ModelUnavailable: the model refused its input.
    """
    rules = SyncRules.of(model.entry)
    motions = [motion for window in windows for motion in window]
    lasting = [motion for motion in motions if motion.span.duration_s >= rules.shortest_s - 2 / STEPS_PER_S]
    if not lasting:
        return Unassessed(SOURCE, "FACE_TOO_BRIEF", f"no face could be followed for {rules.shortest_s:.0f} s")
    clear = [motion for motion in lasting if float(motion.confidence.mean()) >= rules.least_confidence]
    if not clear:
        return Unassessed(SOURCE, "FACE_UNCLEAR", "the mouth is hidden, blurred or turned away while somebody speaks")
    still = np.array(model.entry.parameters["still_points"], np.float32)
    usable = {id(motion) for motion in clear}
    curves = [
        list(_curves([motion for motion in window if id(motion) in usable], waveform, still, model))
        for window in windows
    ]
    best = [max(found, key=lambda curve: curve.score(rules)) for found in curves if found]
    if not best:
        return Unassessed(SOURCE, "NOBODY_SPEAKS", "no mouth in the picture moves while somebody is heard")
    segments = tuple(curve.as_segment(rules) for curve in best)
    clip_score = np.average(
        [segment.score for segment in segments], weights=[segment.span.duration_s for segment in segments]
    )
    return RawScore(SOURCE, model.model_id, float(clip_score), segments)


def _curves(
    motions: Sequence[MouthMotion], waveform: Waveform, still: NDArray[np.float32], model: Model
) -> Iterator[LagCurve]:
    rules = SyncRules.of(model.entry)
    for motion in motions:
        lips = lips_of(motion, still)
        if opening(lips) >= rules.least_opening:
            yield LagCurve(motion.track_id, motion.span, lag_curve(lips, waveform, rules.lags, model))


def opening(lips: Lips) -> float:
    """How much the lips open and close: standard deviation in distances between the eyes' outer corners."""
    points = lips.shape.reshape(len(lips.shape), -1, 3)
    return float(np.linalg.norm(points[:, _UPPER] - points[:, _LOWER], axis=1).std())


def lag_curve(lips: Lips, waveform: Waveform, lags: int, model: Model) -> Curve:
    """Mean likeness of lips and sound at each lag ``(2 * lags + 1,)``; NaN at lags that leave too little sound."""
    steps = len(lips.shape)
    begin_s = lips.start_s - lags / STEPS_PER_S
    mel = mel_of(waveform, begin_s, steps + 2 * lags)
    codes = model.run({"lips": lips.shape[None], "mel": mel[None]})
    times_s = begin_s + np.arange(steps + 2 * lags) / STEPS_PER_S
    there = (times_s >= waveform.start_s) & (times_s <= waveform.start_s + waveform.duration_s)
    return lagged(codes["seen"][0], codes["heard"][0], there, lags)


def lagged(seen: NDArray[np.float32], heard: NDArray[np.float32], there: NDArray[np.bool_], lags: int) -> Curve:
    """The curve from codes ``seen (steps, d)`` and ``heard (steps + 2 * lags, d)``; ``there``: steps with sound."""
    steps = len(seen)
    curve = np.full(2 * lags + 1, np.nan)
    for lag in range(2 * lags + 1):
        present = there[lag : lag + steps]
        if present.sum() >= steps / 2:
            likeness = (seen * heard[lag : lag + steps]).sum(axis=1)
            curve[lag] = likeness[present].mean()
    return curve
