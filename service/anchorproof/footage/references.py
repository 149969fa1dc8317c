"""Retained references: small pictures and sound of a programme, kept only where the broadcaster asked for it.

One folder per programme: ``pictures.zip`` holds two JPEGs a second (long side 320, named by their time in seconds),
``sound.ogg`` the sound as 8 kHz mono Vorbis. About 100 MB an hour.
"""

from __future__ import annotations

import io
import os
import shutil
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from anchorproof.errors import StorageFailed
from anchorproof.types import Image, Span, Waveform

LONG_SIDE_PX = 320
SAMPLE_RATE_HZ = 8_000
_JPEG_QUALITY = 80
_PICTURES, _SOUND = "pictures.zip", "sound.ogg"
#: A folder that is still being filled is younger than this.
_LONGEST_ENROLMENT_S = 6 * 3600.0
_BLOCK_BYTES = 1024**2
_BLOCK_SAMPLES = 65_536


class ReferenceFolder:
    """The retained references of all programmes, under one folder (0700)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def writer(self, programme_id: str) -> ReferenceWriter:
        return ReferenceWriter(self._folder, programme_id)

    def size_bytes(self, programme_id: str) -> int:
        place = self._folder / programme_id
        return sum(file.stat().st_size for file in place.iterdir()) if place.is_dir() else 0

    def pictures(self, programme_id: str, span: Span) -> Iterator[tuple[float, Image]]:
        """``(time_s, RGB picture)`` inside the span, in time order."""
        path = self._folder / programme_id / _PICTURES
        if not path.is_file():
            return
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:  # erased while it is read
            for name in archive.namelist():
                time_s = float(name.removesuffix(".jpg"))
                if span.start_s <= time_s <= span.end_s:
                    image = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_COLOR)
                    if image is not None:
                        yield time_s, np.ascontiguousarray(image[:, :, ::-1], np.uint8)

    def sound(self, programme_id: str, span: Span) -> Waveform | None:
        """The sound inside the span; None where none was kept."""
        path = self._folder / programme_id / _SOUND
        if not path.is_file():
            return None
        with soundfile.SoundFile(path) as file:
            first = min(len(file), round(span.start_s * file.samplerate))
            file.seek(first)
            samples = file.read(round(span.duration_s * file.samplerate), dtype="float32", always_2d=True)
            return Waveform(np.ascontiguousarray(samples[:, 0]), file.samplerate, first / file.samplerate)

    def erase(self, programme_id: str) -> None:
        """Overwrite and remove a programme's references; nothing happens where there are none.

        Overwriting reaches what the file system still addresses; a disk's own copies are beyond any program.
        """
        place, gone = self._folder / programme_id, self._folder / f".{programme_id}.gone"
        try:
            if place.is_dir():
                place.rename(gone)  # from here on nobody reads it, and the next opening erases it if we do not
                _erase(gone)
        except OSError as error:
            raise StorageFailed(f"retained references could not be erased: {error.strerror}") from error

    def finish_erasing(self) -> None:
        """Erase what erasures and enrolments that broke off left behind."""
        if not self._folder.is_dir():
            return
        long_ago = time.time() - _LONGEST_ENROLMENT_S
        for place in self._folder.iterdir():
            is_left = place.name.endswith(".part") and place.stat().st_mtime < long_ago
            if is_left or place.name.endswith(".gone"):
                with suppress(OSError):  # another process is at it
                    _erase(place)


class ReferenceWriter:
    """Collects one programme's references; they appear when ``finish`` is called, or not at all."""

    def __init__(self, folder: Path, programme_id: str) -> None:
        self._target = folder / programme_id
        self._part = folder / f".{programme_id}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._part.mkdir(mode=0o700)
            self._zip = zipfile.ZipFile(self._part / _PICTURES, "w", zipfile.ZIP_STORED)
        except OSError as error:
            raise StorageFailed(f"the folder for retained references cannot be used: {error.strerror}") from error
        self._count = 0

    def add_picture(self, time_s: float, image: Image) -> None:
        scale = LONG_SIDE_PX / max(image.shape[:2])
        if scale < 1:
            size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        _, content = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        self._zip.writestr(f"{time_s:.3f}.jpg", content.tobytes())
        self._count += 1

    def add_sound(self, waveform: Waveform) -> None:
        """The waveform, resampled; silence stands before a sound that begins later."""
        samples = _resampled(waveform)
        lead = np.zeros(round(waveform.start_s * SAMPLE_RATE_HZ), np.float32)
        with soundfile.SoundFile(self._part / _SOUND, "w", SAMPLE_RATE_HZ, 1, format="OGG", subtype="VORBIS") as file:
            # libsndfile's Vorbis encoder overflows its stack on long writes.
            for block in _blocks(np.concatenate([lead, samples])):
                file.write(block)

    def finish(self) -> int:
        """Make the references visible; returns their size in bytes."""
        self._zip.close()
        self._part.rename(self._target)
        return sum(file.stat().st_size for file in self._target.iterdir())

    def discard(self) -> None:
        """Forget what was collected."""
        with suppress(OSError, ValueError):
            self._zip.close()
        shutil.rmtree(self._part, ignore_errors=True)


def _resampled(waveform: Waveform) -> NDArray[np.float32]:
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(SAMPLE_RATE_HZ, waveform.sample_rate_hz)
    up, down = SAMPLE_RATE_HZ // common, waveform.sample_rate_hz // common
    return np.asarray(resample_poly(waveform.samples, up, down), np.float32)


def _blocks(samples: NDArray[np.float32]) -> Iterable[NDArray[np.float32]]:
    return (samples[first : first + _BLOCK_SAMPLES] for first in range(0, len(samples), _BLOCK_SAMPLES))


def _erase(folder: Path) -> None:
    for path in folder.iterdir():
        _overwrite(path)
        path.unlink()
    folder.rmdir()


def _overwrite(path: Path) -> None:
    left = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        while left > 0:
            left -= file.write(bytes(min(left, _BLOCK_BYTES)))
        os.fsync(file.fileno())


def side_by_side(ours: Image, theirs: Image) -> bytes:
    """One JPEG: the programme's picture on the left, the clip's on the right, of one height."""
    height = min(ours.shape[0], theirs.shape[0])
    both: Sequence[Image] = [
        np.asarray(cv2.resize(image, (round(image.shape[1] * height / image.shape[0]), height)), np.uint8)
        for image in (ours, theirs)
    ]
    _, content = cv2.imencode(".jpg", np.hstack(both)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return io.BytesIO(content.tobytes()).getvalue()
