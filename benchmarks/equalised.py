"""``python -m benchmarks equalise``: copies of a manifest's media without codec, rate, size or length of their own.

What a detector scores on these copies it cannot owe to the files. Settings are drawn from the clip's id alone: they are
the same in every run, and no label can steer them.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import ClipRejected
from anchorproof.faces.finder import FaceFinder
from anchorproof.media.audio import read_audio
from anchorproof.media.info import read_info
from anchorproof.runtime import ModelStore
from anchorproof.settings import FaceSettings, MediaSettings
from benchmarks.equalise import ENCODED_FPS, Image, Medium, decode, make_draw, resize, scale_for, write_h264
from benchmarks.manifests import Protocol, Row, applicable

#: Pictures looked at to learn how wide the main face is.
GLANCES = 5
AUDIO_RATE_HZ = 16_000
#: Windows are this long, in seconds, and AAC takes this many bits per second.
AUDIO_WINDOW_S = (3.0, 8.0)
AUDIO_BIT_RATES = (24_000, 32_000, 48_000, 64_000)
COPIED = ("id", "modality", "label", "fake_type", "generator", "identity", "language", "source_repo", "notes")
HEADER = (*COPIED, "path", "duration_s", "width", "height", "fps", "has_audio")


@dataclass(frozen=True, slots=True)
class Copy:
    """An equalised copy's row, or the reason why there is none."""

    row: Row
    cells: dict[str, str]
    reason: str = ""


def equalise(rows: Sequence[Row], protocol: Protocol, out: Path, seed: int) -> Iterator[Copy]:
    """Writes ``out/files``; copies that are there are kept. ``out/manifest.csv`` names them when the iterator ends.

    ``visual``: a window of 4 to 8 s at 12 pictures/s, the main face 60 to 120 px wide, H.264 at CRF 20 to 35, without
    sound. ``audio``: a window of 3 to 8 s, mono, 16 kHz, AAC at 24 to 64 kbit/s, without picture.

    Raises:
        ValueError: the protocol is neither.
    """
    if protocol not in (Protocol.VISUAL, Protocol.AUDIO):
        raise ValueError(f"media are equalised for visual or audio, not for {protocol}")
    (out / "files").mkdir(parents=True, exist_ok=True)
    finder = FaceFinder(ModelStore(), FaceSettings()) if protocol is Protocol.VISUAL else None
    made = []
    for row in applicable(rows, protocol):
        if finder is not None and row.modality == "image":
            continue
        try:
            cells = _picture(row, out, seed, finder) if finder is not None else _sound(row, out, seed)
            copy = Copy(row, {name: row.columns.get(name, "") for name in COPIED} | cells)
        except (_NothingThere, ClipRejected, av.error.FFmpegError) as error:
            copy = Copy(row, {}, str(error))
        made.append(copy)
        yield copy
    _write_manifest(out / "manifest.csv", [copy.cells for copy in made if not copy.reason])


class _NothingThere(Exception):
    """The medium has nothing to make a copy of."""


def main_face_px(pictures: Sequence[Image], finder: FaceFinder) -> float | None:
    """Median width of the largest face in a few of the pictures; None where no face is seen."""
    chosen = np.unique(np.linspace(0, len(pictures) - 1, GLANCES).astype(int))
    glances = finder.find([pictures[index] for index in chosen])
    widths = [max(face.box.width for face in faces) for faces in glances if faces]
    return float(np.median(widths)) if widths else None


def _picture(row: Row, out: Path, seed: int, finder: FaceFinder) -> dict[str, str]:
    name = f"files/{row.row_id}.mp4"
    if not (out / name).exists():
        draw = make_draw(row.row_id, 0, seed)
        is_composite = "composite=1" in row.columns.get("notes", "")
        pictures = decode(Medium(row.row_id, row.path, float(row.columns["duration_s"] or 0), is_composite), draw)
        face_px = main_face_px(pictures, finder) if pictures else None
        if face_px is None:
            raise _NothingThere("no face was found in the picture")
        scaled = resize(pictures, scale_for(draw, face_px, pictures[0].shape))
        partial = out / f"{name}.partial"
        with partial.open("wb") as file:
            write_h264(file, scaled, draw.crf, draw.preset)
        partial.rename(out / name)
    with av.open(str(out / name)) as container:
        stream = container.streams.video[0]
        facts = {"duration_s": f"{stream.frames / ENCODED_FPS:.2f}", "width": stream.width, "height": stream.height}
    return {
        "path": name,
        **{key: str(value) for key, value in facts.items()},
        "fps": str(ENCODED_FPS),
        "has_audio": "0",
    }


def _sound(row: Row, out: Path, seed: int) -> dict[str, str]:
    name = f"files/{row.row_id}.m4a"
    generator = np.random.default_rng([seed, zlib.crc32(row.row_id.encode())])
    window_s, place = float(generator.uniform(*AUDIO_WINDOW_S)), float(generator.uniform())
    bit_rate = int(generator.choice(AUDIO_BIT_RATES))
    settings = MediaSettings()
    if not (out / name).exists():
        info = read_info(row.path, settings)
        if info.audio is None:
            raise _NothingThere("there is no sound")
        waveform = read_audio(row.path, info, settings)
        if waveform.sample_rate_hz != AUDIO_RATE_HZ:
            raise ValueError(f"sound is read at {waveform.sample_rate_hz} Hz; copies are made at {AUDIO_RATE_HZ} Hz")
        wanted = round(window_s * AUDIO_RATE_HZ)
        start = round(place * max(0, len(waveform.samples) - wanted))
        partial = out / f"{name}.partial"
        _write_aac(partial, waveform.samples[start : start + wanted], bit_rate)
        partial.rename(out / name)
    duration_s = read_info(out / name, settings).duration_s
    return {"path": name, "duration_s": f"{duration_s:.2f}", "width": "", "height": "", "fps": "", "has_audio": "1"}


def _write_aac(path: Path, samples: NDArray[np.float32], bit_rate: int) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=AUDIO_RATE_HZ, layout="mono")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples)[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = AUDIO_RATE_HZ, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _write_manifest(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
