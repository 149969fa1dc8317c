"""The archive that is searched: prints of all genuine clips, and of programmes that a generator makes."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.pictures import picture_print
from anchorproof.footage.prints import NO_SOUNDS, SOUND_STEP_S, Fingerprint, PicturePrint, SoundPrint
from anchorproof.footage.references import LONG_SIDE_PX
from anchorproof.types import Image
from benchmarks.footage.media import read_frames, read_waveform
from benchmarks.progress import Meter

PROGRAMME_S = 1800.0
_STEP_S = 0.5
#: Share of generated shots that are of a studio which is also in the archive: same studio, other bulletin.
SAME_STUDIO = 0.3
#: Share of the bits of a step that lead away from the shot's first picture.
_AWAY = 0.6


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A genuine clip in the archive; references are kept as JPEG, like the service's."""

    fingerprint: Fingerprint
    references: Sequence[tuple[float, bytes]]

    def pictures(self) -> list[tuple[float, Image]]:
        decoded = (
            (time_s, cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)) for time_s, jpeg in self.references
        )
        return [
            (time_s, np.ascontiguousarray(image[:, :, ::-1], np.uint8))
            for time_s, image in decoded
            if image is not None
        ]


def enrol(files: Mapping[str, Path], cache: Path) -> dict[str, Enrolled]:
    """Prints and references of all files, taken over from ``cache`` where they are there."""
    known: dict[str, Enrolled] = pickle.loads(cache.read_bytes()) if cache.exists() else {}
    missing = [key for key in files if key not in known]
    chromaprint = Chromaprint()
    with Meter("archive", len(missing), len(known)) as meter:
        for key in missing:
            known[key] = _enrolled(files[key].read_bytes(), chromaprint)
            meter.advance()
    if missing:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_bytes(pickle.dumps(known))
    return {key: known[key] for key in files}


def _enrolled(content: bytes, chromaprint: Chromaprint) -> Enrolled:
    frames = list(read_frames(content, 1 / _STEP_S, LONG_SIDE_PX))
    waveform = read_waveform(content)
    sounds = chromaprint.sound_print(waveform) if waveform else NO_SOUNDS
    references = [
        (frame.time_s, cv2.imencode(".jpg", frame.image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
        for frame in frames
    ]
    return Enrolled(Fingerprint(picture_print(iter(frames)), sounds), references)


# --------------------------------------------------------------------------- distractors


class Generator:
    """Programmes of half an hour with the statistics of real ones.

    Pictures: both hashes together, 512 bits; shots of log-normal length (median 6 s). A shot's first hashes are, for
    ``SAME_STUDIO`` of them, those of a genuine clip's picture with 30 to 70 bits of each changed (the distance between
    moments of one studio), else every bit taken from one of two random clips' pictures, 16 bits at a time (PDQ's bits
    of one frequency row stay together), which keeps each bit's frequency. Within a shot the steps between neighbours,
    in bits, are drawn from those of the genuine clips (0.5 s apart), and up to 40 % of a step leads back towards the
    shot's first hash, as a presenter does. Sound: stretches of 1.5 to 3 s of real speech's items, in random order, 3 %
    of the bits changed.
    """

    def __init__(self, pictures: Sequence[PicturePrint], sounds: Sequence[NDArray[np.uint32]], seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._hashes = [
            np.unpackbits(np.hstack([print_.hashes, print_.inner]), axis=1) for print_ in pictures if len(print_)
        ]
        steps = [np.abs(np.diff(bits.astype(np.int8), axis=0)).sum(axis=1) for bits in self._hashes if len(bits) > 1]
        self._steps = np.concatenate(steps)
        self._steps = self._steps[self._steps < 160]  # of 512; beyond are cuts
        self._sounds = [items for items in sounds if len(items) > 26]

    def programme(self) -> Fingerprint:
        count = round(PROGRAMME_S / _STEP_S)
        lengths = np.maximum(2, np.round(self._random.lognormal(np.log(6.0), 0.8, count) / _STEP_S)).astype(int)
        lengths = lengths[: int(np.searchsorted(np.cumsum(lengths), count)) + 1]
        bits = self._shots(lengths)[:count]
        cuts = np.zeros(lengths.sum(), np.bool_)
        cuts[np.cumsum(lengths) - lengths] = True
        times = (np.arange(count) * _STEP_S + 0.02).astype(np.float32)
        whole, inner = (np.packbits(half, axis=1) for half in np.hsplit(bits, 2))
        print_ = PicturePrint(times, whole, inner, cuts[:count])
        return Fingerprint(print_, SoundPrint(self._sound(round(PROGRAMME_S / SOUND_STEP_S))))

    def _shots(self, lengths: NDArray[np.int64]) -> NDArray[np.uint8]:
        """All shots' hashes one after the other, as bits; made row by row for all shots at once."""
        first = np.array([self._first() for _ in lengths])
        starts = np.cumsum(lengths) - lengths
        bits = np.empty((int(lengths.sum()), 512), np.uint8)
        now = first.copy()
        for row in range(int(lengths.max())):
            alive = np.flatnonzero(lengths > row)
            bits[starts[alive] + row] = now[alive]
            step = self._random.choice(self._steps, len(alive)).astype(np.float64)[:, None]
            differing = now[alive] != first[alive]
            away = _AWAY * step / np.maximum(1, (~differing).sum(axis=1, keepdims=True))
            back = (1 - _AWAY) * step / np.maximum(1, differing.sum(axis=1, keepdims=True))
            flips = self._random.random((len(alive), 512)) < np.where(differing, back, away)
            now[alive] ^= flips.astype(np.uint8)
        return bits

    def _first(self) -> NDArray[np.uint8]:
        first, second = self._random.choice(len(self._hashes), 2, replace=False)
        one, other = self._any_hash(int(first)), self._any_hash(int(second))
        if self._random.random() < SAME_STUDIO:
            changed = one.copy()
            for half in (0, 256):
                changed[half + self._random.choice(256, int(self._random.integers(30, 71)), replace=False)] ^= 1
            return changed
        from_other = np.repeat(self._random.random(32) < 0.5, 16)
        return np.where(from_other, other, one).astype(np.uint8)

    def _any_hash(self, clip: int) -> NDArray[np.uint8]:
        bits = self._hashes[clip]
        return bits[int(self._random.integers(len(bits)))]

    def _sound(self, count: int) -> NDArray[np.uint32]:
        parts: list[NDArray[np.uint32]] = []
        made = 0
        while made < count:
            items = self._sounds[int(self._random.integers(len(self._sounds)))]
            length = int(self._random.integers(12, 25))
            start = int(self._random.integers(0, len(items) - length))
            parts.append(items[start : start + length])
            made += length
        items = np.concatenate(parts)[:count]
        flips = np.packbits(self._random.random((count, 32)) < 0.03, axis=1).view(np.uint32)[:, 0]
        return items ^ flips


def distractors(generator: Generator, hours: float, name: str = "generated") -> dict[str, Fingerprint]:
    """So many hours of generated programmes."""
    count = round(hours * 3600 / PROGRAMME_S)
    return {f"{name}-{number:05d}": generator.programme() for number in range(count)}
