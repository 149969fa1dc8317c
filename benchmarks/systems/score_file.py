"""Scores that another program made: a CSV of ``id,score``, or proposals in a JSON file."""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anchorproof.engine import Engine
from benchmarks.runs.cases import Case
from benchmarks.steps import Answer, unscored
from benchmarks.systems.system import System, Unit


class ScoreFile(System):
    """``id,score`` and, where known, ``llr,decision,scenario,reason``; pairs may say ``id1,id2`` instead of ``id``.

    A ``.json`` file holds proposals as AV-Deepfake1M's evaluation takes them: ``{id: [[score, start, end], ...]}``.
    """

    def __init__(self, name: str, path: Path, sign: int) -> None:
        super().__init__(name)
        self._path, self._sign = path, sign
        self._sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self._answers = _proposals(path) if path.suffix == ".json" else _scores(path, sign)

    def about(self, engine: Engine) -> Mapping[str, Any]:  # noqa: ARG002
        turned = "bona_fide" if self._sign < 0 else "spoof"
        return {"kind": "scores", "file": self._path.name, "sha256": self._sha256, "higher_means": turned}

    def answer(self, case: Case, found: Mapping[Unit, Answer], engine: Engine) -> Answer:  # noqa: ARG002
        return self._answers.get(case.case_id) or unscored("NOT_IN_FILE", "the score file has no such id")


def _scores(path: Path, sign: int) -> dict[str, Answer]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, restval="")
        names = reader.fieldnames or ()
        if "score" not in names or not ("id" in names or {"id1", "id2"} <= set(names)):
            raise ValueError(f"{path.name} needs the columns id (or id1 and id2) and score; it has {', '.join(names)}")
        found: dict[str, Answer] = {}
        for number, cells in enumerate(reader, 2):
            key = cells["id"] if "id" in cells else f"{cells['id1']}|{cells['id2']}"
            if key in found:
                raise ValueError(f"{path.name}, line {number}: {key!r} is there twice")
            found[key] = _answer(path, number, cells, sign)
    return found


def _answer(path: Path, number: int, cells: Mapping[str, str], sign: int) -> Answer:
    values: dict[str, float | None] = {}
    for key in ("score", "llr"):
        text = (cells.get(key) or "").strip()
        try:
            values[key] = sign * float(text) if text else None
        except ValueError as error:
            raise ValueError(f"{path.name}, line {number}: {text!r} is no number") from error
        if not math.isfinite(values[key] or 0.0):
            raise ValueError(f"{path.name}, line {number}: a {key} must be finite; leave it empty where there is none")
    reason = cells.get("reason") or ("" if values["score"] is not None else "NO_SCORE")
    said = {key: text for key in ("decision", "scenario") if (text := (cells.get(key) or "").strip())}
    return {"decision": "", **values, **said, "reason": reason}


def _proposals(path: Path) -> dict[str, Answer]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {key: segments_answer(rows) for key, rows in content.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is not {{id: [[score, start, end], ...]}}") from error


def segments_answer(rows: Any) -> Answer:
    """Proposals as an answer; the clip's own score is its surest one."""
    segments = [[float(value) for value in row] for row in rows]
    if any(len(row) != 3 for row in segments):
        raise ValueError("a proposal is score, start and end")
    best = max((row[0] for row in segments), default=None)
    reason = "" if segments else "NO_PROPOSAL"
    return {"score": best, "llr": None, "decision": "", "reason": reason, "proposals": segments}
