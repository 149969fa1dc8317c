"""``python -m benchmarks scores``: runs a protocol over a manifest, writes ``scores.csv`` and ``results.json``."""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import anchorproof
from anchorproof.engine import Engine
from anchorproof.settings import Settings, VerdictSettings
from benchmarks.comparisons import compared
from benchmarks.manifests import Protocol, Row, Trial, applicable, read_manifest, read_trials, spread
from benchmarks.progress import Meter
from benchmarks.revoiced import sync_trials
from benchmarks.steps import TASKS, Answer, EmbedTask, ScoreTask, unscored
from benchmarks.summary import Scored, breakdown, counted, metrics, service_point, trivial_baseline
from benchmarks.work import Finished, Job, Workers, WorkFile, fingerprint_of, key_of
from calibration.metrics import OperatingPoint, resample_groups, resample_people

CLIP_HEADER = ("id", "score", "llr", "decision", "reason", "quality")
PAIR_HEADER = ("id1", "id2", "score", "llr", "reason")
SCORE_DIGITS = 6
_log = logging.getLogger(__name__)
KINDS = ("av", "video", "audio", "image")


@dataclass(frozen=True, slots=True)
class Request:
    """One run of the bench. ``sample`` 0: all rows; ``only`` empty: all modalities the protocol applies to."""

    protocol: Protocol
    manifest: Path
    out: Path
    trials: Path | None = None
    jobs: int = 1
    sample: int = 0
    seed: int = 0
    is_fresh: bool = False
    only: frozenset[str] = frozenset()


def run(request: Request, settings: Settings) -> dict[str, Any]:
    """Scores everything that the work file in ``request.out`` does not hold yet; returns the content of results.json.

    Raises:
        ValueError: the manifest or the trial list lacks a column.
        ModelUnavailable, CalibrationUnavailable: this installation is not fit to work.
    """
    engine = Engine.load(settings)
    if request.protocol.needs_trials:
        return _run_pairs(request, engine)
    return _run_clips(request, engine)


# --------------------------------------------------------------------------- clips


@dataclass(frozen=True, slots=True)
class Case:
    """One clip's row, its answer, and whether it truly is a spoof (None: not known)."""

    row: Row
    answer: Answer
    truth: bool | None


def _run_clips(request: Request, engine: Engine) -> dict[str, Any]:
    rows = applicable(read_manifest(request.manifest), request.protocol)
    if request.only:
        rows = [row for row in rows if row.modality in request.only]
    if request.sample and rows:
        rows = spread(rows, request.sample)
    if request.protocol is Protocol.SYNC:
        rows = sync_trials(rows, request.out / "media", request.seed)
    found = _answers([row.path for row in rows], lambda path: ScoreTask(request.protocol, path), request, engine)
    cases = [Case(row, found[row.path], row.is_spoof(request.protocol)) for row in rows]
    _write_csv(request.out / "scores.csv", CLIP_HEADER, (_clip_cells(case) for case in cases))
    results = _about(request, engine) | clip_results(cases, engine.settings.verdict, request.seed)
    write_json(request.out / "results.json", results)
    return results


def _clip_cells(case: Case) -> tuple[str, ...]:
    answer = case.answer
    told = shown(answer["score"]), shown(answer["llr"]), answer["decision"], answer["reason"]
    return case.row.row_id, *told, shown(answer.get("quality"))


def clip_results(cases: Sequence[Case], settings: VerdictSettings, seed: int) -> dict[str, Any]:
    """Counts, reasons, decisions against truth; metrics over all clips and, where kinds are mixed, of each kind."""
    results: dict[str, Any] = {
        "n": len(cases),
        "n_scored": sum(case.answer["score"] is not None for case in cases),
        "n_truth_unknown": sum(case.truth is None for case in cases),
        "reasons": counted([case.answer["reason"] for case in cases if case.answer["reason"]]),
        "decisions": _confusion(cases),
        **_measured(cases, settings, seed),
    }
    kinds = {modality: [case for case in cases if case.row.modality == modality] for modality in KINDS}
    if sum(bool(part) for part in kinds.values()) > 1:
        parts = {modality: _measured(part, settings, seed) for modality, part in kinds.items() if part}
        results["by_modality"] = {
            modality: {key: value for key, value in part.items() if key not in ("generators", "sources")}
            for modality, part in parts.items()
        }
    return results


