"""Findings -> one verdict: fused LLR, decision by the policy in the settings, and what goes with it in words.

Authenticity alone decides; identity says what the clip claims to be and which scenario it looks like.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from anchorproof.findings import CREDENTIALS, FOOTAGE, Findings
from anchorproof.fusion import Fused, FusionCalibration, combine
from anchorproof.scenarios import DECLARED_SYNTHETIC, VOICE_NOT_ANCHOR, flags_of, guess
from anchorproof.settings import VerdictSettings
from anchorproof.types import Decision, FootageOutcome, Verdict
from anchorproof.wording.explaining import explain
from anchorproof.wording.reasons import reasons_of
from anchorproof.wording.story import Story

__all__ = ["Findings", "fuse", "thresholds"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Fused LLRs from which a clip is called spoof, and up to which it is called bona fide; the rule in words."""

    spoof_llr: float
    bona_fide_llr: float
    words: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision with what kept it from being another one."""

    decision: Decision
    codes: tuple[str, ...]


def fuse(findings: Findings, settings: VerdictSettings, calibration: FusionCalibration) -> Verdict:
    """One verdict at the settings' prior and operating points."""
    fused = combine(findings, settings, calibration)
    posterior = posterior_of(fused.llr, settings.prior)
    interval = _interval(fused, posterior, settings, calibration)
    limits = thresholds(settings, calibration)
    outcome = decide(findings, fused, interval, limits, settings)
    flags = flags_of(findings)
    confidence = {Decision.SPOOF: posterior, Decision.BONA_FIDE: 1 - posterior}.get(
        outcome.decision, max(posterior, 1 - posterior)
    )
    story = Story(
        findings=findings,
        decision=outcome.decision,
        codes=outcome.codes,
        decisive=fused.decisive if outcome.decision is not Decision.INCONCLUSIVE else "",
        posterior=posterior,
        interval=interval,
        prior=settings.prior,
        flags=flags,
    )
    explanations = explain(story)
    return Verdict(
        decision=outcome.decision,
        llr=fused.llr,
        prior=settings.prior,
        spoof_posterior=posterior,
        confidence=confidence,
        reasons=tuple(reasons_of(story)),
        flags=flags,
        scenarios=tuple(guess(findings, outcome.decision, flags)),
        summary=explanations[0].paragraph,
        posterior_interval=interval,
        inconclusive=outcome.codes,
        decisive=story.decisive,
        policy=limits.words,
        contributions=fused.contributions,
        explanations=explanations,
    )


def posterior_of(llr: float, prior: float) -> float:
    """P(spoof) at a prior, for a base-10 LLR."""
    odds = prior / (1 - prior) * 10**llr
    return float(odds / (1 + odds))


def thresholds(settings: VerdictSettings, calibration: FusionCalibration) -> Thresholds:
    """Operating points by the settings' policy.

    Costs are in units of what leaving a clip to a person costs: calling it spoof is right when P(spoof) is at least
    ``1 - 1 / cost_false_alarm``, calling it bona fide when P(spoof) is at most ``1 / cost_miss``. Where a rate of false
    alarms is asked for, no clip is called spoof below the LLR that at most so many bona fide clips reached.

    Source: Chow, IEEE Transactions on Information Theory 16(1), 1970 (reject option).
    """
    prior_llr = math.log10(settings.prior / (1 - settings.prior))
    spoof_llr = _log_odds(1 - 1 / settings.cost_false_alarm) - prior_llr
    bona_fide_llr = _log_odds(1 / settings.cost_miss) - prior_llr
    words = (
        f"prior {settings.prior:g}; a false alarm costs {settings.cost_false_alarm:g} and a missed spoof "
        f"{settings.cost_miss:g} times what a clip left to a person does"
    )
    if settings.false_alarm_rate is not None:
        spoof_llr = max(spoof_llr, calibration.llr_at_false_alarms(settings.false_alarm_rate))
        words += f"; at most {settings.false_alarm_rate:.1%} of genuine clips called spoof"
    return Thresholds(
        spoof_llr, bona_fide_llr, f"{words}: spoof from LLR {spoof_llr:+.2f}, genuine to {bona_fide_llr:+.2f}"
    )


