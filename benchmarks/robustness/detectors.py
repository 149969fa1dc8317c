"""Which network scores which row: the installed detector, or one per fold that never saw the row."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from anchorproof.engine import Engine
from anchorproof.runtime import ModelEntry
from benchmarks.manifests import Protocol
from benchmarks.scores import digest_of

TASK = {Protocol.AUDIO: "audio_detector", Protocol.VISUAL: "visual_detector"}


@dataclass(frozen=True, slots=True)
class Detector:
    """A network of the installed detector's kind; ``data_dir`` None: the installed one itself."""

    name: str
    sha256: str
    data_dir: Path | None = None


def installed(engine: Engine, protocol: Protocol) -> Detector:
    """The manifest's default."""
    entry = engine.models.default(TASK[protocol])
    return Detector(entry.model_id, entry.sha256)


def per_row(table: Path, engine: Engine, protocol: Protocol, out: Path) -> Mapping[str, Detector]:
    """The detector of every row that ``table`` names; its columns are ``id,model``, files relative to the table.

    Each network gets a data folder under ``out``, where it stands in for the installed detector: same input, same
    parameters.

    Raises:
        ValueError: a column or a file is missing, or no row is named.
    """
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"id", "model"} <= set(rows[0]):
        raise ValueError(f"{table.name} must have the columns id and model, and a row at least")
    entry = engine.models.default(TASK[protocol])
    made: dict[str, Detector] = {}
    for name in sorted({row["model"] for row in rows}):
        path = table.parent / name
        if not path.is_file():
            raise ValueError(f"{table.name} names a network that is not there: {name}")
        made[name] = _stand_in(path, entry, out)
    return {row["id"]: made[row["model"]] for row in rows}


def _stand_in(path: Path, entry: ModelEntry, out: Path) -> Detector:
    digest = digest_of(path)
    data_dir = out / digest[:16]
    folder = data_dir / "models"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, folder / entry.file)
    changed = asdict(replace(entry, sha256=digest, size_bytes=path.stat().st_size))
    content = {"schema": 1, "defaults": {}, "models": [changed]}
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return Detector(path.name, digest, data_dir.resolve())
