"""Makes the training material: for every clip a few draws of equalised pictures, with the faces found in them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.runtime import ModelStore
from anchorproof.settings import FaceSettings
from benchmarks.equalise import (
    Draw,
    Image,
    decode,
    encode,
    make_draw,
    resize,
    scale_for,
)
from benchmarks.equalised import main_face_px
from models.build.visual.corpus import Clip
from models.build.visual.observe import Replay, observe, save_tracks

SEED = 7
#: First draws, poor copies, H.265 and VP9; a later draw is made of every so many clips.
DRAWS, LATER_EVERY = 4, 3


@dataclass
class Found:
    """Detections on the sampled pictures of draw 0; ``scale``: its pixels per pixel of the decoded picture."""

    detections: list[list[Detection]]
    face_px: float
    scale: float


def find_faces(clips: list[Clip], folder: Path) -> Iterator[str]:
    """Detects faces in draw 0 of every clip and keeps them; answers one line per clip."""
    folder.mkdir(parents=True, exist_ok=True)
    finder = FaceFinder(ModelStore(), FaceSettings())
    for clip in clips:
        path = folder / f"{clip.clip_id}.pickle"
        if not path.exists():
            path.write_bytes(pickle.dumps(_find(clip, finder)))
        yield clip.clip_id


def load_found(clip: Clip, folder: Path) -> Found | None:
    """None: no face was seen."""
    found: Found | None = pickle.loads((folder / f"{clip.clip_id}.pickle").read_bytes())
    return found


def pictures_of(clip: Clip, number: int, found: Found) -> tuple[list[Image], Draw, float]:
    """Decoded pictures of one draw at their drawn size, *before* encoding, and that size's scale."""
    draw = make_draw(clip.clip_id, number, SEED)
    pictures = decode(clip.medium, draw)
    scale = scale_for(draw, found.face_px, pictures[0].shape)
    return resize(pictures, scale), draw, scale


def chosen_clips(clips: list[Clip], number: int) -> list[Clip]:
    """Whose draw of this number is made: all first ones; of the others a third of the clips each."""
    return clips if number == 0 else clips[number - 1 :: LATER_EVERY]


def make_draws(clips: list[Clip], folder: Path, out: Path) -> Iterator[str]:
    """Keeps the face tracks of every clip in its first draw, then of some in the others, as ``out/ID-N.npz``."""
    out.mkdir(parents=True, exist_ok=True)
    for number in range(DRAWS):
        chosen = chosen_clips(clips, number)
        for clip in chosen:
            path, found = out / f"{clip.clip_id}-{number}.npz", load_found(clip, folder)
            if found is not None and not path.exists():
                pictures, draw, scale = pictures_of(clip, number, found)
                encoded = encode(pictures, draw)
                tracks = observe(encoded, Replay(found.detections, scale / found.scale), FaceSettings())
                if tracks:
                    save_tracks(path, tracks)
            yield clip.clip_id


def _find(clip: Clip, finder: FaceFinder) -> Found | None:
    draw = make_draw(clip.clip_id, 0, SEED)
    pictures = decode(clip.medium, draw)
    if not pictures:
        return None
    face_px = main_face_px(pictures, finder)
    if face_px is None:
        return None
    scale = scale_for(draw, face_px, pictures[0].shape)
    sampled = encode(resize(pictures, scale), draw)
    return Found(finder.find(sampled), face_px, scale)
