"""A run -> ``results.json``: each system's figures with intervals, then each pair of systems on the trials of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchorproof.settings import VerdictSettings
from benchmarks.manifests import Protocol
from benchmarks.metrics.confidence import adaptive_bins, brier, ece_adaptive
from benchmarks.metrics.paired import delong, mcnemar, paired_bootstrap
from benchmarks.metrics.ranking import average_precision, det_points, pauc
from benchmarks.metrics.selective import risk_coverage
from benchmarks.metrics.tandem import TandemForm, VerifierErrors, min_tdcf
from benchmarks.runs.cases import KINDS, LOCALISATION, SAME, SASV, SCENARIO, SPOOF, Case, Kind
from benchmarks.runs.folder import Run
from benchmarks.runs.special import localisation_results, sasv_results, scenario_results
from benchmarks.steps import Answer
from benchmarks.summary import (
    FEWEST,
    Scored,
    breakdown,
    counted,
    figure_of,
    metrics,
    service_point,
    tidy,
    trivial_baseline,
)
from calibration.fit import FitRefused, cross_validated_llrs
from calibration.metrics import (
    Floats,
    Metric,
    OperatingPoint,
    Resampler,
    act_dcf,
    auc,
    cllr,
    cllr_min,
    ece,
    eer,
    min_dcf,
    reliability,
    resample_groups,
    resample_people,
    tpr_at_fpr,
)
from calibration.trials import Trials

#: ASVspoof 5 track 1 seeks bona fide: a spoof that passes costs as much as ten bona fide utterances rejected.
ASVSPOOF5 = OperatingPoint(prior=0.05, miss_cost=10.0, false_alarm_cost=1.0)
#: NIST SRE and VoxSRC.
SPEAKERS = OperatingPoint(prior=0.05)
#: As in ``python -m benchmarks scores``: a false match costs a hundred misses.
MATCH = OperatingPoint(0.5, 1.0, 100.0)
WORST = 10


def evaluate(run: Run) -> dict[str, Any]:
    """The content of ``results.json``; the same for the same cases and answers, whoever computed them when."""
    protocol, seed, rounds = str(run.about["protocol"]), int(run.about["seed"]), int(run.about["rounds"])
    kind = KINDS[protocol]
    results: dict[str, Any] = {
        **run.about,
        "n": len(run.cases),
        "truths": counted([c.truth or "unknown" for c in run.cases]),
    }
    special = {SASV: sasv_results, LOCALISATION: localisation_results, SCENARIO: scenario_results}
    if figures := special.get(protocol):
        return results | {"results": {name: figures(run.cases, a, seed, rounds) for name, a in run.answers.items()}}
    side = _Side(run.cases, kind, protocol, seed, rounds, run.about.get("verifier"))
    results["results"] = {name: side.of(answers) for name, answers in run.answers.items()}
    results["paired"] = [
        found for one, other in combinations(run.answers, 2) if (found := side.compared(run.answers, one, other))
    ]
    if kind is Kind.CLIPS and (baseline := side.baseline()) and baseline["single"]:
        results["trivial_baseline"] = baseline
    return results


class _Side:
    """The truths of a run, and what is drawn together."""

    def __init__(
        self, cases: Sequence[Case], kind: Kind, protocol: str, seed: int, rounds: int, verifier: Any = None
    ) -> None:
        self.cases, self.kind, self.protocol, self.verifier = cases, kind, protocol, verifier
        self.seed, self.rounds = seed, rounds
        self.h1 = SPOOF if kind is Kind.CLIPS else SAME
        self.truths: NDArray[np.bool_] = np.array([case.truth == self.h1 for case in cases], bool)
        self.known: NDArray[np.bool_] = np.array([bool(case.truth) for case in cases], bool)

    def resample(self, kept: NDArray[np.intp]) -> Resampler:
        chosen = [self.cases[int(place)] for place in kept]
        if self.kind is Kind.CLIPS:
            return resample_groups([case.row.group for case in chosen])
        return resample_people(*([case.columns.get(name, "") for case in chosen] for name in ("person1", "person2")))

    def of(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """One system's figures over what it scored and whose truth is known."""
        scores = _numbers(answers, "score")
        kept = np.flatnonzero(self.known & np.isfinite(scores))
        found: dict[str, Any] = {
            "n_scored": int(np.isfinite(scores).sum()),
            "reasons": counted([answer["reason"] for answer in answers if answer["reason"]]),
            "n_measured": len(kept),
            "n_h1": int(self.truths[kept].sum()),
            "coverage": tidy(len(kept) / max(1, int(self.known.sum()))),
        }
        trials = Scored(scores[kept], _numbers(answers, "llr")[kept], self.truths[kept])
        if not trials.is_measurable:
            return found | {"metrics": {}, "too_few": f"fewer than {FEWEST} trials of a side were scored"}
        resample = self.resample(kept)
        found["metrics"] = self._metrics(trials, resample)
        found["curves"] = _curves(trials)
        if self.kind is Kind.CLIPS:
            rows = [self.cases[int(place)].row for place in kept]
            decisions = [answers[int(place)]["decision"] for place in kept]
            found |= breakdown(rows, trials, decisions)
            found["decisions"] = _decided(decisions, trials.is_h1)
            found["recalibrated"] = _recalibrated(trials, [row.group for row in rows], self.seed)
            found["worst"] = _worst(
                [self.cases[k] for k in map(int, kept)], [answers[k] for k in map(int, kept)], trials
            )
        return found

    def _metrics(self, trials: Scored, resample: Resampler) -> dict[str, Any]:
        point = service_point(VerdictSettings()) if self.kind is Kind.CLIPS else MATCH
        found = metrics(trials, resample, point, self.seed, self.rounds)
        on_scores: dict[str, Metric] = {"pauc_0.1": partial(_pauc, reach=0.1)}
        on_llrs: dict[str, Metric] = {"ece_adaptive": ece_adaptive, "brier": brier}
        if self.kind is Kind.CLIPS:
            on_scores["average_precision"] = average_precision
            on_llrs["aurc"] = _aurc
        else:
            on_scores |= {"tpr_at_fpr_0.001": partial(_tpr, reach=0.001), "min_dcf_0.05": partial(_dcf, point=SPEAKERS)}
        if self.protocol == Protocol.AUDIO:
            on_scores["min_dcf_asvspoof5"] = partial(_dcf, point=ASVSPOOF5)
            on_llrs["act_dcf_asvspoof5"] = partial(_act, point=ASVSPOOF5)
        if self.verifier:
            on_scores["min_tdcf"] = partial(_tdcf, **self._tandem())
        for name, metric in on_scores.items():
            found[name] = figure_of(metric, trials.scores, trials.is_h1, resample, self.seed, self.rounds)
        if np.isfinite(trials.llrs).all():
            for name, metric in on_llrs.items():
                found[name] = figure_of(metric, trials.llrs, trials.is_h1, resample, self.seed, self.rounds)
        return found

    def _tandem(self) -> dict[str, Any]:
        """The organisers' verifier as the t-DCF takes it."""
        errors = VerifierErrors(*(self.verifier[key] for key in ("miss", "false_alarm", "spoof_false_alarm")))
        return {"errors": errors, "form": TandemForm(self.verifier["form"])}

    def compared(self, answers: Mapping[str, Sequence[Answer]], one: str, other: str) -> dict[str, Any] | None:
        """Two systems on the trials that both scored."""
        return compared_pair(self.cases, self.kind, {one: answers[one], other: answers[other]}, self.seed, self.rounds)

    def baseline(self) -> dict[str, Any] | None:
        """What container facts alone reach on all cases whose truth is known."""
        kept = np.flatnonzero(self.known)
        truths = self.truths[kept]
        if min(truths.sum(), (~truths).sum()) < FEWEST:
            return None
        rows = [self.cases[int(place)].row for place in kept]
        return trivial_baseline(rows, truths, self.resample(kept), self.seed)


