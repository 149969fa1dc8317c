"""``python -m models.build.sync.poor --data DIR --work DIR``: poor copies of genuine clips and their mouths.

240 lines (or fewer), H.264 at CRF 35, AAC at 32 kbit/s, of the first long clip of each source.
``evaluate`` compares them with their originals when they are there.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2

from anchorproof.engine import Engine
from anchorproof.settings import FaceSettings, Settings
from models.build.sync.corpus import extract
from models.build.sync.material import read_rows, usable

LINES = 240
CRF = 35
AUDIO_BITS = 32_000
LONGEST_S = 10.0
SMALLEST_FACE_PX = 32

_log = logging.getLogger(__name__)


def transcode(source: Path, target: Path) -> None:
    """The first seconds of a clip as a poor copy, times kept."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        seen, heard = given.streams.video[0], given.streams.audio[0]
        height = min(LINES, seen.height) // 2 * 2
        video = made.add_stream("libx264", rate=seen.average_rate, options={"crf": str(CRF), "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = round(seen.width * height / seen.height / 2) * 2, height, "yuv420p"
        video.codec_context.time_base = seen.time_base
        audio = made.add_stream("aac", rate=44_100, layout="mono")
        audio.bit_rate = AUDIO_BITS
        resampler = av.AudioResampler("fltp", "mono", 44_100)
        for frame in _frames(given, seen, heard):
            if isinstance(frame, av.VideoFrame):
                small = frame.reformat(video.width, video.height, "yuv420p")
                small.pts, small.time_base, small.pict_type = frame.pts, frame.time_base, 0
                made.mux(video.encode(small))
            else:
                for part in resampler.resample(frame):
                    made.mux(audio.encode(part))
        made.mux(video.encode(None))
        made.mux(audio.encode(None))


def _frames(container: Any, *streams: Any) -> Iterator[Any]:
    for frame in container.decode(*streams):
        if frame.pts is not None and float(frame.pts * frame.time_base) <= LONGEST_S:
            yield frame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    cv2.setNumThreads(1)
    folder = arguments.work / "poor"
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine.load(Settings(faces=FaceSettings(smallest_face_px=SMALLEST_FACE_PX)), threads=1)
    seen: set[str] = set()
    for row in usable(read_rows(arguments.data / "manifest.csv")):
        if row["label"] != "bonafide" or row["source_repo"] in seen or float(row["duration_s"]) < 5.2:
            continue
        seen.add(row["source_repo"])
        copy = folder / f"{row['id']}.mp4"
        if not copy.exists():
            transcode(arguments.data / row["path"], copy)
        _log.info("%s: %d mouths", row["id"], extract(row, copy, engine, folder))


if __name__ == "__main__":
    main()
