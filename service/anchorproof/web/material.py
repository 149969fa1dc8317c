"""Pictures and sound for the page: clips, copies that browsers play, faces cut out, what was retained of anchors.

Made from the clip store and the registry, decoded in the child, and kept in a folder of this machine for as long as
the clip is kept.
"""

from __future__ import annotations

import asyncio
import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from anchorproof.errors import AnchorproofError, ClipRejected, ClipUnreadable
from anchorproof.identity.registry import Registry
from anchorproof.media.copies import COPY_TYPE, played_as, write_copy
from anchorproof.media.frames import sample_bursts
from anchorproof.settings import Settings
from anchorproof.storage.clips import CHUNK_BYTES, ClipStore, StoredClip
from anchorproof.types import Box, ClipInfo, Image, Modality, Span
from anchorproof.web.service import PageError

THUMBNAIL_PX = 320
FACE_PX = 360
#: A face is shown with this much around it, as a share of its size.
_MARGIN = 0.45
#: Pictures decoded at once: each is a process.
_PARALLEL = 2
#: So many retained references of an anchor are shown.
LIMIT_REFERENCES = 6
_JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Playable:
    """Where the bytes are that a browser plays. ``file`` None: in the clip store. ``progress`` None: ready."""

    media_type: str
    size_bytes: int
    file: Path | None = None
    progress: float | None = None
    fault: str = ""


class Material:
    """Safe for one event loop; the work is done in threads and child processes."""

    def __init__(self, settings: Settings, clips: ClipStore, registry: Registry) -> None:
        self._settings = settings
        self._clips = clips
        self._registry = registry
        self._folder = settings.data_dir / "web-cache"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._copying = asyncio.Semaphore(1)
        self._copies: dict[str, tuple[asyncio.Task[None], list[float]]] = {}
        self._faults: dict[str, str] = {}
        self._making: dict[Path, asyncio.Task[None]] = {}

    # ----------------------------------------------------------------------------------------------- playing

    async def find(self, sha256: str) -> StoredClip:
        """Raises PageError when the clip is not kept any more."""
        try:
            found = await asyncio.to_thread(self._clips.find, sha256) if sha256 else None
        except AnchorproofError as error:
            raise PageError(error.reason, str(error), 503) from error
        if found is None:
            raise PageError("CLIP_GONE", "the clip is not kept any more", 404)
        return found

    async def playable(self, clip: ClipInfo, must_convert: bool = False) -> Playable:
        """What to play of the clip; begins making a copy where one is needed."""
        stored = await self.find(clip.sha256)
        media_type = played_as(clip)
        if media_type and not must_convert:
            return Playable(media_type, stored.size_bytes)
        copy = self._folder / f"{clip.sha256}.mp4"
        if copy.is_file():
            return Playable(COPY_TYPE, copy.stat().st_size, copy)
        if clip.sha256 in self._faults:
            return Playable(COPY_TYPE, 0, None, 0.0, self._faults[clip.sha256])
        if clip.sha256 not in self._copies:
            done = [0.0]
            task = asyncio.create_task(self._copy(clip, copy, done))
            self._copies[clip.sha256] = (task, done)
            task.add_done_callback(lambda _: self._copies.pop(clip.sha256))
        return Playable(COPY_TYPE, 0, None, self._copies[clip.sha256][1][0])

    async def _copy(self, clip: ClipInfo, copy: Path, done: list[float]) -> None:
        def tell(share: float) -> None:
            done[0] = share

        def make() -> None:
            with self._clips.local(clip.sha256) as file:
                write_copy(file, copy, clip.duration_s, self._settings.media, tell)

        try:
            async with self._copying:
                await asyncio.to_thread(make)
        except (AnchorproofError, OSError) as error:
            self._faults[clip.sha256] = str(error) if isinstance(error, AnchorproofError) else "no room for a copy"

    def read(self, sha256: str, playable: Playable, start: int, length: int) -> Iterator[bytes]:
        """The range's bytes, in portions."""
        if playable.file is None:
            yield from self._clips.read(sha256, start, length)
            return
        with playable.file.open("rb") as file:
            file.seek(start)
            while length and (part := file.read(min(length, CHUNK_BYTES))):
                length -= len(part)
                yield part

    # ----------------------------------------------------------------------------------------------- pictures

    async def thumbnail(self, clip: ClipInfo, time_s: float) -> Path:
        """A JPEG of the picture at about that time."""

        def shrunk(image: Image, _: float) -> Image:
            return _fitted(image, THUMBNAIL_PX)

        return await self._picture(clip, "thumbnail", time_s, shrunk)

    async def face(self, clip: ClipInfo, track_id: str, time_s: float, box: Box) -> Path:
        """A JPEG of the face, with a margin."""

        def cut(image: Image, scale: float) -> Image:
            return _fitted(_cut_out(image, box, scale), FACE_PX)

        return await self._picture(clip, f"face-{track_id}", time_s, cut)

    async def _picture(self, clip: ClipInfo, name: str, time_s: float, change: Callable[[Image, float], Image]) -> Path:
        """Made once; whoever asks meanwhile waits for the same work."""
        await self.find(clip.sha256)
        if clip.video is None:
            raise PageError("NO_PICTURE", "the clip has no picture", 404)
        path = self._folder / f"{clip.sha256}.{name}.jpg"
        if path.is_file():
            return path
        task = self._making.get(path)
        if task is None:
            task = asyncio.create_task(self._make(clip, path, time_s, change))
            self._making[path] = task
            task.add_done_callback(lambda _: self._making.pop(path))
        try:
            await asyncio.shield(task)
        except ClipRejected as error:
            raise PageError(error.reason, str(error), 404) from error
        except AnchorproofError as error:
            raise PageError(error.reason, str(error), 503) from error
        return path

    async def _make(self, clip: ClipInfo, path: Path, time_s: float, change: Callable[[Image, float], Image]) -> None:
        def make() -> None:
            with self._clips.local(clip.sha256) as file:
                image, scale = _frame_at(file, clip, time_s, self._settings)
            _write(path, _jpeg(change(image, scale)))

        async with self._slots:
            await asyncio.to_thread(make)

    # ----------------------------------------------------------------------------------------------- references

    async def reference_ids(self, enrolment_ids: Sequence[str], modality: Modality) -> list[tuple[str, int]]:
        """``(enrolment, number)`` of what was retained, at most ``LIMIT_REFERENCES``."""

        def look() -> list[tuple[str, int]]:
            found: list[tuple[str, int]] = []
            for enrolment_id in enrolment_ids:
                with suppress(AnchorproofError):
                    count = len(self._registry.retained(enrolment_id, modality))
                    found += [(enrolment_id, number) for number in range(min(count, 2))]
                if len(found) >= LIMIT_REFERENCES:
                    break
            return found[:LIMIT_REFERENCES]

        return await asyncio.to_thread(look)

    async def reference(self, enrolment_id: str, modality: Modality, number: int) -> bytes:
        """A PNG of a face, or FLAC of speech; nothing of it is written to disk.

        Raises:
            PageError: nothing was retained, or the registry's key is missing.
        """

        def look() -> bytes:
            retained = self._registry.retained(enrolment_id, modality)
            if number >= len(retained):
                raise PageError("REFERENCE_NOT_KEPT", "no such reference is kept", 404)
            content = retained[number]
            if modality is Modality.VOICE:
                return content
            with np.load(io.BytesIO(content), allow_pickle=False) as parts:  # as retention packs it
                return bytes(parts["crop"].tobytes())

        try:
            return await asyncio.to_thread(look)
        except AnchorproofError as error:
            raise PageError(error.reason, str(error), 404) from error

    # ----------------------------------------------------------------------------------------------- keeping house

    def sweep(self) -> int:
        """Remove what was made of clips that are gone; how many files."""
        removed = 0
        for path in self._folder.iterdir():
            sha256 = path.name.partition(".")[0]
            with suppress(AnchorproofError, OSError):
                is_leftover = path.name.startswith(".") and time.time() - path.stat().st_mtime > 6 * 3600
                if is_leftover or (sha256 and self._clips.find(sha256) is None):
                    path.unlink()
                    removed += 1
        return removed