def compared_pair(
    cases: Sequence[Case], kind: Kind, answers: Mapping[str, Sequence[Answer]], seed: int, rounds: int
) -> dict[str, Any] | None:
    """Differences of two systems (first less second) on the trials that both scored; None when those are too few."""
    (one, first), (other, second) = answers.items()
    side = _Side(cases, kind, "", seed, rounds)
    scores = [_numbers(given, "score") for given in (first, second)]
    kept = np.flatnonzero(side.known & np.isfinite(scores[0]) & np.isfinite(scores[1]))
    truths = side.truths[kept]
    if min(truths.sum(), (~truths).sum()) < FEWEST:
        return None
    resample = side.resample(kept)
    found: dict[str, Any] = {"first": one, "second": other, "n": len(kept)}
    on: dict[str, tuple[Metric, list[Floats]]] = {
        "auc": (auc, scores),
        "eer": (eer, scores),
        "tpr_at_fpr_0.1": (partial(_tpr, reach=0.1), scores),
    }
    llrs = [_numbers(given, "llr") for given in (first, second)]
    if all(np.isfinite(values[kept]).all() for values in llrs):
        on["cllr"] = (cllr, llrs)
    for name, (metric, values) in on.items():
        rng = np.random.default_rng(seed)
        difference = paired_bootstrap(
            metric, values[0][kept], values[1][kept], truths, resample, rng=rng, rounds=rounds
        )
        if difference:
            found[name] = {key: tidy(getattr(difference, key)) for key in ("value", "low", "high", "p")}
    found["auc_delong_p"] = tidy(delong(scores[0][kept], scores[1][kept], truths).p)
    decided = [[given[int(place)]["decision"] for place in kept] for given in (first, second)]
    if all(any(decisions) for decisions in decided):
        right = [
            np.array(
                [choice == ("spoof" if truth else "bona_fide") for choice, truth in zip(said, truths, strict=True)]
            )
            for said in decided
        ]
        found["decisions_mcnemar_p"] = tidy(mcnemar(*right))
    return found