def _measured(cases: Sequence[Case], settings: VerdictSettings, seed: int) -> dict[str, Any]:
    """Metrics, breakdown and baseline of the cases that have both a score and a truth."""
    kept = [case for case in cases if case.truth is not None and case.answer["score"] is not None]
    if not kept:
        return {"n_measured": 0, "metrics": {}}
    rows = [case.row for case in kept]
    trials = _scored([case.answer for case in kept], [bool(case.truth) for case in kept])
    resample = resample_groups([row.group for row in rows])
    found: dict[str, Any] = {
        "n_measured": len(kept),
        "n_spoof": int(trials.is_h1.sum()),
        "n_bona_fide": int((~trials.is_h1).sum()),
        "metrics": metrics(trials, resample, service_point(settings), seed),
    }
    if trials.is_measurable:
        found["trivial_baseline"] = trivial_baseline(rows, trials.is_h1, resample, seed)
    return found | breakdown(rows, trials, [case.answer["decision"] for case in kept])


def _confusion(cases: Sequence[Case]) -> dict[str, Mapping[str, int]]:
    names = {True: "spoof", False: "bona_fide", None: "unknown"}
    sides: dict[str, list[str]] = {}
    for case in cases:
        sides.setdefault(names[case.truth], []).append(case.answer["decision"] or "not_scored")
    return {f"truth_{name}": counted(decisions) for name, decisions in sorted(sides.items())}


def _scored(answers: Sequence[Answer], truths: Sequence[bool]) -> Scored:
    scores, llrs = (
        np.array([math.nan if answer[key] is None else answer[key] for answer in answers], np.float64)
        for key in ("score", "llr")
    )
    return Scored(scores, llrs, np.array(truths, bool))


# --------------------------------------------------------------------------- pairs


