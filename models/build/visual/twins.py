"""Twins of bona fide clips: part of the face is made anew, then both go through the same codec.

The first twin of a clip went through a small decoder (``decoders.py``), the others are forgeries (``forgeries.py``).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.finder import Detection
from anchorproof.settings import FaceSettings
from benchmarks.equalise import SAMPLED_EVERY, Image, encode
from models.build.visual.corpus import Clip
from models.build.visual.decoders import SIDE_PX, USED, Autoencoder, pass_through
from models.build.visual.forgeries import FORGED, WAYS
from models.build.visual.meshes import load_meshes
from models.build.visual.observe import Replay, observe, save_tracks
from models.build.visual.prepare import Found, load_found, pictures_of

SEED, FORGERY_SEED = 13, 17
#: So many twins of a clip went through a decoder; those with higher numbers are forgeries.
DECODED = 1
#: What is made anew: the crop with hair and shoulders, the face, or mouth and chin.
REGIONS = ("crop", "face", "mouth")
#: Side of the square that goes through the decoder, in face widths.
SQUARES = {"crop": 2.2, "face": 1.5, "mouth": 1.5}
LARGEST_JITTER = 0.06
TWIN_MARK = "~"


@dataclass(frozen=True)
class Recipe:
    """How one twin of a clip is made; drawn from the clip's id."""

    decoder: int
    region: str
    jitter: float
    seed: int

    @property
    def name(self) -> str:
        return f"{USED[self.decoder].name}/{self.region}"


def recipe(clip_id: str, number: int) -> Recipe:
    """The ``number``-th twin's; the first twins of many clips cover all decoders and regions."""
    rng = np.random.default_rng([SEED, zlib.crc32(clip_id.encode()), number])
    decoder, region = int(rng.integers(len(USED))), str(rng.choice(REGIONS))
    return Recipe(decoder, region, float(rng.uniform(0, LARGEST_JITTER)), int(rng.integers(2**31)))


@dataclass(frozen=True)
class Forgery:
    """How a further twin is made; drawn from the clip's id."""

    way: str
    region: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.way}/{self.region}"


def forgery(clip_id: str, number: int) -> Forgery:
    """The ``number``-th twin's, 1 or more: no two of a clip's are made in the same way, as long as there are ways."""
    rng = np.random.default_rng([FORGERY_SEED, zlib.crc32(clip_id.encode())])
    order = [str(way) for way in rng.permutation(list(FORGED))]
    way = order[(number - 1) % len(order)]
    own = np.random.default_rng([FORGERY_SEED, zlib.crc32(clip_id.encode()), number])
    return Forgery(way, str(own.choice(FORGED[way])), int(own.integers(2**31)))


def name_of(clip_id: str, number: int) -> str:
    """What a twin was made by: ``decoder or way/region``."""
    return (recipe(clip_id, number) if number < DECODED else forgery(clip_id, number)).name


def make_twins(
    clips: list[Clip], found_in: Path, meshes_in: Path, out: Path, decoders: list[Autoencoder], numbers: Sequence[int]
) -> Iterator[str]:
    """Keeps the face tracks of these twins of bona fide ``clips`` as ``out/ID~K-0.npz``; one line per clip."""
    out.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        found = load_found(clip, found_in)
        if found is not None:
            _make(clip, found, meshes_in, out, decoders, numbers)
        yield clip.clip_id


