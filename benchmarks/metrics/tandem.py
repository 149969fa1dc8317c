"""Costs of speaker verification under spoofing: t-DCF of a countermeasure in front of a verifier, a-DCF of the whole.

Countermeasure scores grow with *spoof*, as everywhere in this project (ASVspoof's grow with bona fide: turn them at the
door). Verification scores grow with *target*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from calibration.metrics import Floats, error_rates


@dataclass(frozen=True, slots=True)
class TandemCosts:
    """Priors of the three kinds of trial and what each error costs; defaults: ASVspoof 2019 and 2021."""

    target: float = 0.95 * 0.99
    nontarget: float = 0.95 * 0.01
    spoof: float = 0.05
    miss_cost: float = 1.0
    false_alarm_cost: float = 10.0
    spoof_cost: float = 10.0

    def __post_init__(self) -> None:
        _check((self.target, self.nontarget, self.spoof), (self.miss_cost, self.false_alarm_cost, self.spoof_cost))


@dataclass(frozen=True, slots=True)
class VerifierErrors:
    """Error rates of the verifier behind the countermeasure, at its own threshold."""

    miss: float
    false_alarm: float
    spoof_false_alarm: float


class TandemForm(StrEnum):
    """Two published normalisations."""

    REVISED = "2021"
    """t-DCF as in Kinnunen et al. 2020; the verifier's own errors count."""
    LEGACY = "2019"
    """t-DCF as in the ASVspoof 2019 evaluation plan (and the ASVspoof 5 package)."""


def verifier_at_eer(target: ArrayLike, nontarget: ArrayLike, spoof: ArrayLike) -> VerifierErrors:
    """The verifier's errors at the threshold where misses and false alarms of bona fide trials are closest."""
    rates = error_rates(target, nontarget)
    place = int(np.argmin(np.abs(rates.misses - rates.false_alarms)))
    accepted = np.asarray(spoof, np.float64) >= rates.thresholds[place]
    if not accepted.size:
        raise ValueError("there is no spoof trial; the verifier's spoof acceptance cannot be known")
    return VerifierErrors(float(rates.misses[place]), float(rates.false_alarms[place]), float(accepted.mean()))


def min_tdcf(
    spoof_scores: ArrayLike,
    bona_fide_scores: ArrayLike,
    verifier: VerifierErrors,
    costs: TandemCosts | None = None,
    form: TandemForm = TandemForm.REVISED,
) -> float:
    """Normalised tandem detection cost at the countermeasure's best threshold; 1: no better than none.

    Source: Kinnunen, Delgado, Evans, Lee, Vestman, Nautsch, Todisco, Wang, Sahidullah, Yamagishi and Reynolds,
    IEEE/ACM TASLP 28, 2020; legacy form: Kinnunen et al., Odyssey 2018.

    Raises:
        ValueError: the verifier is so bad that the cost of blocking a bona fide trial would be negative.
    """
    costs = costs or TandemCosts()
    rates = error_rates(spoof_scores, bona_fide_scores)
    blocked, passed = rates.false_alarms, rates.misses  # bona fide called spoof; spoof called bona fide
    fixed = (
        costs.target * costs.miss_cost * verifier.miss + costs.nontarget * costs.false_alarm_cost * verifier.false_alarm
    )
    block = costs.target * costs.miss_cost - fixed
    spoofed = costs.spoof * costs.spoof_cost * verifier.spoof_false_alarm
    if block <= 0 or spoofed <= 0:
        raise ValueError("the tandem cost is not defined for this verifier: it rejects all spoofs, or hardly works")
    if form is TandemForm.LEGACY:
        fixed = 0.0
    total = fixed + block * blocked + spoofed * passed
    return float(total.min() / (fixed + min(block, spoofed)))


