"""``python -m benchmarks spliced``: genuine clips with a short foreign stretch, and where it is.

For the protocol ``localisation``. Half of the clips hold a made stretch (its ``segments`` say where), the other half a
genuine stretch of another recording at the same kind of place, so that a cut by itself is not what is to be found. Who
is put into whom, where and for how long follows from ids and the seed alone; every clip goes through one encoder.
"""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.footage.media import Cut, encode, read_cut
from benchmarks.manifests import PICTURE_FAKES, SOUND_FAKES, Row, spread
from benchmarks.robustness.sound import RATE_HZ, Samples, read_sound, write_sound

#: Seconds: of the whole clip at most, of the stretch, and of genuine clip on either side of it at least.
LONGEST_S = 12.0
STRETCH_S = (2.0, 3.5)
MARGIN_S = 1.5
SHORTEST_S = 2 * MARGIN_S + STRETCH_S[1]
FADE_S = 0.02
LONG_SIDE_PX = 480
BIT_RATES = (32_000, 48_000, 64_000)
HEADER = (
    "id", "path", "modality", "label", "fake_type", "generator", "source_repo", "identity", "duration_s", "split",
    "picture_label", "sound_label", "segments", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Splice:
    """``host`` with the first ``length_s`` of ``guest`` in place of its own from ``place`` (share of the room) on."""

    host: Row
    guest: Row
    is_made: bool
    place: float
    length_s: float

    @property
    def splice_id(self) -> str:
        return f"{self.host.row_id}+{self.guest.row_id}"

    def start_s(self, duration_s: float) -> float:
        """Where the stretch begins in a host of this length."""
        return MARGIN_S + self.place * (duration_s - 2 * MARGIN_S - self.length_s)


def plan(rows: Sequence[Row], kind: str, sample: int, seed: int) -> list[Splice]:
    """Who is put into whom: made and genuine guests by turns, generators by turns, never of the host's own source.

    Args:
        kind: ``sound`` (tts, vc and vocoder speech) or ``picture`` (talking heads, lip-sync, face swaps).
        sample: about so many; 0: one for every host.

    Raises:
        ValueError: there is nothing to put in, or nothing to put it into.
    """
    modalities, made_types = {
        "sound": ({"audio"}, SOUND_FAKES),
        "picture": ({"av", "video"}, PICTURE_FAKES),
    }[kind]
    usable = [
        row
        for row in rows
        if row.modality in modalities
        and _seconds(row) >= STRETCH_S[0]
        and "composite=1" not in row.columns.get("notes", "")
    ]
    genuine = [row for row in usable if row.columns.get("label") == "bonafide"]
    made = [row for row in usable if row.columns.get("label") == "fake" and row.columns.get("fake_type") in made_types]
    hosts = [row for row in genuine if _seconds(row) >= SHORTEST_S]
    if not (hosts and made):
        raise ValueError(f"no {kind} splices can be built: {len(hosts)} genuine hosts and {len(made)} made stretches")
    hosts = spread(hosts, sample) if sample else hosts
    splices = []
    for turn, host in enumerate(hosts):
        random = np.random.default_rng([seed, zlib.crc32(host.row_id.encode())])
        is_made = turn % 2 == 0
        if guest := _guest(host, made if is_made else genuine, random):
            length_s = min(float(random.uniform(*STRETCH_S)), _seconds(guest))
            splices.append(Splice(host, guest, is_made, float(random.uniform()), length_s))
    return splices


def build(splices: Sequence[Splice], kind: str, out: Path) -> Iterator[str]:
    """Writes ``out/files``; clips that are there are kept. Adds them to ``out/manifest.csv`` when the iterator ends.

    Yields:
        The id of each clip, or why there is none.
    """
    (out / "files").mkdir(parents=True, exist_ok=True)
    make = _sound if kind == "sound" else _picture
    made = []
    for splice in splices:
        try:
            made.append(_cells(splice, kind, out, make))
            yield splice.splice_id
        except (av.error.FFmpegError, ValueError) as error:
            yield f"{splice.splice_id}: {error}"
    _write_manifest(out / "manifest.csv", made, kind)


# --------------------------------------------------------------------------- one clip


def _cells(splice: Splice, kind: str, out: Path, make: Callable[[Splice, Path], dict[str, float]]) -> dict[str, str]:
    name = f"files/{kind}-{splice.splice_id}.{'m4a' if kind == 'sound' else 'mp4'}"
    about = (out / name).with_suffix(".json")
    if not about.exists():
        about.write_text(json.dumps(make(splice, out / name)), encoding="utf-8")
    where = json.loads(about.read_text(encoding="utf-8"))
    stretch = [[round(where["start_s"], 3), round(where["end_s"], 3)]]
    label = "fake" if splice.is_made else "bonafide"
    other = "bonafide" if kind == "sound" else ""
    return {
        "id": f"{kind}-{splice.splice_id}", "path": name, "modality": "audio" if kind == "sound" else "video",
        "label": label, "fake_type": splice.guest.columns.get("fake_type", "") if splice.is_made else "none",
        "generator": splice.guest.generator if splice.is_made else "none", "source_repo": splice.host.source,
        "identity": splice.host.columns.get("identity", ""), "duration_s": f"{where['duration_s']:.3f}", "split": kind,
        "picture_label": label if kind == "picture" else "", "sound_label": label if kind == "sound" else other,
        "segments": json.dumps(stretch if splice.is_made else []), "notes": f"stretch={stretch[0][0]}-{stretch[0][1]}",
    }  # fmt: skip


def _sound(splice: Splice, path: Path) -> dict[str, float]:
    host, guest = read_sound(splice.host.path, LONGEST_S), read_sound(splice.guest.path, splice.length_s)
    wanted = min(len(guest), round(splice.length_s * RATE_HZ))
    duration_s = len(host) / RATE_HZ
    if duration_s < 2 * MARGIN_S + splice.length_s:
        raise ValueError(f"the host has {duration_s:.1f} s of sound, too few")
    first = round(splice.start_s(duration_s) * RATE_HZ)
    mixed = crossfaded(host, guest[:wanted], first)
    rate = BIT_RATES[zlib.crc32(splice.splice_id.encode()) % len(BIT_RATES)]
    write_sound(path, mixed, "aac", bit_rate=rate)
    return {"start_s": first / RATE_HZ, "end_s": (first + wanted) / RATE_HZ, "duration_s": duration_s}


def crossfaded(host: Samples, guest: Samples, first: int) -> Samples:
    """The host with the guest, as loud as what it replaces, in place of its samples from ``first`` on."""
    replaced = host[first : first + len(guest)]
    loudness = [float(np.sqrt(np.mean(np.square(part)))) for part in (host, guest)]
    level = loudness[0] / loudness[1] if loudness[1] > 0 else 1.0
    ramp = np.ones(len(guest), np.float32)
    fade = min(round(FADE_S * RATE_HZ), len(guest) // 2)
    ramp[:fade] = np.linspace(0, 1, fade, dtype=np.float32)
    ramp[len(guest) - fade :] = np.linspace(1, 0, fade, dtype=np.float32)
    mixed = host.copy()
    mixed[first : first + len(guest)] = replaced * (1 - ramp) + level * guest * ramp
    return np.clip(mixed, -1, 1).astype(np.float32)


def _picture(splice: Splice, path: Path) -> dict[str, float]:
    """Pictures only: both classes are mute."""
    host = read_cut(splice.host.path, 0.0, LONGEST_S, LONG_SIDE_PX)
    guest = read_cut(splice.guest.path, 0.0, splice.length_s, LONG_SIDE_PX)
    if not host.images or not guest.images or host.duration_s < 2 * MARGIN_S + splice.length_s:
        raise ValueError("there are too few pictures")
    start_s = splice.start_s(host.duration_s)
    end_s = start_s + min(splice.length_s, guest.duration_s)
    size = (host.images[0].shape[1], host.images[0].shape[0])
    images: list[NDArray[np.uint8]] = []
    for own, time_s in zip(host.images, host.times_s, strict=True):
        if start_s <= time_s < end_s:
            place = int(np.searchsorted(guest.times_s, time_s - start_s, side="right")) - 1
            images.append(_filled(guest.images[max(0, place)], size))
        else:
            images.append(np.asarray(own, np.uint8))
    path.write_bytes(encode(Cut(images, host.times_s, None)))
    return {"start_s": start_s, "end_s": end_s, "duration_s": host.duration_s}


def _filled(image: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The middle of the picture, scaled to fill ``(width, height)`` without stretching."""
    height, width, _ = image.shape
    scale = max(size[0] / width, size[1] / height)
    scaled = cv2.resize(image, (max(size[0], round(width * scale)), max(size[1], round(height * scale))))
    top, left = (scaled.shape[0] - size[1]) // 2, (scaled.shape[1] - size[0]) // 2
    return np.ascontiguousarray(scaled[top : top + size[1], left : left + size[0]], np.uint8)


# --------------------------------------------------------------------------- pieces


def _guest(host: Row, candidates: Sequence[Row], random: np.random.Generator) -> Row | None:
    """One of another source: first its generator or source is drawn, then a clip of that."""
    groups: dict[str, list[Row]] = {}
    for row in candidates:
        if row.source != host.source:
            groups.setdefault(row.group, []).append(row)
    if not groups:
        return None
    names = sorted(groups)
    group = groups[names[int(random.integers(len(names)))]]
    return group[int(random.integers(len(group)))]


def _seconds(row: Row) -> float:
    return float(row.columns.get("duration_s") or 0)


def _write_manifest(path: Path, made: Sequence[dict[str, str]], kind: str) -> None:
    """Rows of the other kind stay."""
    kept: list[dict[str, str]] = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as stream:
            kept = [row for row in csv.DictReader(stream) if row["split"] != kind]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*kept, *made], key=lambda row: (row["split"], row["id"])))
