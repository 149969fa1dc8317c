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
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anchorproof.errors import AnchorproofError, ClipRejected
from anchorproof.identity.registry import Registry
from anchorproof.media.copies import COPY_TYPE, played_as, write_copy
from anchorproof.settings import Settings
from anchorproof.storage.clips import CHUNK_BYTES, ClipStore, StoredClip
from anchorproof.types import Box, ClipInfo, Image, Look, Modality
from anchorproof.web.pictures import FACE_PX, cut_out, fitted, frame_at, frames_near, jpeg, squared
from anchorproof.web.service import PageError

THUMBNAIL_PX = 320
#: Pictures decoded at once: each is a process.
_PARALLEL = 2
#: So many retained references of an anchor are shown.
LIMIT_REFERENCES = 6


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
            return fitted(image, THUMBNAIL_PX)

        return await self._picture(clip, "thumbnail", time_s, shrunk)

    async def face(self, clip: ClipInfo, track_id: str, time_s: float, box: Box) -> Path:
        """A JPEG of the face, with a margin."""

        def cut(image: Image, scale: float) -> Image:
            return fitted(cut_out(image, box, scale), FACE_PX)

        return await self._picture(clip, f"face-{track_id}", time_s, cut)

    async def look(self, clip: ClipInfo, looks: Sequence[Look], number: int) -> Path:
        """A JPEG of the square that the detector was shown; those of all looks are cut in one pass through the clip."""
        paths = [self._folder / f"{clip.sha256}.look-{_place(one)}.jpg" for one in looks]

        def cut_all() -> None:
            with self._clips.local(clip.sha256) as file:
                for frame, one in frames_near(file, clip, [item.time_s for item in looks], self._settings):
                    _write(paths[one], jpeg(squared(frame.image, looks[one].area, frame.scale)))

        await self._made(clip, paths[number], cut_all, self._folder / f"{clip.sha256}.looks")
        if not paths[number].is_file():
            raise PageError("NO_PICTURE", "that picture could not be decoded", 404)
        return paths[number]

    async def _picture(self, clip: ClipInfo, name: str, time_s: float, change: Callable[[Image, float], Image]) -> Path:
        path = self._folder / f"{clip.sha256}.{name}.jpg"

        def make() -> None:
            with self._clips.local(clip.sha256) as file:
                image, scale = frame_at(file, clip, time_s, self._settings)
            _write(path, jpeg(change(image, scale)))

        await self._made(clip, path, make, path)
        return path

    async def _made(self, clip: ClipInfo, path: Path, make: Callable[[], None], work: Path) -> None:
        """``path`` is there afterwards, if it can be made; whoever asks for the same ``work`` meanwhile waits."""
        await self.find(clip.sha256)
        if clip.video is None:
            raise PageError("NO_PICTURE", "the clip has no picture", 404)
        if path.is_file():
            return
        task = self._making.get(work)
        if task is None:
            task = asyncio.create_task(self._make(make))
            self._making[work] = task
            task.add_done_callback(lambda _: self._making.pop(work))
        try:
            await asyncio.shield(task)
        except ClipRejected as error:
            raise PageError(error.reason, str(error), 404) from error
        except AnchorproofError as error:
            raise PageError(error.reason, str(error), 503) from error

    async def _make(self, make: Callable[[], None]) -> None:
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


def _place(look: Look) -> str:
    """When and where, so that another report's look at the same clip has another name."""
    return "-".join(
        str(round(10 * value)) for value in (100 * look.time_s, look.area.x1, look.area.y1, look.area.width)
    )


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.chmod(0o600)
    temporary.rename(path)