# --------------------------------------------------------------------------- pieces


def _numbers(answers: Sequence[Answer], key: str) -> Floats:
    return np.array([math.nan if answer.get(key) is None else answer[key] for answer in answers], np.float64)


def _curves(trials: Scored) -> dict[str, Any]:
    """Points to draw: DET of the scores; reliability and risk over coverage of the LLRs."""
    h1, h2 = trials.scores[trials.is_h1], trials.scores[~trials.is_h1]
    found: dict[str, Any] = {"det": [[tidy(x), tidy(y)] for x, y in det_points(h1, h2)]}
    if np.isfinite(trials.llrs).all():
        h1, h2 = trials.llrs[trials.is_h1], trials.llrs[~trials.is_h1]
        found["reliability"] = _bins(adaptive_bins(h1, h2))
        found["reliability_equal_width"] = _bins(reliability(h1, h2))
        found["risk_coverage"] = [[tidy(x), tidy(y)] for x, y in risk_coverage(h1, h2).points()]
    return found


def _bins(bins: Sequence[Any]) -> list[list[float | int | None]]:
    return [[tidy(one.said), tidy(one.true), tidy(one.share), one.trials] for one in bins]


def _decided(decisions: Sequence[str], is_h1: NDArray[np.bool_]) -> dict[str, Mapping[str, int]]:
    sides = (("truth_spoof", True), ("truth_bona_fide", False))
    return {
        name: counted([said or "none" for said, truth in zip(decisions, is_h1, strict=True) if truth == side])
        for name, side in sides
    }


def _recalibrated(trials: Scored, groups: Sequence[str], seed: int) -> dict[str, Any]:
    """What an affine calibration does to these scores on generators and sources that it was not fitted on."""
    names = np.array(groups)
    try:
        folded = Trials(trials.scores, trials.is_h1, names, names, names)
        llrs = cross_validated_llrs(folded, seed)
    except (FitRefused, ValueError) as error:
        return {"refused": str(error)}
    if not np.isfinite(llrs).all():
        return {"refused": "too few generators or sources to leave some out"}
    h1, h2 = llrs[trials.is_h1], llrs[~trials.is_h1]
    even = OperatingPoint()
    figures: dict[str, Callable[[Floats, Floats], float]] = {
        "cllr": cllr, "cllr_min": cllr_min, "ece": ece, "ece_adaptive": ece_adaptive, "brier": brier, "aurc": _aurc,
        "act_dcf": partial(_act, point=even), "min_dcf": partial(_dcf, point=even),
    }  # fmt: skip
    return {name: tidy(figure(h1, h2)) for name, figure in figures.items()} | {
        "reliability": _bins(adaptive_bins(h1, h2))
    }


def _worst(cases: Sequence[Case], answers: Sequence[Answer], trials: Scored) -> dict[str, list[dict[str, Any]]]:
    """The spoofs that score lowest and the bona fide clips that score highest."""
    ranked = np.argsort(trials.scores, kind="stable")
    sides = {
        "spoofs_missed": [int(place) for place in ranked if trials.is_h1[place]][:WORST],
        "bona_fide_suspected": [int(place) for place in ranked[::-1] if not trials.is_h1[place]][:WORST],
    }
    return {name: [_told(cases[place], answers[place]) for place in places] for name, places in sides.items()}


def _told(case: Case, answer: Answer) -> dict[str, Any]:
    row = case.row
    return {
        "id": case.case_id, "path": case.probe.as_posix(), "generator": row.generator, "source": row.source,
        "score": answer["score"], "llr": answer["llr"], "decision": answer["decision"], "reason": answer["reason"],
        "why": list(answer.get("why") or ()),
    }  # fmt: skip


def _pauc(h1: Floats, h2: Floats, reach: float) -> float:
    return pauc(h1, h2, reach)


def _tpr(h1: Floats, h2: Floats, reach: float) -> float:
    return tpr_at_fpr(h1, h2, reach)


def _dcf(h1: Floats, h2: Floats, point: OperatingPoint) -> float:
    return min_dcf(h1, h2, point)


def _act(h1: Floats, h2: Floats, point: OperatingPoint) -> float:
    return act_dcf(h1, h2, point)


def _aurc(h1: Floats, h2: Floats) -> float:
    return risk_coverage(h1, h2).area


def _tdcf(h1: Floats, h2: Floats, errors: VerifierErrors, form: TandemForm) -> float:
    return min_tdcf(h1, h2, errors, form=form)
