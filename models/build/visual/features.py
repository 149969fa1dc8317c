"""What the head sees of a track: mean and deviation of frozen deep features, and how much the shoulders move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from anchorproof.detectors.visual import main_tracks, mouths, pixels, shoulder_motion, track_weight, usable_observations
from anchorproof.faces.align import CROP_MARGIN
from anchorproof.types import FaceObservation
from models.build.visual.backbone import MEAN, SCALE, Backbone
from models.build.visual.observe import load_tracks

Array = NDArray[np.float32]

SIDE_PX, MOUTH_PX = 160, 112
SMALLEST_FACE_PX = 40
FEWEST_OBSERVATIONS = 5
MAIN_SHARE = 0.25
LIMIT_TRACKS = 3
#: Later draws are poor copies to measure on, where every second observation of a long track will do.
ENOUGH_OBSERVATIONS = 10


@dataclass(frozen=True)
class Seen:
    """One main track of one draw of a clip; ``motion`` None: unseen."""

    clip_id: str
    draw: int
    weight: float
    values: Array
    motion: float | None


def describe(network: Backbone, observations: list[FaceObservation]) -> Array:
    """Mean and deviation over time of the backbone's features of the face, then of the mouth: ``(4 * 1280,)``."""
    parts = []
    for pictures in (pixels(observations, SIDE_PX), mouths(observations, MOUTH_PX)):
        with torch.inference_mode():
            found = network((torch.from_numpy(pictures) - MEAN) / SCALE).numpy()
        parts += [found.mean(0), found.std(0, ddof=1)]
    return np.concatenate(parts).astype(np.float32)


def extract(paths: list[Path], network: Backbone) -> Iterator[Seen]:
    """The main tracks of every ``ID-DRAW.npz`` that ``observe.save_tracks`` wrote."""
    for path in paths:
        clip_id, number = path.stem.rsplit("-", 1)
        large = [(track, usable_observations(track, SMALLEST_FACE_PX)) for track in load_tracks(path)]
        usable = [(track, seen) for track, seen in large if len(seen) >= FEWEST_OBSERVATIONS]
        for track, seen in main_tracks(usable, MAIN_SHARE, LIMIT_TRACKS) if usable else []:
            motion = shoulder_motion(seen, CROP_MARGIN)
            chosen = seen[::2] if int(number) and len(seen) >= ENOUGH_OBSERVATIONS else seen
            yield Seen(clip_id, int(number), track_weight(track, seen), describe(network, chosen), motion)