@dataclass(frozen=True, slots=True)
class SasvCosts:
    """Priors and costs of spoofing-aware verification; defaults: ASVspoof 5 track 2."""

    target: float = 0.9
    nontarget: float = 0.05
    spoof: float = 0.05
    miss_cost: float = 1.0
    nontarget_cost: float = 10.0
    spoof_cost: float = 20.0

    def __post_init__(self) -> None:
        _check((self.target, self.nontarget, self.spoof), (self.miss_cost, self.nontarget_cost, self.spoof_cost))

    @property
    def wrong_risk(self) -> float:
        """What accepting everything costs."""
        return self.nontarget_cost * self.nontarget + self.spoof_cost * self.spoof

    @property
    def spoof_share(self) -> float:
        """Spoofs' share of that."""
        return self.spoof_cost * self.spoof / self.wrong_risk

    @property
    def threshold_llr(self) -> float:
        """Where accepting and rejecting cost the same, for LLRs against the mixture of :func:`fused_llr`."""
        return math.log10(self.wrong_risk / (self.miss_cost * self.target))

    def cost(self, misses: Floats, nontargets: Floats, spoofs: Floats) -> Floats:
        """Normalised: 1 is what always giving the cheaper of the two answers costs."""
        right = self.miss_cost * self.target
        total = (
            right * misses + self.nontarget_cost * self.nontarget * nontargets + self.spoof_cost * self.spoof * spoofs
        )
        return np.asarray(total / min(right, self.wrong_risk), np.float64)


def min_adcf(target: ArrayLike, nontarget: ArrayLike, spoof: ArrayLike, costs: SasvCosts | None = None) -> float:
    """Normalised cost of accepting and rejecting at the best threshold; a trial at the threshold is accepted.

    Source: Shim, Jung, Kinnunen, Evans, Bonastre and Lapidot, a-DCF, Odyssey 2024.
    """
    costs = costs or SasvCosts()
    sides = [_side(name, side) for name, side in (("target", target), ("nontarget", nontarget), ("spoof", spoof))]
    thresholds = np.append(np.unique(np.concatenate(sides)), np.inf)
    below = [np.searchsorted(np.sort(side), thresholds, "left") / len(side) for side in sides]
    return float(costs.cost(below[0], 1 - below[1], 1 - below[2]).min())


def act_adcf(
    target_llrs: ArrayLike, nontarget_llrs: ArrayLike, spoof_llrs: ArrayLike, costs: SasvCosts | None = None
) -> float:
    """The cost paid when the LLRs are believed: threshold :attr:`SasvCosts.threshold_llr`."""
    costs = costs or SasvCosts()
    accepted = [
        np.array([np.mean(_side(name, side) >= costs.threshold_llr)])
        for name, side in (("target", target_llrs), ("nontarget", nontarget_llrs), ("spoof", spoof_llrs))
    ]
    return float(costs.cost(1 - accepted[0], accepted[1], accepted[2])[0])


def fused_llr(same_person_llr: float, spoof_llr: float, costs: SasvCosts | None = None) -> float:
    """LLR of "the target, bona fide" against the mixture of "somebody else" and "a spoof of the target".

    Not a sum: the alternative is one or the other, each weighing what accepting it would cost.

    Source: Wang, Kinnunen, Lee, Noe and Yamagishi, Interspeech 2024 (LLR fusion for spoofing-robust verification).
    """
    share = (costs or SasvCosts()).spoof_share
    other = np.logaddexp(
        math.log(1 - share) - same_person_llr * math.log(10), math.log(share) + spoof_llr * math.log(10)
    )
    return float(-other / math.log(10))


def _side(name: str, scores: ArrayLike) -> Floats:
    side = np.asarray(scores, np.float64).ravel()
    if not len(side) or np.isnan(side).any():
        raise ValueError(f"{name} trials are needed, each with a score")
    return side


def _check(priors: tuple[float, ...], costs: tuple[float, ...]) -> None:
    if min(priors) <= 0 or abs(sum(priors) - 1) > 1e-9 or min(costs) <= 0:
        raise ValueError(f"priors must be positive and sum to 1, costs be positive; got {priors}, {costs}")
