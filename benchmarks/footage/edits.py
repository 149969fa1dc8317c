"""What happens to footage: harmless re-uploads and forgeries, each a function of a cut, with the outcome it is.

Crops take the stated share off the width and off the height (half of it at each side), "corner" at one corner.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.types import FootageOutcome as Outcome
from anchorproof.types import Image
from benchmarks.footage.media import RATE_HZ, Cut

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Material:
    """What an edit may draw on: the cut, a foreign cut and voice, and the face's five landmarks in each picture."""

    cut: Cut
    other: Cut
    voice: NDArray[np.float32]
    faces: Sequence[Points | None]
    other_faces: Sequence[Points | None]
    random: np.random.Generator
    other_id: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """The clip to be searched, and where its time 0 lies in the cut (after ``speed``)."""

    cut: Cut
    crf: int = 23
    height: int | None = None
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Edit:
    """One kind of edit; ``outcome`` None: it is only searched for."""

    name: str
    make: Callable[[Material], Edited]
    outcome: Outcome | None = None


def _pictures(change: Callable[[Image], Image]) -> Callable[[Material], Edited]:
    return lambda material: Edited(replace(material.cut, images=[change(image) for image in material.cut.images]))


def _even(image: Image) -> Image:
    return np.ascontiguousarray(image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2])


def _crop(share: float) -> Callable[[Image], Image]:
    def change(image: Image) -> Image:
        y, x = round(image.shape[0] * share / 2), round(image.shape[1] * share / 2)
        return _even(image[y : image.shape[0] - y, x : image.shape[1] - x])

    return change


def _corner(share: float) -> Callable[[Image], Image]:
    return lambda image: _even(image[: round(image.shape[0] * (1 - share)), round(image.shape[1] * share) :])


def _logo(image: Image) -> Image:
    """An opaque logo in the upper right, 16 % wide."""
    height, width, _ = image.shape
    x, y, size = round(0.8 * width), round(0.05 * height), round(0.16 * width)
    marked = image.copy()
    cv2.rectangle(marked, (x, y), (x + size, y + round(size * 0.5)), (200, 30, 30), -1)
    cv2.putText(marked, "TV8", (x + 2, y + round(size * 0.4)), cv2.FONT_HERSHEY_SIMPLEX, size / 75, (255, 255, 255), 1)
    return marked


def _caption(image: Image) -> Image:
    """An opaque strip over the lower 15 % with words in it."""
    height, width, _ = image.shape
    marked = image.copy()
    top = round(0.83 * height)
    cv2.rectangle(marked, (0, top), (width, round(0.98 * height)), (15, 25, 110), -1)
    scale = width / 520
    cv2.putText(
        marked,
        "BREAKING: MARKETS FALL AGAIN",
        (round(0.03 * width), round(0.93 * height)),
        cv2.FONT_HERSHEY_SIMPLEX,
        scale,
        (255, 255, 255),
        1,
        cv2.LINE_AA,
    )
    return marked


def _letterbox(image: Image) -> Image:
    bar = image.shape[0] // 7
    return _even(cv2.copyMakeBorder(image, bar, bar, 0, 0, cv2.BORDER_CONSTANT))


def _speed(factor: float) -> Callable[[Material], Edited]:
    """Picture and sound faster by ``factor``, the sound with its pitch, as a player does it."""

    def make(material: Material) -> Edited:
        cut, sound = material.cut, material.cut.sound
        if sound is not None:
            places = np.arange(0, len(sound) - 1, factor)
            sound = np.interp(places, np.arange(len(sound)), sound).astype(np.float32)
        return Edited(Cut(cut.images, cut.times_s / factor, sound), speed=factor)

    return make


def _fewer_frames(material: Material) -> Edited:
    cut = material.cut
    kept = [row for row in range(len(cut.images)) if row % 5 in (0, 2)]
    return Edited(Cut([cut.images[row] for row in kept], cut.times_s[kept], cut.sound))


def _other_voice(material: Material) -> NDArray[np.float32]:
    wanted = round(material.cut.duration_s * RATE_HZ)
    return np.resize(material.voice, wanted).astype(np.float32)


def _revoiced(material: Material) -> Edited:
    return Edited(replace(material.cut, sound=_other_voice(material)))


# --------------------------------------------------------------------------- forged pictures


def _patch_mask(shape: tuple[int, ...], centre: Points, radii: tuple[float, float]) -> NDArray[np.float32]:
    mask = np.zeros(shape[:2], np.float32)
    axes = (max(1, round(radii[0])), max(1, round(radii[1])))
    cv2.ellipse(mask, (round(centre[0]), round(centre[1])), axes, 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.18 * radii[1])), np.float32)


