"""Is this face synthetic? Scores stretches of a clip's main face tracks with the visual classifier and pools them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.detectors.movement import crop_square, evenness, shoulder_motion
from anchorproof.detectors.pictures import is_picture_classifier, score_pictures
from anchorproof.runtime import Model
from anchorproof.types import (
    Box,
    FaceObservation,
    FaceTrack,
    Look,
    RawScore,
    SegmentScore,
    Span,
    TimedBox,
    Unassessed,
)

SOURCE = "visual"
#: A look's path has a place about so often; between them a face is taken to move in a straight line.
LOOK_STEP_S = 1.0

#: Top, bottom, left and right of the mouth and its surroundings in an aligned face of 112 pixels.
MOUTH_IN_ALIGNED = (54, 110, 28, 84)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoredStretch:
    """A stretch's raw score, those of its observations ``(n,)``, and what each cell of the crop adds, where known."""

    score: float
    scores: Floats
    where: Floats | None = None


@dataclass(frozen=True, slots=True)
class ScoredTrack:
    """One track's raw score, those of its usable observations ``(n,)`` at ``times_s``, and its say in the clip."""

    score: float
    times_s: Floats
    scores: Floats
    weight: float
    looks: tuple[Look, ...] = ()


def score(tracks: Sequence[FaceTrack], model: Model) -> RawScore | Unassessed:
    """How synthetic the main faces of a clip look, larger for spoof.

    The tracks that matter are the largest times longest ones (``main_tracks``). Each is cut into stretches of a few
    seconds, which the network scores whole: what face and mouth look like, how much that varies, how much the shoulders
    move. A track is the mean of its stretches and the clip the mean of its tracks, weighted by face area times time.

    Args:
        tracks: of the whole clip, in any order.
        model: a plain classifier of single pictures, as its manifest entry describes (``pictures.py``), whose
            observations are averaged; or one that takes ``crops`` and ``mouths`` ``(n, 3, side, side)`` float32 RGB in
            0..255 and ``motion`` ``(1,)`` of one stretch (n >= 2), where its parameters name a ``usual_evenness`` also
            ``evenness`` ``(1,)`` (both: ``movement.py``), and answers ``score`` ``(1,)`` and ``scores`` ``(n,)``, whose
            mean is ``score``. Where it also answers ``where`` ``(rows, columns)``, what each cell of the crop adds to
            the score more than usual, the answer's looks hold that of every stretch.

    Raises:
        ModelUnavailable: the model refused its input.
    """
    if not tracks:
        return Unassessed(SOURCE, "NO_FACE", "no face was found in the picture")
    parameters = model.entry.parameters
    smallest_px, fewest = float(parameters["smallest_face_px"]), int(parameters["fewest_observations"])
    large = [(track, seen) for track in tracks if (seen := usable_observations(track, smallest_px))]
    if not large:
        found_px = max(face_px(observation) for track in tracks for observation in track.observations)
        message = f"the largest face is {found_px:.0f} px wide; the visual detector needs {smallest_px:.0f} px"
        return Unassessed(SOURCE, "FACE_TOO_SMALL", message)
    usable = [(track, seen) for track, seen in large if len(seen) >= fewest]
    if not usable:
        longest = max(len(seen) for _, seen in large)
        message = f"a face was seen in {longest} sampled pictures; the visual detector needs {fewest}"
        return Unassessed(SOURCE, "FACE_TOO_BRIEF", message)
    chosen = main_tracks(usable, float(parameters["main_share"]), int(parameters["limit_tracks"]))
    scored = [_score_track(track, seen, model) for track, seen in chosen]
    segments = tuple(_segments(scored, float(parameters["segment_s"])))
    clip_score = np.average([track.score for track in scored], weights=[track.weight for track in scored])
    looks = tuple(look for track in scored for look in track.looks)
    return RawScore(SOURCE, model.model_id, float(clip_score), segments, looks=looks)


def face_px(observation: FaceObservation) -> float:
    """The shorter side of the face's box, in source pixels."""
    return min(observation.box.width, observation.box.height)


def usable_observations(track: FaceTrack, smallest_px: float) -> list[FaceObservation]:
    """Those that show the face large enough."""
    return [observation for observation in track.observations if face_px(observation) >= smallest_px]


def main_tracks(
    usable: Sequence[tuple[FaceTrack, list[FaceObservation]]], share: float, limit: int
) -> list[tuple[FaceTrack, list[FaceObservation]]]:
    """The heaviest tracks, at most ``limit``, each at least ``share`` of the heaviest."""
    ranked = sorted(usable, key=lambda item: -track_weight(*item))[:limit]
    heaviest = track_weight(*ranked[0])
    return [item for item in ranked if track_weight(*item) >= share * heaviest]


def track_weight(track: FaceTrack, seen: Sequence[FaceObservation]) -> float:
    """Median face area in pixels times how often the face was observed."""
    area = float(np.median([observation.box.width * observation.box.height for observation in seen]))
    return area * max(track.observed, len(track.observations))


