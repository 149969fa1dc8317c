"""``python -m benchmarks robustness``: every clip on every rung, scored; AUC and false alarms of each rung."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof.engine import Engine
from anchorproof.settings import Settings
from benchmarks.manifests import Protocol, Row, applicable, read_manifest, spread
from benchmarks.progress import Meter
from benchmarks.robustness.detectors import Detector, installed, per_row
from benchmarks.robustness.figures import Trial, ladder_figures
from benchmarks.robustness.rungs import LADDERS
from benchmarks.robustness.tasks import LOAD, RungTask
from benchmarks.scores import digest_of, keep, made_by, shown, write_json
from benchmarks.steps import Answer, unscored
from benchmarks.work import Job, Workers, WorkFile, fingerprint_of, key_of

HEADER = ("id", "rung", "detector", "score", "llr", "decision", "reason")


@dataclass(frozen=True, slots=True)
class Request:
    """One run of the ladder.

    ``sample`` 0: all rows. ``seconds`` of each clip are used, 0: all. ``models``: a table of ``id,model`` that gives a
    network per row; rows it does not name are left out. ``threshold`` None: the one of 5 % false alarms on the
    untreated clips.
    """

    protocol: Protocol
    manifest: Path
    out: Path
    sample: int = 0
    jobs: int = 1
    seconds: float = 10.0
    models: Path | None = None
    threshold: float | None = None
    seed: int = 0
    is_fresh: bool = False


def run(request: Request, settings: Settings) -> dict[str, Any]:
    """Scores what the work file in ``request.out`` does not hold yet; returns the content of robustness.json.

    Raises:
        ValueError: the protocol has no ladder, the manifest or the table lacks something, or no row is left.
        ModelUnavailable, CalibrationUnavailable: this installation is not fit to work.
    """
    if request.protocol not in LADDERS:
        raise ValueError(f"the ladder is for {' and '.join(LADDERS)}; got {request.protocol}")
    engine = Engine.load(settings)
    own = installed(engine, request.protocol)
    given = per_row(request.models, engine, request.protocol, request.out / "detectors") if request.models else None
    rows = chosen(read_manifest(request.manifest), request, given)
    detectors = [own if given is None else given[row.row_id] for row in rows]
    answers = _answers(rows, detectors, request, engine)
    _write_scores(request.out / "scores.csv", rows, detectors, answers)
    trials = {
        name: [
            Trial(row.group, bool(row.is_spoof(request.protocol)), answer)
            for row, answer in zip(rows, found, strict=True)
        ]
        for name, found in answers.items()
    }
    results = _about(request, engine, detectors, given is not None)
    results |= ladder_figures(trials, request.threshold, request.seed)
    write_json(request.out / "robustness.json", results)
    return results


def chosen(rows: Sequence[Row], request: Request, given: Mapping[str, Detector] | None) -> list[Row]:
    """Clips of known truth whose file is there; stills have no rungs."""
    usable = [
        row
        for row in applicable(rows, request.protocol)
        if row.modality != "image"
        and row.is_spoof(request.protocol) is not None
        and row.path.is_file()
        and (given is None or row.row_id in given)
    ]
    if not usable:
        raise ValueError("no row of the manifest can be put on the ladder")
    return spread(usable, request.sample) if request.sample else usable


def _answers(
    rows: Sequence[Row], detectors: Sequence[Detector], request: Request, engine: Engine
) -> dict[str, list[Answer]]:
    """By rung, in the rows' order."""
    made = fingerprint_of(made_by(request.protocol, engine) | {"seconds": request.seconds, "rungs": _sources_digest()})
    work_path = request.out / "work.jsonl"
    if request.is_fresh:
        work_path.unlink(missing_ok=True)
    names = list(LADDERS[request.protocol])
    contents = {row.path: key_of(row.path, made) for row in rows}
    keys = {
        name: [f"{contents[row.path]}-{one.sha256[:16]}-{name}" for row, one in zip(rows, detectors, strict=True)]
        for name in names
    }
    with WorkFile(work_path) as work, Workers(engine.settings, request.jobs, LOAD) as workers:
        known = work.answers()
        jobs = {
            key: Job(key, RungTask(request.protocol, row.path.resolve(), name, request.seconds, one.data_dir))
            for name in names
            for key, row, one in zip(keys[name], rows, detectors, strict=True)
            if key not in known
        }
        total = sum(len({*found}) for found in keys.values())
        with Meter("robustness", len(jobs), total - len(jobs)) as meter:
            for finished in workers.run(list(jobs.values())):
                keep(finished, known, work)
                meter.advance()
    missing = unscored("ANALYSIS_FAILED", "no answer came")
    return {name: [known.get(key, missing) for key in found] for name, found in keys.items()}


def _write_scores(
    path: Path, rows: Sequence[Row], detectors: Sequence[Detector], answers: Mapping[str, Sequence[Answer]]
) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for name, found in answers.items():
            for row, one, answer in zip(rows, detectors, found, strict=True):
                cells = (shown(answer["score"]), shown(answer["llr"]), answer["decision"], answer["reason"])
                writer.writerow((row.row_id, name, one.name, *cells))


def _about(request: Request, engine: Engine, detectors: Sequence[Detector], is_left_out: bool) -> dict[str, Any]:
    made = made_by(request.protocol, engine)
    return {
        "protocol": request.protocol.value,
        "manifest": {"file": request.manifest.name, "sha256": digest_of(request.manifest)},
        "seconds": request.seconds,
        "sample": request.sample,
        "seed": request.seed,
        "detectors": "one per row, as the table says" if is_left_out else "installed",
        "networks": {one.name: one.sha256 for one in sorted(set(detectors), key=lambda one: one.name)},
        "software": made["software"] | {"rungs_sha256": _sources_digest()},
    }


def _sources_digest() -> str:
    """Of the code that makes the rungs: another rung is another answer."""
    names = ("rungs.py", "sound.py", "picture.py", "tasks.py")
    content = b"\0".join(Path(__file__).with_name(name).read_bytes() for name in names)
    return hashlib.sha256(content).hexdigest()
