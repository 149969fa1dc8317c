"""What the head sees of a track: its views (``views.py``), and how the picture moves (``detectors/movement.py``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from anchorproof.detectors.movement import evenness, shoulder_motion
from anchorproof.detectors.visual import main_tracks, mouths, pixels, track_weight, usable_observations
from anchorproof.faces.align import CROP_MARGIN
from anchorproof.types import FaceObservation
from models.build.visual.observe import load_tracks
from models.build.visual.views import MOUTH_PX, SIDE_PX

Array = NDArray[np.float32]

SMALLEST_FACE_PX = 40
FEWEST_OBSERVATIONS = 5
MAIN_SHARE = 0.25
LIMIT_TRACKS = 3
#: Later draws are poor copies to measure on, where every second observation of a long track will do.
ENOUGH_OBSERVATIONS = 10


@dataclass(frozen=True)
class Seen:
    """One main track of one draw of a clip; ``motion``, ``evenness`` None: unseen. ``shares``: see ``views.shares``."""

    clip_id: str
    draw: int
    weight: float
    values: Array
    motion: float | None
    evenness: float | None
    shares: NDArray[np.float16]


def open_describer(path: Path) -> ort.InferenceSession:
    """The exported ``views.Describer``, on one core."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def describe(describer: ort.InferenceSession, observations: list[FaceObservation]) -> tuple[Array, NDArray[np.float16]]:
    """The views of a stretch, and what each cell of the crop adds to them."""
    given = {"crops": pixels(observations, SIDE_PX), "mouths": mouths(observations, MOUTH_PX)}
    values, parts = describer.run(["values", "shares"], given)
    return values, parts.astype(np.float16)


def extract(paths: list[Path], describer: ort.InferenceSession) -> Iterator[Seen]:
    """The main tracks of every ``ID-DRAW.npz`` that ``observe.save_tracks`` wrote."""
    for path in paths:
        clip_id, number = path.stem.rsplit("-", 1)
        large = [(track, usable_observations(track, SMALLEST_FACE_PX)) for track in load_tracks(path)]
        usable = [(track, seen) for track, seen in large if len(seen) >= FEWEST_OBSERVATIONS]
        for track, seen in main_tracks(usable, MAIN_SHARE, LIMIT_TRACKS) if usable else []:
            moved = shoulder_motion(seen, CROP_MARGIN), evenness(seen, CROP_MARGIN)
            chosen = seen[::2] if int(number) and len(seen) >= ENOUGH_OBSERVATIONS else seen
            values, parts = describe(describer, chosen)
            yield Seen(clip_id, int(number), track_weight(track, seen), values, *moved, parts)