def stretches(seen: Sequence[FaceObservation], length_s: float, fewest: int) -> list[list[FaceObservation]]:
    """Consecutive parts of ``length_s``, longer where ``fewest`` take longer; a short rest joins the part before."""
    parts: list[list[FaceObservation]] = [[]]
    for observation in seen:
        current = parts[-1]
        if len(current) >= fewest and observation.time_s - current[0].time_s >= length_s:
            parts.append([])
        parts[-1].append(observation)
    if len(parts) > 1 and len(parts[-1]) < fewest:
        rest = parts.pop()
        parts[-1].extend(rest)
    return parts


def pixels(observations: Sequence[FaceObservation], side_px: int) -> NDArray[np.float32]:
    """The crops as the network takes them: ``(n, 3, side, side)``, RGB, 0..255; training data are made by this too."""
    return _planes([cv2.resize(seen.crop, (side_px, side_px), interpolation=cv2.INTER_AREA) for seen in observations])


def mouths(observations: Sequence[FaceObservation], side_px: int) -> NDArray[np.float32]:
    """The mouths of the aligned faces, enlarged: ``(n, 3, side, side)``, RGB, 0..255."""
    top, bottom, left, right = MOUTH_IN_ALIGNED
    parts = [seen.aligned[top:bottom, left:right] for seen in observations]
    return _planes([cv2.resize(part, (side_px, side_px), interpolation=cv2.INTER_CUBIC) for part in parts])


def _planes(pictures: Sequence[NDArray[np.generic]]) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2), dtype=np.float32)


def _score_track(track: FaceTrack, seen: list[FaceObservation], model: Model) -> ScoredTrack:
    parameters = model.entry.parameters
    parts = stretches(seen, float(parameters["stretch_s"]), int(parameters["fewest_observations"]))
    results = [_score_stretch(part, model) for part in parts]
    scores = np.concatenate([result.scores for result in results])
    track_score = np.average([result.score for result in results], weights=[len(part) for part in parts])
    times_s = np.array([observation.time_s for observation in seen])
    looks = tuple(_looks(track.track_id, parts, results, float(parameters["crop_margin"])))
    return ScoredTrack(float(track_score), times_s, scores, track_weight(track, seen), looks)


def _score_stretch(seen: Sequence[FaceObservation], model: Model) -> ScoredStretch:
    parameters = model.entry.parameters
    if is_picture_classifier(parameters):
        scores = score_pictures(seen, model)
        return ScoredStretch(float(scores.mean()), scores)
    margin = float(parameters["crop_margin"])
    inputs = {
        "crops": pixels(seen, int(parameters["side_px"])),
        "mouths": mouths(seen, int(parameters["mouth_px"])),
        "motion": _or_usual(shoulder_motion(seen, margin), parameters["usual_motion"]),
    }
    if "usual_evenness" in parameters:
        inputs["evenness"] = _or_usual(evenness(seen, margin), parameters["usual_evenness"])
    outputs = model.run(inputs)
    where = outputs.get("where")
    return ScoredStretch(
        float(outputs["score"][0]),
        np.asarray(outputs["scores"], np.float64),
        None if where is None else np.asarray(where, np.float64),
    )


def _looks(
    track_id: str, parts: Sequence[Sequence[FaceObservation]], results: Sequence[ScoredStretch], crop_margin: float
) -> Iterator[Look]:
    """A look for each stretch of which the network says where it saw something."""
    for seen, result in zip(parts, results, strict=True):
        if result.where is not None and result.where.ndim == 2 and np.isfinite(result.where).all():
            clearest = max(seen, key=lambda item: item.detection_score * item.sharpness)
            cells = tuple(tuple(float(value) for value in row) for row in result.where)
            path = tuple(TimedBox(item.time_s, _shown(item.box, crop_margin)) for item in _thinned(seen, clearest))
            yield Look(track_id, Span(seen[0].time_s, seen[-1].time_s), clearest.time_s, result.score, cells, path)


def _thinned(seen: Sequence[FaceObservation], kept: FaceObservation) -> list[FaceObservation]:
    """One about every ``LOOK_STEP_S``, and always the first, the last and ``kept``."""
    chosen: list[FaceObservation] = []
    for item in seen:
        if item is seen[-1] or item is kept or not chosen or item.time_s - chosen[-1].time_s >= LOOK_STEP_S:
            chosen.append(item)
    return chosen


def _shown(box: Box, crop_margin: float) -> Box:
    """The square that the network was shown, to a tenth of a pixel."""
    left, top, side = crop_square(box, crop_margin)
    return Box(*(round(value, 1) for value in (left, top, left + side, top + side)))


def _or_usual(value: float | None, usual: float) -> NDArray[np.float32]:
    return np.array([float(usual) if value is None else value], np.float32)


def _segments(scored: Sequence[ScoredTrack], length_s: float) -> Iterator[SegmentScore]:
    """Means over ``length_s`` each from the first observation on; seconds without one are left out."""
    times_s = np.concatenate([track.times_s for track in scored])
    scores = np.concatenate([track.scores for track in scored])
    weights = np.concatenate([np.full(len(track.scores), track.weight) for track in scored])
    first_s, last_s = float(times_s.min()), float(times_s.max())
    numbers = np.floor((times_s - first_s) / length_s).astype(int)
    for number in np.unique(numbers):
        inside = numbers == number
        start_s = first_s + float(number) * length_s
        span = Span(start_s, max(start_s, min(start_s + length_s, last_s)))
        yield SegmentScore(span, float(np.average(scores[inside], weights=weights[inside])))
