"""The folder of one run: what was asked, the cases, each system's answers, and the results made from them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.runs.cases import Case, Shard, read_cases, write_cases
from benchmarks.steps import Answer
from benchmarks.systems.system import DIGITS

SCHEMA = "anchorproof.benchmarks.results/1"
HEADER = ("id", "score", "llr", "decision", "reason", "why")
#: A column that is there where a system names scenarios.
SCENARIO = "scenario"
_BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Run:
    """``about`` is what was asked and what made the answers; ``answers`` are by system, in the order of the cases."""

    about: Mapping[str, Any]
    cases: Sequence[Case]
    answers: Mapping[str, Sequence[Answer]]
    wall_s: Mapping[str, float]

    @property
    def shard(self) -> Shard:
        return Shard.parse(str(self.about.get("shard", "1/1")))


def digest_of_cases(cases: Sequence[Case]) -> str:
    """Names the questions asked: ids and truths, in order."""
    digest = hashlib.sha256()
    for case in cases:
        digest.update(f"{case.case_id}\0{case.truth}\n".encode())
    return digest.hexdigest()


def write_run(run: Run, root: Path, out: Path) -> None:
    """All but results: ``run.json``, ``cases.csv``, ``scores/NAME.csv`` (``.json``: proposals), ``timings.json``."""
    (out / "scores").mkdir(parents=True, exist_ok=True)
    write_json(out / "run.json", run.about)
    write_cases(run.cases, root, out / "cases.csv")
    for name, answers in run.answers.items():
        _write_answers(out / "scores" / f"{name}.csv", run.cases, answers)
        proposals = {
            case.case_id: list(found)
            for case, answer in zip(run.cases, answers, strict=True)
            if (found := answer.get("proposals") or answer.get("segments"))
        }
        if proposals:
            kind = "proposals" if any(answer.get("proposals") for answer in answers) else "segments"
            write_json(out / "scores" / f"{name}.json", {kind: proposals})
    media_s = sum(float(case.columns.get("duration_s") or 0) for case in run.cases)
    write_json(
        out / "timings.json",
        {
            name: {
                "wall_s": round(wall, 3),
                "media_s": round(media_s, 3),
                "real_time_factor": round(wall / media_s, 4) if media_s and wall else None,
            }
            for name, wall in run.wall_s.items()
        },
    )


def read_run(folder: Path) -> Run:
    """What :func:`write_run` wrote.

    Raises:
        ValueError: the folder holds no run, or one of another schema.
    """
    try:
        about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        cases = read_cases(folder / "cases.csv")
        names = [system["name"] for system in about["systems"]]
        answers = {name: _read_answers(folder / "scores", name, cases) for name in names}
        timings = json.loads((folder / "timings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{folder} does not hold a run of this bench ({error})") from error
    if about.get("schema") != SCHEMA:
        raise ValueError(f"{folder} was written as {about.get('schema')!r}; this program reads {SCHEMA!r}")
    return Run(about, cases, answers, {name: part["wall_s"] for name, part in timings.items()})


def merged(runs: Sequence[Run]) -> Run:
    """The shards of one run as if it had never been divided.

    Raises:
        ValueError: they are not all the shards of one run, each once.
    """
    plain = [{key: value for key, value in run.about.items() if key != "shard"} for run in runs]
    if any(about != plain[0] for about in plain):
        differing = sorted(key for key in plain[0] if any(about.get(key) != plain[0][key] for about in plain))
        raise ValueError(f"these are not shards of one run: they differ in {', '.join(differing)}")
    numbers = sorted(run.shard.number for run in runs)
    count = runs[0].shard.count
    if any(run.shard.count != count for run in runs) or numbers != list(range(1, count + 1)):
        raise ValueError(f"all {count} shards are needed, each once; these are {', '.join(str(r.shard) for r in runs)}")
    order = sorted(
        ((case.position, number, place) for number, run in enumerate(runs) for place, case in enumerate(run.cases))
    )
    names = list(runs[0].answers)
    cases = [runs[number].cases[place] for _, number, place in order]
    answers = {name: [runs[number].answers[name][place] for _, number, place in order] for name in names}
    wall_s = {name: sum(run.wall_s.get(name, 0.0) for run in runs) for name in names}
    return Run(plain[0], cases, answers, wall_s)


def write_json(path: Path, content: Any) -> None:
    """Whole or not at all."""
    fresh = path.with_name(f"{path.name}.tmp")
    fresh.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)


# --------------------------------------------------------------------------- answers


def _write_answers(path: Path, cases: Sequence[Case], answers: Sequence[Answer]) -> None:
    fresh = path.with_suffix(".csv.tmp")
    with fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = [SCENARIO] if any(answer.get(SCENARIO) for answer in answers) else []
        writer.writerow([*HEADER, *names])
        for case, answer in zip(cases, answers, strict=True):
            why = _BETWEEN.join(answer.get("why") or filter(None, [answer.get("message", "")]))
            numbers = [_shown(answer.get(key)) for key in ("score", "llr")]
            named = [answer.get(name) or "" for name in names]
            writer.writerow([case.case_id, *numbers, answer.get("decision", ""), answer["reason"], why, *named])
    fresh.replace(path)


def _read_answers(folder: Path, name: str, cases: Sequence[Case]) -> list[Answer]:
    found: dict[str, Any] = {}
    stretches = folder / f"{name}.json"
    if stretches.exists():
        found = json.loads(stretches.read_text(encoding="utf-8"))
    answers: list[Answer] = []
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        for case, cells in zip(cases, csv.DictReader(file), strict=True):
            if cells["id"] != case.case_id:
                raise ValueError(f"{name}.csv and cases.csv do not go together at {case.case_id!r}")
            answer: Answer = {
                "score": float(cells["score"]) if cells["score"] else None,
                "llr": float(cells["llr"]) if cells["llr"] else None,
                "decision": cells["decision"],
                "reason": cells["reason"],
                "why": [part for part in cells["why"].split(_BETWEEN) if part],
            }
            if cells.get(SCENARIO):
                answer[SCENARIO] = cells[SCENARIO]
            for kind in ("proposals", "segments"):
                if case.case_id in found.get(kind, {}):
                    answer[kind] = found[kind][case.case_id]
            answers.append(answer)
    return answers


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.{DIGITS}g}"
