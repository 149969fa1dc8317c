"""What fingerprinting and searching cost: CPU and wall time, memory, bytes; at several sizes of the archive."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.pictures import clip_pictures, picture_print
from anchorproof.footage.prints import Fingerprint, PicturePrint
from anchorproof.footage.search import search
from anchorproof.footage.stretches import ClipPrints
from anchorproof.originals import clip_rate
from anchorproof.settings import FootageSettings
from anchorproof.types import Span
from benchmarks.footage.archive import Enrolled
from benchmarks.footage.media import read_frames, read_waveform
from benchmarks.footage.queries import stretched

QUERY_S = 30.0


@dataclass(frozen=True, slots=True)
class SearchCost:
    """One size of the archive; ``found``: a query that is in it, ``nothing``: one that is not."""

    hours: float
    build_cpu_s: float
    memory_mb: float
    found_cpu_s: float
    found_wall_s: float
    nothing_cpu_s: float
    nothing_wall_s: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost."""

    fingerprinted_s: float
    fingerprint_cpu_s: float
    bytes_per_hour: float
    reference_bytes_per_hour: float
    searches: tuple[SearchCost, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"realtime_factor": self.fingerprinted_s / self.fingerprint_cpu_s}


def fingerprinting(files: Sequence[Path]) -> tuple[float, float]:
    """Seconds of video, and the CPU seconds of all threads that decoding and hashing them took."""
    chromaprint = Chromaprint()
    seconds, begun = 0.0, time.process_time()
    for file in files:
        content = file.read_bytes()
        pictures = picture_print(read_frames(content, 2.0, 320))
        waveform = read_waveform(content)
        if waveform is not None:
            chromaprint.sound_print(waveform)
        seconds += float(pictures.times_s[-1]) + 0.5
    return seconds, time.process_time() - begun


def searching(
    hours: Sequence[float],
    generated: Mapping[str, Fingerprint],
    known: Mapping[str, Fingerprint],
    queries: Mapping[str, ClipPrints],
) -> tuple[SearchCost, ...]:
    """Costs at each size: ``known`` is in the archive with as many generated programmes as it takes.

    Generated programmes are repeated with their hashes changed where more hours are asked for than there are.
    """
    return tuple(_searching(size, generated, known, queries) for size in hours)


def _searching(
    hours: float,
    generated: Mapping[str, Fingerprint],
    known: Mapping[str, Fingerprint],
    queries: Mapping[str, ClipPrints],
) -> SearchCost:
    prints = dict(known)
    names, random = list(generated), np.random.default_rng(0)
    for number in range(round(hours * 2)):
        print_ = generated[names[number % len(names)]]
        prints[f"generated-{number}"] = print_ if number < len(names) else _changed(print_, random)
    before_mb, begun = _memory_mb(), time.process_time()
    index = ArchiveIndex(prints)
    build_s = time.process_time() - begun
    memory_mb = max(0.0, _memory_mb() - before_mb)
    times = {name: _timed(partial(search, clip, index)) for name, clip in queries.items()}
    return SearchCost(hours, build_s, memory_mb, *times["found"], *times["nothing"])


def _changed(print_: Fingerprint, random: np.random.Generator) -> Fingerprint:
    """Another programme of the same statistics: one pattern of bits flipped throughout."""
    known, (whole, inner) = print_.pictures, random.integers(0, 256, (2, 32), dtype=np.uint8)
    pictures = PicturePrint(known.times_s, known.hashes ^ whole, known.inner ^ inner, known.is_cut)
    items = print_.sounds.items ^ np.uint32(random.integers(1, 2**32))
    return Fingerprint(pictures, type(print_.sounds)(items))


def _timed(work: Callable[[], object], laps: int = 2) -> tuple[float, float]:
    """CPU and wall seconds of the quickest of some laps (the machine may be shared)."""
    best = (float("inf"), float("inf"))
    for _ in range(laps):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        best = min(best, (time.process_time() - cpu, time.perf_counter() - wall))
    return best


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def half_minute(content: bytes) -> ClipPrints:
    """A query of 30 s, or as much as there is, with all that the service would try."""
    chromaprint = Chromaprint()
    frames = [
        frame for frame in read_frames(content, clip_rate(QUERY_S, FootageSettings()), 256) if frame.time_s < QUERY_S
    ]
    waveform = read_waveform(content)
    if waveform is None:
        return ClipPrints(clip_pictures(iter(frames)))
    heard = waveform.cut(Span(0.0, QUERY_S))
    return ClipPrints(
        clip_pictures(iter(frames)), chromaprint.sound_print(heard), lambda speed: stretched(chromaprint, heard, speed)
    )


def bytes_per_hour(archive: Mapping[str, Enrolled]) -> tuple[float, float]:
    """Of fingerprints, and of reference pictures with about 10 MB of sound."""
    seconds = sum(len(item.fingerprint.pictures) * 0.5 for item in archive.values())
    prints = sum(item.fingerprint.size_bytes for item in archive.values())
    pictures = sum(len(jpeg) for item in archive.values() for _, jpeg in item.references)
    return prints / seconds * 3600, pictures / seconds * 3600 + 10e6
