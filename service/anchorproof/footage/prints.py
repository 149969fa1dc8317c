"""What is kept of a programme or a clip to recognise it by: picture hashes and sound hashes, each with its time.

A picture hash is 256 bits (PDQ), a sound hash 32 bits (Chromaprint); neither can be turned back into what was seen or
heard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint8]
"""PDQ hashes, shape ``(n, 32)``."""
Times = NDArray[np.float32]

PICTURE_BITS = 256
SOUND_BITS = 32
#: Time between Chromaprint's items: 4,096 samples at 11,025 Hz, overlapping by two thirds.
SOUND_STEP_S = (4096 - 4096 * 2 // 3) / 11_025  # 0.124 s
#: Sound behind one item, from where it begins; an item is about the middle of it.
SOUND_WINDOW_S = 2.6


@dataclass(frozen=True, slots=True)
class PictureSeries:
    """One hash a picture, in time order: what is compared."""

    times_s: Times
    hashes: Hashes

    def __len__(self) -> int:
        return len(self.times_s)

    def words(self) -> NDArray[np.uint64]:
        """The hashes as four words each, for counting bits."""
        return np.ascontiguousarray(self.hashes).view(np.uint64)


@dataclass(frozen=True, slots=True)
class PicturePrint:
    """Hashes of a programme's pictures in time order; ``is_cut`` marks the first picture of a shot.

    ``hashes`` are of whole pictures, ``inner`` of their middle, which logos, captions and crops leave alone.
    """

    times_s: Times
    hashes: Hashes
    inner: Hashes
    is_cut: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shape = len(self.times_s), PICTURE_BITS // 8
        if self.hashes.shape != shape or self.inner.shape != shape or self.is_cut.shape != shape[:1]:
            raise ValueError(f"{shape[0]} times need as many hashes of 32 bytes and cuts; got {self.hashes.shape}")

    def __len__(self) -> int:
        return len(self.times_s)

    def series(self, is_inner: bool) -> PictureSeries:
        return PictureSeries(self.times_s, self.inner if is_inner else self.hashes)


@dataclass(frozen=True, slots=True)
class SoundPrint:
    """Chromaprint's items, one every ``step_s``; the first one's sound begins at ``start_s``."""

    items: NDArray[np.uint32]
    start_s: float = 0.0
    step_s: float = SOUND_STEP_S

    def __len__(self) -> int:
        return len(self.items)

    def telling(self) -> NDArray[np.bool_]:
        """Which items say something: those of silence and of steady tones repeat themselves, and match any other."""
        changed = np.diff(self.items) != 0
        return np.concatenate([changed[:1], changed]) if len(changed) else np.zeros(len(self.items), np.bool_)


_NO_HASHES = np.empty((0, 32), np.uint8)
NO_PICTURES = PicturePrint(np.empty(0, np.float32), _NO_HASHES, _NO_HASHES, np.empty(0, np.bool_))
NO_SOUNDS = SoundPrint(np.empty(0, np.uint32))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All that recognises one programme; either part may be empty."""

    pictures: PicturePrint
    sounds: SoundPrint

    @property
    def size_bytes(self) -> int:
        pictures = self.pictures
        hashes = pictures.hashes.nbytes + pictures.inner.nbytes
        return hashes + pictures.times_s.nbytes + pictures.is_cut.nbytes + self.sounds.items.nbytes


def bits_apart(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.int16]:
    """Hamming distances of all pairs of PDQ hashes given as words ``(n, 4)`` and ``(m, 4)``, shape ``(n, m)``."""
    apart = np.zeros((len(one), len(other)), np.int16)
    for word in range(one.shape[1]):
        apart += np.bitwise_count(one[:, word, None] ^ other[None, :, word])
    return apart