def decide(
    findings: Findings,
    fused: Fused,
    interval: tuple[float, float],
    limits: Thresholds,
    settings: VerdictSettings,
) -> Outcome:
    """The decision, or the codes of all that stands against one."""
    if fused.decisive == FOOTAGE and fused.footage_llr > 0 and fused.llr > 0 and not _is_said_openly(findings):
        return Outcome(Decision.SPOOF, ())
    codes = tuple(_objections(findings, fused, interval, limits, settings))
    if codes:
        return Outcome(Decision.INCONCLUSIVE, codes)
    return Outcome(Decision.SPOOF if fused.llr >= limits.spoof_llr else Decision.BONA_FIDE, ())


def _is_said_openly(findings: Findings) -> bool:
    """Whether our archive shows no more than a photograph set in motion, and the clip says that it is AI-made."""
    altered = {item.subject for item in findings.of(FOOTAGE) if item.llr > 0}
    matches = findings.footage.matches if findings.footage else ()
    outcomes = {match.outcome for match in matches if match.programme_id in altered}
    return DECLARED_SYNTHETIC in findings.statements.flags and outcomes == {FootageOutcome.PHOTOGRAPH_ANIMATED}


def _objections(
    findings: Findings,
    fused: Fused,
    interval: tuple[float, float],
    limits: Thresholds,
    settings: VerdictSettings,
) -> Iterator[str]:
    """Codes of what keeps this from being decided, the gravest first."""
    if not findings.authenticity:
        yield "NO_EVIDENCE"
        return
    # Said openly to be AI-made: there is nothing to expose. What the detectors say stays in the report.
    if DECLARED_SYNTHETIC in findings.statements.flags:
        yield DECLARED_SYNTHETIC
    if fused.decisive == CREDENTIALS and fused.footage_llr > 0:
        yield "CONTRADICTION"
    if fused.decisive:
        if limits.bona_fide_llr < fused.llr < limits.spoof_llr:
            yield "EVIDENCE_TOO_WEAK"
        return
    # The rate of false alarms was measured without writing, which must not carry a clip over that point.
    is_spoof = fused.llr - max(0.0, fused.writing_llr) >= limits.spoof_llr
    is_genuine = fused.llr <= limits.bona_fide_llr
    if not (is_spoof or is_genuine):
        yield "EVIDENCE_TOO_WEAK"
    low, high = interval
    if (is_spoof and low < settings.prior) or (is_genuine and high > settings.prior):
        yield "CALIBRATION_TOO_THIN"
    if is_genuine and findings.splices:
        yield "OUR_FOOTAGE_CHANGED_IN_PART"
    # Another voice is no evidence that anything is synthetic, but a reason to look before a clip is cleared.
    if is_genuine and VOICE_NOT_ANCHOR in flags_of(findings):
        yield VOICE_NOT_ANCHOR


def _interval(
    fused: Fused, posterior: float, settings: VerdictSettings, calibration: FusionCalibration
) -> tuple[float, float]:
    """P(spoof) lies between these: by the Venn-Abers pair of the detectors' LLR, moved by what else is known.

    An LLR of the archive is itself the least that its trials support, so that only its far side is open.
    """
    if fused.decisive:
        return (posterior, 1.0) if fused.llr > 0 else (0.0, posterior)
    prior = posterior_of(fused.llr - fused.detectors_llr, settings.prior)
    low, high = calibration.interval(fused.mixture_llr, prior)
    return min(low, posterior), max(high, posterior)


def _log_odds(probability: float) -> float:
    return math.log10(probability / (1 - probability))