def _pasted(target: Image, points: Points, source: Image, source_points: Points, part: str) -> Image:
    """The source's mouth or face, moved onto the target's by the five landmarks, colour matched, softly blended."""
    matrix, _ = cv2.estimateAffinePartial2D(
        source_points.astype(np.float32), points.astype(np.float32), method=cv2.LMEDS
    )
    if matrix is None:
        return target
    moved = cv2.warpAffine(source, matrix, (target.shape[1], target.shape[0]), borderMode=cv2.BORDER_REPLICATE)
    eyes = float(np.linalg.norm(points[1] - points[0]))
    mouth = (points[3] + points[4]) / 2
    if part == "mouth":
        mask = _patch_mask(target.shape, mouth + (points[2] * 0 + (0.0, 0.1 * eyes)), (0.75 * eyes, 0.6 * eyes))
    else:
        middle = (points[0] + points[1]) / 2
        mask = _patch_mask(target.shape, (mouth + middle) / 2, (1.05 * eyes, 1.35 * eyes))
    inside = mask > 0.5
    if inside.sum() < 20:
        return target
    ours, theirs = target[inside].astype(np.float32), moved[inside].astype(np.float32)
    matched = (moved - theirs.mean(axis=0)) * (ours.std(axis=0) / (theirs.std(axis=0) + 1)) + ours.mean(axis=0)
    blended = target * (1 - mask[..., None]) + matched * mask[..., None]
    return np.asarray(np.clip(blended, 0, 255), np.uint8)


def _new_mouth(material: Material) -> Edited:
    """The mouth of other moments of the same clip, with another voice: what a lip-sync model leaves."""
    cut = material.cut
    shift = max(1, round(len(cut.images) * (0.25 + 0.3 * material.random.random())))
    images = []
    for row, image in enumerate(cut.images):
        other = (row + shift) % len(cut.images)
        points, source = material.faces[row], material.faces[other]
        known = points is not None and source is not None
        images.append(_pasted(image, points, cut.images[other], source, "mouth") if known else image)  # type: ignore[arg-type]
    return Edited(replace(cut, images=images, sound=_other_voice(material)))


def _new_face(material: Material) -> Edited:
    """Another person's face; the sound stays."""
    cut, other = material.cut, material.other
    images = []
    for row, image in enumerate(cut.images):
        source_row = row % len(other.images)
        points, source = material.faces[row], material.other_faces[source_row]
        known = points is not None and source is not None
        images.append(_pasted(image, points, other.images[source_row], source, "face") if known else image)  # type: ignore[arg-type]
    return Edited(replace(cut, images=images))


def _hole(material: Material) -> Edited:
    """Two seconds of the middle are left out."""
    cut = material.cut
    middle = cut.duration_s / 2
    kept = (cut.times_s < middle - 1) | (cut.times_s >= middle + 1)
    return Edited(_picked(cut, kept, [(0, middle - 1), (middle + 1, cut.duration_s)]))


def _picked(cut: Cut, kept: Any, spans: Sequence[tuple[float, float]]) -> Cut:
    images = [image for image, keep in zip(cut.images, kept, strict=True) if keep]
    times = np.arange(len(images)) * cut.frame_s
    sound = cut.sound
    if sound is not None:
        sound = np.concatenate([sound[round(start * RATE_HZ) : round(end * RATE_HZ)] for start, end in spans])
    return Cut(images, times, sound)


def _insert(material: Material) -> Edited:
    """Two seconds of another clip in the middle."""
    cut, other = material.cut, material.other
    size = (cut.images[0].shape[1], cut.images[0].shape[0])
    middle = int(len(cut.images) / 2)
    count = min(len(other.images), round(2 / cut.frame_s))
    foreign = [np.asarray(cv2.resize(image, size), np.uint8) for image in other.images[:count]]
    images = [*cut.images[:middle], *foreign, *cut.images[middle:]]
    sound = cut.sound
    if sound is not None:
        at = round(float(cut.times_s[middle]) * RATE_HZ)
        sound = np.concatenate(
            [sound[:at], np.resize(material.voice, round(count * cut.frame_s * RATE_HZ)), sound[at:]]
        )
    return Edited(Cut(images, np.arange(len(images)) * cut.frame_s, sound))


def _sound_only(material: Material) -> Edited:
    return Edited(replace(material.other, sound=material.cut.sound))


HARMLESS = (
    Edit("copy", lambda material: Edited(material.cut), Outcome.UNCHANGED),
    Edit("480p-crf35", lambda material: Edited(material.cut, 35, 480), Outcome.UNCHANGED),
    Edit("360p-crf35", lambda material: Edited(material.cut, 35, 360)),
    Edit("240p-crf35", lambda material: Edited(material.cut, 35, 240), Outcome.UNCHANGED),
    Edit("crop-5", _pictures(_crop(0.05))),
    Edit("crop-10", _pictures(_crop(0.10)), Outcome.UNCHANGED),
    Edit("crop-15", _pictures(_crop(0.15))),
    Edit("crop-20", _pictures(_crop(0.20))),
    Edit("corner-10", _pictures(_corner(0.10))),
    Edit("logo", _pictures(_logo), Outcome.UNCHANGED),
    Edit("caption", _pictures(_caption), Outcome.RECAPTIONED),
    Edit("letterbox", _pictures(_letterbox)),
    Edit("mirror", _pictures(lambda image: np.ascontiguousarray(image[:, ::-1])), Outcome.MIRRORED),
    Edit("faster-5", _speed(1.05), Outcome.UNCHANGED),
    Edit("slower-5", _speed(0.95)),
    Edit("fewer-frames", _fewer_frames),
)
FORGED = (
    Edit("revoiced", _revoiced, Outcome.OTHER_SOUND),
    Edit("new-mouth", _new_mouth, Outcome.MOUTH_CHANGED),
    Edit("new-face", _new_face, Outcome.FACE_CHANGED),
    Edit("hole", _hole, Outcome.RECUT),
    Edit("insert", _insert, Outcome.RECUT),
    Edit("sound-only", _sound_only, Outcome.SOUND_ONLY),
)
