"""Picture hashes (PDQ): of an archive's frames as they are, of a clip's under guesses of how they were reframed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import cv2
import numpy as np
import pdqhash
from numpy.typing import NDArray

from anchorproof.footage.hashing import HASH_SIDE_PX, Places, hash_pictures
from anchorproof.footage.prints import NO_PICTURES, PicturePrint, PictureSeries, Times
from anchorproof.types import Frame, Image

#: Rows and columns that are never brighter than this (of 255) are a letterbox. Video black is 16, coding adds some.
_BLACK = 28
#: Pictures from which a programme's letterbox is told, at its beginning; a minute at two a second.
_BORDER_FRAMES = 120
#: The part of our pictures that the inner hash is of (left, top, right, bottom): without the fifth below, where
#: captions are, the corners, where logos are, and the edges, which a crop takes.
INNER = (0.14, 0.10, 0.86, 0.80)
#: A letterbox takes at most this share on one side.
_DEEPEST = 0.3


@dataclass(frozen=True, slots=True)
class Reframing:
    """A guess at what was done to our picture: these shares of *our* width and height were cut off, then mirrored.

    Compared whole, the clip's picture is given its lost borders back by repeating its edge: of 305 development frames
    cropped by 10 % of each side, the distance to the original falls from 128 of 256 bits (chance) to 46, while other
    clips' nearest frames are at 92 and more (1 % quantile). ``is_inner``: only what was the middle of our picture is
    compared, which a crop or a caption mostly leaves whole.
    """

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    mirrored: bool = False
    is_inner: bool = False

    def rows(self, height: int) -> Places:
        """The clip's rows that make up our whole picture, or its middle, as the guess would have it."""
        return _places(height, self.top, self.bottom, (INNER[1], INNER[3]) if self.is_inner else None)

    def columns(self, width: int) -> Places:
        """The clip's columns, likewise."""
        places = _places(width, self.left, self.right, (INNER[0], INNER[2]) if self.is_inner else None)
        return width - 1 - places if self.mirrored else places


def _places(size: int, before: float, after: float, part: tuple[float, float] | None) -> Places:
    """Which of ``size`` rows show our rows, or the part of them; those that were cut off, by the nearest that is there.

    ``before`` and ``after`` are the shares of our picture that were cut off.
    """
    whole = size / (1 - before - after)
    if part is None:
        first, last = -round(before * whole), size + round(after * whole)
    else:
        first, last = (round((edge - before) * whole) for edge in part)
    return np.clip(np.arange(first, last), 0, size - 1)


def _reframings() -> tuple[Reframing, ...]:
    whole = [Reframing(share, share, share, share) for share in (0.0, 0.05, 0.12)]
    inner = [Reframing(share, share, share, share, is_inner=True) for share in (0.0, 0.03, 0.06, 0.1)]
    corners = [
        Reframing(share * left, share * top, share * right, share * bottom, is_inner=share < 0.15)
        for share in (0.1, 0.2)
        for left, top, right, bottom in ((1, 1, 0, 0), (0, 1, 1, 0), (1, 0, 0, 1), (0, 0, 1, 1))
    ]
    mirrored = [replace(item, mirrored=True) for item in (whole[0], inner[0], inner[2])]
    return (*whole, *inner, *corners, *mirrored)


#: All guesses: as it is, crops about the centre and into the corners, mirrored; compared whole or by their middle.
REFRAMINGS = _reframings()
AS_IT_IS = REFRAMINGS[0]
_INNER_AS_IT_IS = Reframing(is_inner=True)
Hash = NDArray[np.uint8]


# --------------------------------------------------------------------------- hashing


def hash_image(image: Image) -> Hash:
    """PDQ hash of an RGB picture of any size, shape ``(32,)``."""
    scale = HASH_SIDE_PX / max(image.shape[:2])
    if scale < 1:
        size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    bits, _ = pdqhash.compute(np.ascontiguousarray(image))
    return np.packbits(bits.astype(np.uint8))