def _frame_at(file: Path, clip: ClipInfo, time_s: float, settings: Settings) -> tuple[Image, float]:
    """The first picture at or after the time, and the scale from its pixels to the source's."""
    start_s = max(0.0, min(time_s, clip.duration_s - 0.2))
    span = Span(start_s, max(clip.duration_s, start_s) + 1.0)
    frames = sample_bursts(file, clip, replace(settings.media), [span], settings.media.long_side_px)
    frame = next(frames, None)
    frames.close()  # type: ignore[attr-defined]  # it is a generator: ends the child
    if frame is None:
        raise ClipUnreadable("no picture could be decoded")
    return frame.image, frame.scale


def _cut_out(image: Image, box: Box, scale: float) -> Image:
    height, width, _ = image.shape
    x1, y1, x2, y2 = (value / scale for value in (box.x1, box.y1, box.x2, box.y2))
    half = max(x2 - x1, y2 - y1) * (0.5 + _MARGIN)
    middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2
    left, top = max(0, round(middle_x - half)), max(0, round(middle_y - half))
    right, bottom = min(width, round(middle_x + half)), min(height, round(middle_y + half))
    if right - left < 2 or bottom - top < 2:
        return image
    return image[top:bottom, left:right]


def _fitted(image: Image, long_side_px: int) -> Image:
    height, width, _ = image.shape
    scale = long_side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8)


def _jpeg(image: Image) -> bytes:
    _, encoded = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.chmod(0o600)
    temporary.rename(path)
