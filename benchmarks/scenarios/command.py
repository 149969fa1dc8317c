"""The whole run: build, enrol, examine, conclude; the figures and a page about them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from anchorproof.claims import state
from anchorproof.footage.store import FootageStore
from anchorproof.local import LocalService
from anchorproof.originals import Originals
from anchorproof.pipeline import Engine
from benchmarks.scenarios.cases import Case, plan
from benchmarks.scenarios.cast import choose
from benchmarks.scenarios.results import Answer, LeftOut, answer, figures, without_photographs
from benchmarks.scenarios.run import Place, build, enrol, look, recall

SCORES = Path(__file__).resolve().parents[2] / "calibration" / "scores"


def carry_out(manifest: Path, work: Path, seed: int, per_scenario: int, only_results: bool) -> dict[str, Any]:
    """All figures, by the shipped networks and by left-out scores; a killed run goes on in ``work``."""
    cast, place = choose(manifest, seed), Place(work)
    cases = plan(cast, seed, per_scenario)
    if not only_results:
        enrol(cases, cast, place)
        build(cases, cast, place)
        look(cases, place)
    done = [case for case in cases if place.found(case).exists()]
    shipped, left_out, plain = conclude_all(done, place)
    return {
        "seed": seed,
        "planned": len(cases),
        "shipped": figures(shipped),
        "left_out": figures(left_out),
        "left_out_without_photographs": figures(plain),
        "explained": explained(shipped),
    }


def conclude_all(cases: Sequence[Case], place: Place) -> tuple[list[Answer], list[Answer], list[Answer]]:
    """Conclusions by the shipped networks' scores; by those of networks that saw nothing of a clip's source; and by
    these as if no photograph were enrolled.

    What the screen says is held against the faces anew, so that findings of an earlier run can be concluded from.
    """
    settings = place.settings
    engine = Engine.load(settings, threads=1)
    originals = Originals(settings, FootageStore(settings.footage_path, settings.footage_references_dir))
    scores = left_out_scores(engine)
    shipped, left_out, plain = [], [], []
    with LocalService(settings) as service:
        references = service.registry.references()
        for case in cases:
            found, about = recall(case, place)
            statements = state(found.claims, found.findings.faces, references, engine)
            found = replace(found, findings=replace(found.findings, statements=statements))
            shipped.append(answer(case, found, about, engine, originals))
            found = scores.applied(found, about, engine)
            left_out.append(answer(case, found, about, engine, originals))
            plain.append(answer(case, without_photographs(found), about, engine, originals))
    return shipped, left_out, plain


def left_out_scores(engine: Engine) -> LeftOut:
    """From the committed tables of the detectors in use; of lips only those on a clip's own sound."""
    tables = {}
    for source in ("visual", "audio", "sync"):
        path = SCORES / f"{engine.models.default(f'{source}_detector').model_id}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if source != "sync" or row["fake_type"] == "none"]
        tables[source] = {row["id"]: float(row["score"]) for row in rows}
    return LeftOut(tables)


def explained(answers: Sequence[Answer]) -> list[dict[str, str]]:
    """The first clip of every scenario, as it is explained."""
    first = {item.case.scenario: item for item in reversed(answers)}
    return [
        {"case": item.case.key} | {told.language: told.paragraph for told in item.report.verdict.explanations}
        for item in sorted(first.values(), key=lambda item: item.case.scenario)
    ]


def write_results(results: Mapping[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """Markdown lines."""
    for name in ("shipped", "left_out", "left_out_without_photographs"):
        part = results[name]
        yield f"{name}: n = {part['n']}, macro-F1 {part['macro_f1']:.3f}"
        yield f"decided {part['decided']}, splices {part['splices']}"
        yield "| scenario | spoof | inconclusive | bona fide | likeliest scenario named |"
        yield "|---|---|---|---|---|"
        for scenario, decisions in part["decisions"].items():
            named = ", ".join(
                f"{guess} {count}" for guess, count in sorted(part["scenarios"][scenario].items(), key=lambda x: -x[1])
            )
            yield f"| {scenario} | {' | '.join(str(count) for count in decisions.values())} | {named} |"
        yield ""
