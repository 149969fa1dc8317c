"""What the verdict made of every case: decisions and likeliest scenarios by scenario, what was caught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from anchorproof.engine import Engine
from anchorproof.footage import words
from anchorproof.footage.photographs import MODEL_ID as PHOTOGRAPHS
from anchorproof.originals import Originals
from anchorproof.pipeline import AnalysisRequest, Examined, conclude
from anchorproof.types import Decision, Evidence, FootageOutcome, Report
from benchmarks.scenarios.cases import COUNTS, SPOOFS, Case

BONA_FIDE = tuple(name for name in COUNTS if name.startswith("B"))
NONE = "none"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Scores of networks that saw nothing of a clip's source, by source and manifest row."""

    scores: Mapping[str, Mapping[str, float]]

    def applied(self, found: Examined, about: Mapping[str, Any], engine: Engine) -> Examined:
        """The findings with those scores in place of the shipped networks', where a row is in the clip unaltered.

        Evidence on altered pictures, and on rows without such a score, stays as it is.
        """
        wanted = {"visual": about["picture_id"], "audio": about["sound_id"]}
        if about["picture_id"] and about["picture_id"] == about["sound_id"]:
            wanted["sync"] = about["picture_id"]
        evidence = [self._replaced(item, wanted.get(item.source, ""), engine) for item in found.findings.evidence]
        return replace(found, findings=replace(found.findings, evidence=evidence))

    def _replaced(self, item: Evidence, row_id: str, engine: Engine) -> Evidence:
        score = self.scores.get(item.source, {}).get(row_id)
        if score is None:
            return item
        calibration = next(map_ for map_ in engine.calibrations if map_.model_id == item.model_id)
        return replace(item, raw_score=score, llr=calibration.llr(score, item.quality))


def without_photographs(found: Examined) -> Examined:
    """The findings as if no photograph were enrolled."""
    if found.footage is None:
        return found
    matches = tuple(match for match in found.footage.matches if match.outcome is not FootageOutcome.PHOTOGRAPH_ANIMATED)
    footage = replace(found.footage, matches=matches, photographs=0)
    findings = replace(
        found.findings,
        evidence=[item for item in found.findings.evidence if item.model_id != PHOTOGRAPHS],
        footage=footage,
        footage_reasons=words.reasons(footage),
        footage_scenarios=words.scenarios(footage),
    )
    return replace(found, findings=findings, footage=footage)


@dataclass(frozen=True, slots=True)
class Answer:
    """One case and its report; ``spliced`` the seconds that were put in."""

    case: Case
    report: Report
    spliced: tuple[float, float] | None


def answer(case: Case, found: Examined, about: Mapping[str, Any], engine: Engine, originals: Originals) -> Answer:
    """The service's own conclusion from what was found."""
    request = AnalysisRequest(case.key, f"{case.key}.mp4")
    spliced = tuple(about["spliced"]) if about["spliced"] else None
    return Answer(case, conclude(found, request, engine, originals), spliced)  # type: ignore[arg-type]


def figures(answers: Sequence[Answer]) -> dict[str, Any]:
    """Confusion by decision and by likeliest scenario, shares caught and falsely called, macro-F1, splices found."""
    by_scenario = {name: [item for item in answers if item.case.scenario == name] for name in COUNTS}
    predicted = [(item.case.scenario, likeliest(item.report)) for item in answers]
    return {
        "n": len(answers),
        "decisions": {name: _decisions(own) for name, own in by_scenario.items() if own},
        "scenarios": {name: dict(Counter(likeliest(item.report) for item in own)) for name, own in by_scenario.items()},
        "among_guesses": {
            name: sum(name in [guess.scenario for guess in item.report.verdict.scenarios] for item in own)
            for name, own in by_scenario.items()
        },
        "macro_f1": round(macro_f1(predicted), 4),
        "caught": {name: _share(by_scenario[name], Decision.SPOOF) for name in SPOOFS},
        "called_spoof": {name: _share(by_scenario[name], Decision.SPOOF) for name in BONA_FIDE},
        "flags": {
            name: dict(Counter(flag for item in own for flag in item.report.verdict.flags))
            for name, own in by_scenario.items()
        },
        "splices": _splices(by_scenario["A9"]),
        "decided": _decided(answers),
    }


def likeliest(report: Report) -> str:
    """The scenario named first."""
    return report.verdict.scenarios[0].scenario if report.verdict.scenarios else NONE


def macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean over true classes of the F1 of each; ``pairs`` are (true, predicted)."""
    scores = []
    for name in sorted({true for true, _ in pairs}):
        hits = sum(true == name == guess for true, guess in pairs)
        told, held = sum(guess == name for _, guess in pairs), sum(true == name for true, _ in pairs)
        scores.append(2 * hits / (told + held))
    return sum(scores) / len(scores) if scores else 0.0


def _decisions(answers: Sequence[Answer]) -> dict[str, int]:
    counted = Counter(item.report.verdict.decision for item in answers)
    return {
        decision.value: counted[decision] for decision in (Decision.SPOOF, Decision.INCONCLUSIVE, Decision.BONA_FIDE)
    }


def _share(answers: Sequence[Answer], decision: Decision) -> dict[str, int]:
    return {"of": len(answers), "n": sum(item.report.verdict.decision is decision for item in answers)}


def _splices(answers: Sequence[Answer]) -> dict[str, int]:
    """A splice counts as found where a reported one covers at least half of it."""
    spliced = [item for item in answers if item.spliced]
    found = 0
    for item in spliced:
        assert item.spliced is not None
        start, end = item.spliced
        covered = [
            max(0.0, min(end, part.span.end_s) - max(start, part.span.start_s))
            for part in (item.report.timeline.splices if item.report.timeline else ())
        ]
        found += max(covered, default=0.0) >= 0.5 * (end - start)
    return {"of": len(spliced), "found": found}


def _decided(answers: Sequence[Answer]) -> dict[str, int]:
    """How many were decided, and how many of those wrongly: A* genuine, B* spoof; A8 and B3 have no wrong side."""
    sided = [item for item in answers if item.case.scenario not in ("A8", "B3")]
    decided = [item for item in sided if item.report.verdict.decision is not Decision.INCONCLUSIVE]
    wrong = sum(
        (item.report.verdict.decision is Decision.SPOOF) != item.case.scenario.startswith("A") for item in decided
    )
    return {"of": len(sided), "decided": len(decided), "wrong": wrong}