def picture_print(frames: Iterable[Frame]) -> PicturePrint:
    """Hashes of the frames as they come, without their letterbox."""
    stream = iter(frames)
    head = list(islice(stream, _BORDER_FRAMES))
    picture_border = border([frame.image for frame in head])
    hashed = [(frame.time_s, *_hashes(picture_border.cut(frame.image)), frame.is_cut) for frame in chain(head, stream)]
    if not hashed:
        return NO_PICTURES
    times, whole, inner, cuts = zip(*hashed, strict=True)
    return PicturePrint(
        np.array(times, np.float32), np.array(whole, np.uint8), np.array(inner, np.uint8), np.array(cuts, np.bool_)
    )


def _hashes(image: Image) -> tuple[Hash, Hash]:
    rows, columns = _INNER_AS_IT_IS.rows(image.shape[0]), _INNER_AS_IT_IS.columns(image.shape[1])
    return hash_image(image), hash_image(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


@dataclass(frozen=True, slots=True)
class Border:
    """Pixels of a letterbox at each side."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def cut(self, image: Image) -> Image:
        height, width, _ = image.shape
        return image[self.top : height - self.bottom, self.left : width - self.right]


def border(images: Sequence[Image]) -> Border:
    """The letterbox that all these pictures of one size have in common; none where all is dark."""
    images = [image for image in images if image.shape == images[0].shape]
    if not images:
        return Border()
    chosen = images[:: -(-len(images) // _BORDER_FRAMES)]
    brightest = np.maximum.reduce(chosen)  # over time, each channel by itself
    lit = np.maximum(np.maximum(brightest[..., 0], brightest[..., 1]), brightest[..., 2])
    rows = np.flatnonzero(np.percentile(lit, 98, axis=1) > _BLACK)
    columns = np.flatnonzero(np.percentile(lit, 98, axis=0) > _BLACK)
    if not len(rows) or not len(columns):
        return Border()
    height, width = lit.shape
    # Letterboxes are symmetric; dark clothes at the bottom of a picture are not.
    upright = _depth(min(int(rows[0]), height - 1 - int(rows[-1])), height)
    level = _depth(min(int(columns[0]), width - 1 - int(columns[-1])), width)
    return Border(level, upright, level, upright)


def _depth(depth: int, side: int) -> int:
    return depth if 0.015 * side < depth <= _DEEPEST * side else 0


@dataclass(frozen=True, slots=True)
class ClipPictures:
    """A clip's sampled pictures, letterbox removed, small, to be hashed under one guess or another."""

    times_s: Times
    images: tuple[Image, ...]
    border: Border
    #: What is hashed, shape ``(n, height, width)``.
    greys: NDArray[np.uint8] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        greys = [cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY) for image in self.images]
        height, width = greys[0].shape if greys else (0, 0)
        # A stream may change its size on the way.
        alike = [grey if grey.shape == (height, width) else cv2.resize(grey, (width, height)) for grey in greys]
        object.__setattr__(self, "greys", np.array(alike, np.uint8).reshape(-1, height, width))

    def __len__(self) -> int:
        return len(self.images)

    def hashes(self, reframing: Reframing, indices: NDArray[np.int64] | None = None) -> PictureSeries:
        """Under one guess; of all pictures, or of those at ``indices``."""
        times, greys = (self.times_s, self.greys) if indices is None else (self.times_s[indices], self.greys[indices])
        if not len(times):
            return NO_PICTURES.series(False)
        _, height, width = greys.shape
        return PictureSeries(times, hash_pictures(greys, reframing.rows(height), reframing.columns(width)))


def clip_pictures(frames: Iterable[Frame]) -> ClipPictures:
    """All frames of a clip, kept at the size that hashing needs."""
    times, images = [], []
    for frame in frames:
        times.append(frame.time_s)
        images.append(_small(frame.image))
    found = border(images)
    return ClipPictures(np.array(times, np.float32), tuple(found.cut(image) for image in images), found)


def _small(image: Image) -> Image:
    scale = 2 * HASH_SIDE_PX / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