def _make(
    clip: Clip, found: Found, meshes_in: Path, out: Path, decoders: list[Autoencoder], numbers: Sequence[int]
) -> None:
    paths = {number: out / f"{clip.clip_id}{TWIN_MARK}{number}-0.npz" for number in numbers}
    missing = [number for number, path in paths.items() if not path.exists()]
    if not missing:
        return
    pictures, draw, scale = pictures_of(clip, 0, found)
    for number in missing:
        if number < DECODED:
            boxes = _boxes(found.detections, scale / found.scale, len(pictures))
            way = recipe(clip.clip_id, number)
            changed = alter(pictures, boxes, way, decoders[way.decoder])
        else:
            meshes, forged = load_meshes(clip.clip_id, meshes_in), forgery(clip.clip_id, number)
            if meshes is None:
                continue
            changed = WAYS[forged.way](pictures, meshes, forged.region, forged.seed)
        tracks = observe(encode(changed, draw), Replay(found.detections, scale / found.scale), FaceSettings())
        if tracks:
            save_tracks(paths[number], tracks)


def alter(pictures: list[Image], boxes: NDArray[np.float64], way: Recipe, decoder: Autoencoder) -> list[Image]:
    """Every picture with the recipe's region of the face made anew.

    Args:
        boxes: ``(n, 3)``: centre x, centre y and width of the face in each picture; NaN: no face.
    """
    chosen = [index for index, box in enumerate(boxes) if np.isfinite(box).all()]
    frames = [_frame(boxes[index], way.region) for index in chosen]
    squares = [
        cv2.warpAffine(
            pictures[index], frame, (SIDE_PX, SIDE_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for index, frame in zip(chosen, frames, strict=True)
    ]
    made = pass_through(decoder, squares, way.jitter, way.seed)
    mask = _mask(way.region)
    out = list(pictures)
    for index, frame, square in zip(chosen, frames, made, strict=True):
        out[index] = _put_back(pictures[index], square, frame, mask)
    return out


def _boxes(detections: list[list[Detection]], scale: float, count: int) -> NDArray[np.float64]:
    """Centre and width of the largest face in each of ``count`` pictures, between sampled ones interpolated."""
    rows = np.full((len(detections), 3), np.nan)
    for index, faces in enumerate(detections):
        if faces:
            box = max(faces, key=lambda face: face.box.x2 - face.box.x1).box
            rows[index] = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2, box.x2 - box.x1
    seen = np.flatnonzero(np.isfinite(rows[:, 0]))
    if not len(seen):
        return np.full((count, 3), np.nan)
    times = np.arange(count) / SAMPLED_EVERY
    return np.stack([np.interp(times, seen, rows[seen, column]) for column in range(3)], axis=1) * scale


def _frame(box: NDArray[np.float64], region: str) -> NDArray[np.float64]:
    """Affine from the picture to the square."""
    side = SQUARES[region] * box[2]
    zoom = SIDE_PX / side
    return np.array([[zoom, 0, SIDE_PX / 2 - zoom * box[0]], [0, zoom, SIDE_PX / 2 - zoom * box[1]]])


def _mask(region: str) -> NDArray[np.float32]:
    """What of the square is put back, soft at its edge: ``(SIDE_PX, SIDE_PX)`` in 0..1."""
    mask = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    middle = SIDE_PX // 2
    face = SIDE_PX / SQUARES[region]
    if region == "crop":
        cv2.rectangle(mask, (6, 6), (SIDE_PX - 7, SIDE_PX - 7), 1.0, -1)
    elif region == "face":
        cv2.ellipse(mask, (middle, middle), (round(face * 0.5), round(face * 0.62)), 0, 0, 360, 1.0, -1)
    else:
        centre = (middle, round(middle + face * 0.33))
        cv2.ellipse(mask, centre, (round(face * 0.36), round(face * 0.3)), 0, 0, 360, 1.0, -1)
    return cv2.GaussianBlur(mask, (0, 0), 3)


def _put_back(picture: Image, square: Image, frame: NDArray[np.float64], mask: NDArray[np.float32]) -> Image:
    size = (picture.shape[1], picture.shape[0])
    back = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    anew = cv2.warpAffine(square, frame, size, flags=back).astype(np.float32)
    share = cv2.warpAffine(mask, frame, size, flags=back)[..., None]
    return np.asarray(picture * (1 - share) + anew * share, np.uint8)
