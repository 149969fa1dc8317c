"""Trials for sync, by rule from a manifest: each genuine clip as it is, and with another clip's sound.

Both go through the same remuxing into Matroska, packets untouched, so that the container does not say which is which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError

from benchmarks.manifests import Row

#: Genuine voices may have been recorded later in these.
_DOUBTFUL = "check_dub=1"
_DUB = "audio_only_fake=1"
KIND = "revoiced"


def sync_trials(rows: Sequence[Row], folder: Path, seed: int) -> list[Row]:
    """Genuine clips, each also re-voiced, and the manifest's own dubs.

    Files are made in ``folder`` where they are not there yet. The other voice is that of a clip from another source, at
    least as long where there is one, picked by ``seed``.
    """
    genuine = [row for row in rows if row.columns.get("label") == "bonafide" and _DOUBTFUL not in _notes(row)]
    dubs = [row for row in rows if row.columns.get("label") == "fake" and _DUB in _notes(row)]
    folder.mkdir(parents=True, exist_ok=True)
    trials: list[Row] = []
    for row, other in zip(genuine, _partners(genuine, seed), strict=True):
        trials.append(_made(row, row, folder))
        if other is not None:
            trials.append(_made(row, other, folder))
    return [*trials, *dubs]


def _notes(row: Row) -> str:
    return row.columns.get("notes", "")


def _partners(rows: Sequence[Row], seed: int) -> Iterator[Row | None]:
    for row in rows:
        others = [other for other in rows if other.source != row.source]
        long = [other for other in others if _seconds(other) >= _seconds(row)]
        choice = long or sorted(others, key=_seconds)[-1:]
        digest = hashlib.sha256(f"{seed} {row.row_id}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8]))
        yield choice[rng.integers(len(choice))] if choice else None


def _seconds(row: Row) -> float:
    try:
        return float(row.columns.get("duration_s") or 0)
    except ValueError:
        return 0.0


def _made(picture: Row, sound: Row, folder: Path) -> Row:
    is_own = picture.row_id == sound.row_id
    row_id = picture.row_id if is_own else f"{picture.row_id}-with-sound-of-{sound.row_id}"
    path = folder / f"{row_id}.mkv"
    if not path.exists():
        try:
            remux(picture.path, sound.path, path)
        except (OSError, FFmpegError):
            path.unlink(missing_ok=True)
    columns = dict(picture.columns)
    if not is_own:
        columns |= {"label": "fake", "fake_type": KIND, "generator": KIND}
    return Row(row_id, path, columns)


def remux(picture: Path, sound: Path, target: Path) -> None:
    """One file with the picture of one and the sound of the other, which ends with the picture.

    Raises:
        FFmpegError, OSError: a file cannot be read, or Matroska does not take its codec.
    """
    fresh = target.with_suffix(".tmp")
    with av.open(picture) as seen, av.open(sound) as heard, av.open(fresh, "w", format="matroska") as output:
        video, audio = seen.streams.video[0], heard.streams.audio[0]
        copies = {"video": output.add_stream_from_template(video), "audio": output.add_stream_from_template(audio)}
        shown = list(_packets(seen, video, 0.0))
        end_s = max((_seconds_of(packet) for packet in shown), default=0.0)
        # A clip's own sound keeps its place beside the picture; another's begins with it.
        delay_s = 0.0 if picture == sound else float((audio.start_time or 0) * audio.time_base)
        spoken = [packet for packet in _packets(heard, audio, delay_s) if _seconds_of(packet) <= end_s]
        for packet in sorted([*shown, *spoken], key=lambda packet: float(packet.dts * packet.time_base)):
            packet.stream = copies[packet.stream.type]
            output.mux(packet)
    fresh.replace(target)


def _packets(container: Any, stream: Any, delay_s: float) -> Iterator[Any]:
    """The stream's packets, ``delay_s`` earlier."""
    shift = round(delay_s / stream.time_base)
    for packet in container.demux(stream):
        if packet.dts is not None and packet.pts is not None:
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            yield packet


def _seconds_of(packet: Any) -> float:
    return float(packet.pts * packet.time_base)
