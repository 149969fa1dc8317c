"""``python -m models.build.sync.corpus --data DIR --work DIR``: mouths and sound of clips as the service sees them.

One ``.npz`` per clip and stretch: mesh points of the largest face over at most ``LONGEST_S``, the sound at 16 kHz
from the picture's zero on, spans of speech. What is there is kept, so a run that was ended goes on.
"""

from __future__ import annotations

import argparse
import csv
import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from anchorproof.engine import Clock, Engine
from anchorproof.errors import ClipRejected
from anchorproof.faces.mesh import find_mouths
from anchorproof.media.frames import sample_bursts
from anchorproof.media.info import read_info
from anchorproof.senses import listen
from anchorproof.settings import FaceSettings, Settings
from anchorproof.types import Span

#: Only the beginning of long clips: material of many people counts more than minutes of one.
LONGEST_S = 10.0
SHORTEST_S = 1.2
#: Sound beyond the picture that is kept on either side.
AROUND_S = 1.5
LIMIT_FACES = 1
LONG_SIDE_PX = 480
SMALLEST_FACE_PX = 48

_log = logging.getLogger(__name__)


def wanted(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Clips with picture and sound: genuine ones, then dubs over genuine pictures; of each source one after another.

    Films whose voices may have been recorded later are left out, and so are made pictures.
    """
    genuine = [row for row in rows if row["modality"] == "av" and row["label"] == "bonafide"]
    dubs = [row for row in rows if row["modality"] == "av" and "audio_only_fake=1" in row["notes"]]
    own = [row for row in genuine if "check_dub=1" not in row["notes"]]
    return [*_in_turn(own), *_in_turn(dubs)]


def _in_turn(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """A run that is ended early has seen every source."""
    turns: Counter[str] = Counter()
    numbered = []
    for row in rows:
        numbered.append((turns[row["source_repo"]], row))
        turns[row["source_repo"]] += 1
    return [row for _, row in sorted(numbered, key=lambda item: item[0])]


def extract(row: Mapping[str, str], clip: Path, engine: Engine, work: Path) -> int:
    """Writes the clip's mouths; how many."""
    settings = engine.settings
    info = read_info(clip, settings.media)
    sound = listen(clip, info, engine, Clock(lambda _: None))
    if sound.waveform is None or info.video is None:
        return 0
    span = Span(0.0, LONGEST_S)
    frames = list(sample_bursts(clip, info, settings.media, [span], LONG_SIDE_PX))
    mesh = engine.models.load_default("face_mesh")
    motions = find_mouths(frames, engine.face_finder, mesh, settings.faces, LIMIT_FACES)
    long = [motion for motion in motions if motion.span.duration_s >= SHORTEST_S]
    for number, motion in enumerate(long):
        around = Span(max(0.0, motion.span.start_s - AROUND_S), motion.span.end_s + AROUND_S)
        heard = sound.waveform.cut(around)
        np.savez(
            work / f"{row['id']}_{number}.npz",
            times_s=motion.times_s,
            points=motion.points,
            confidence=motion.confidence,
            face_px=motion.face_px,
            samples=(heard.samples * 32767).astype(np.int16),
            sound_s=heard.start_s,
            speech=np.array([(part.start_s, part.end_s) for part in sound.speech]).reshape(-1, 2),
        )
    return len(long)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    cv2.setNumThreads(1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    engine = Engine.load(Settings(faces=FaceSettings(smallest_face_px=SMALLEST_FACE_PX)), threads=1)
    with (arguments.data / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = wanted(list(csv.DictReader(file)))
    for row in rows:
        done = arguments.work / f"{row['id']}.done"
        if done.exists():
            continue
        try:
            count = extract(row, arguments.data / row["path"], engine, arguments.work)
        except ClipRejected as error:
            _log.warning("%s: %s", row["id"], error)
            count = 0
        done.write_text(str(count))
        _log.info("%s %s: %d", row["id"], row["source_repo"], count)


if __name__ == "__main__":
    main()