def _run_pairs(request: Request, engine: Engine) -> dict[str, Any]:
    if request.trials is None:
        raise ValueError(f"the protocol {request.protocol} needs --trials FILE")
    trials = read_trials(request.trials, request.manifest.parent)
    if request.sample and trials:
        trials = [trials[k * len(trials) // request.sample] for k in range(min(request.sample, len(trials)))]
    paths = [path for trial in trials for path in (trial.first, trial.second)]
    found = _answers(paths, lambda path: EmbedTask(request.protocol, path), request, engine)
    answers = [compared([found[trial.first]], found[trial.second], engine) for trial in trials]
    _write_csv(
        request.out / "scores.csv",
        PAIR_HEADER,
        (
            (trial.first_id, trial.second_id, shown(answer["score"]), shown(answer["llr"]), answer["reason"])
            for trial, answer in zip(trials, answers, strict=True)
        ),
    )
    identities = {row.row_id: row.columns.get("identity", "") for row in read_manifest(request.manifest)}
    results = _about(request, engine) | _pair_results(trials, answers, identities, request)
    write_json(request.out / "results.json", results)
    return results


def _pair_results(
    trials: Sequence[Trial], answers: Sequence[Answer], identities: Mapping[str, str], request: Request
) -> dict[str, Any]:
    kept = [
        (trial, answer, trial.is_same)
        for trial, answer in zip(trials, answers, strict=True)
        if trial.is_same is not None and answer["score"] is not None
    ]
    results: dict[str, Any] = {
        "n": len(trials),
        "n_scored": sum(answer["score"] is not None for answer in answers),
        "reasons": counted([answer["reason"] for answer in answers if answer["reason"]]),
        "n_measured": len(kept),
        "metrics": {},
    }
    if not kept:
        return results
    scored = _scored([answer for _, answer, _ in kept], [same for _, _, same in kept])
    people = [[identities.get(key) or key for key in (trial.first_id, trial.second_id)] for trial, _, _ in kept]
    resample = resample_people([pair[0] for pair in people], [pair[1] for pair in people])
    return results | {
        "n_same": int(scored.is_h1.sum()),
        "n_different": int((~scored.is_h1).sum()),
        "n_people": len({name for pair in people for name in pair}),
        "metrics": metrics(scored, resample, OperatingPoint(0.5, 1.0, 100.0), request.seed),
    }


# --------------------------------------------------------------------------- the answers


def _answers(
    paths: Sequence[Path], task: Callable[[Path], ScoreTask | EmbedTask], request: Request, engine: Engine
) -> dict[Path, Answer]:
    """The answer for each distinct path: from the work file where it is known, computed otherwise."""
    stamp = fingerprint_of(made_by(request.protocol, engine))
    work_path = request.out / "work.jsonl"
    if request.is_fresh:
        work_path.unlink(missing_ok=True)
    with WorkFile(work_path) as work, Workers(engine.settings, request.jobs) as workers:
        known = work.answers()
        keys = {path: key_of(path, stamp) if path.is_file() else "" for path in dict.fromkeys(paths)}
        todo = {key: path for path, key in keys.items() if key and key not in known}
        with Meter(request.protocol.value, len(todo), sum(key in known for key in keys.values())) as meter:
            for finished in workers.run([Job(key, task(path)) for key, path in todo.items()]):
                keep(finished, known, work)
                meter.advance()
    missing = unscored("FILE_MISSING", "the manifest's file is not there")
    return {path: known[key] if key else missing for path, key in keys.items()}


def keep(finished: Finished, known: dict[str, Answer], work: WorkFile) -> None:
    """Into memory, and into the work file when it need not be tried again."""
    known[finished.job.key] = finished.answer
    if finished.is_final:
        work.put(finished.job.key, finished.answer)
    else:
        _log.warning("%s: %s", finished.job.task, finished.answer["message"])


# --------------------------------------------------------------------------- what made the results


def _about(request: Request, engine: Engine) -> dict[str, Any]:
    about: dict[str, Any] = {
        "protocol": request.protocol.value,
        "manifest": {"file": request.manifest.name, "sha256": digest_of(request.manifest)},
        "seed": request.seed,
        **made_by(request.protocol, engine),
    }
    if request.trials is not None:
        about["trials"] = {"file": request.trials.name, "sha256": digest_of(request.trials)}
    if request.sample:
        about["sample"] = request.sample
    if request.only:
        about["only"] = sorted(request.only)
    return about


def made_by(protocol: Protocol, engine: Engine) -> dict[str, Any]:
    """All that a score depends on besides the file: models, calibrations, settings, the program itself."""
    entries = [engine.models.default(task) for task in TASKS[protocol]]
    calibrations = filter(None, (engine.calibrations.component(entry.model_id) for entry in entries))
    rooms = ("media", "faces", "voices", "verdict")
    return {
        "models": [
            {"model_id": entry.model_id, "sha256": entry.sha256, "preprocessing": entry.preprocessing}
            for entry in entries
        ],
        "calibrations": [{"calibration_id": found.component_id, "sha256": found.sha256} for found in calibrations],
        "settings": {room: asdict(getattr(engine.settings, room)) for room in rooms},
        "software": {"version": anchorproof.__version__, "sha256": _sources_digest()},
    }


def _sources_digest() -> str:
    """Digest of the program's own source files: another program may score otherwise."""
    digest = hashlib.sha256()
    package = Path(anchorproof.__file__).parent
    for path in [*sorted(package.rglob("*.py")), Path(__file__).with_name("steps.py")]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --------------------------------------------------------------------------- files


def shown(value: float | None) -> str:
    """A number as it stands in scores.csv; empty when there is none."""
    return "" if value is None or not math.isfinite(value) else f"{value:.{SCORE_DIGITS}g}"


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    fresh = path.with_suffix(".csv.tmp")
    with fresh.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    fresh.replace(path)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    fresh = path.with_suffix(".json.tmp")
    fresh.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)
