from __future__ import annotations

import math
from dataclasses import replace

import pytest

from anchorproof.fusion import FusionCalibration
from anchorproof.settings import VerdictSettings
from anchorproof.types import (
    Agreement,
    AudioInfo,
    Box,
    ClipInfo,
    Comparison,
    Decision,
    Evidence,
    FaceFinding,
    FootageFindings,
    FootageMatch,
    FootageOutcome,
    FootageStretch,
    IdentitySpan,
    Modality,
    Question,
    Reason,
    ScenarioGuess,
    Span,
    Splice,
    SpliceKind,
    Statements,
    TimedLLR,
    Unassessed,
    Verdict,
    VideoInfo,
)
from anchorproof.verdict import Findings, thresholds
from anchorproof.verdict import fuse as fuse_with

SETTINGS = VerdictSettings(false_alarm_rate=None)
WHOLE = Span(0.0, 10.0)
#: Changes nothing, and has seen enough of everything.
PLAIN = FusionCalibration(
    "plain", "", 1.0, 0.0, (-9.0, 9.0), (-9.0, 0.0), (0.0, 0.5), (0.5, 1.0), ((0.0, 0.5), (0.9, 0.0))
)


def fuse(findings: Findings, settings: VerdictSettings, calibration: FusionCalibration = PLAIN) -> Verdict:
    return fuse_with(findings, settings, calibration)


def evidence(source: str, llr: float) -> Evidence:
    return Evidence(source, Question.AUTHENTICITY, llr, 0.0, "model", "map", "", WHOLE, ())


NOTHING = Findings(
    clip=ClipInfo("0" * 64, 1, "mp4", 10.0, VideoInfo("h264", 640, 360, 25.0), AudioInfo("aac", 48_000, 2)),
    evidence=(),
    unassessed=(),
    faces=(),
    voices=(),
    identity=(),
    anchor_names={"a": "Ada"},
)


def both(picture: float, sound: float) -> Findings:
    return replace(NOTHING, evidence=(evidence("visual", picture), evidence("audio", sound)))


def test_clear_evidence_decides_either_way() -> None:
    assert fuse(both(1.5, 1.5), SETTINGS).decision is Decision.SPOOF
    assert fuse(both(-1.5, -1.5), SETTINGS).decision is Decision.BONA_FIDE


def test_fused_llr_is_the_mixture_of_the_three_ways_to_spoof() -> None:
    # LR = 0.4 * 10 + 0.25 * 0.1 + 0.35 * 10 * 0.1 = 4.375
    assert fuse(both(1.0, -1.0), SETTINGS).llr == pytest.approx(math.log10(4.375))


def test_bona_fide_picture_does_not_outvote_a_spoofed_voice() -> None:
    verdict = fuse(both(-2.0, 2.0), SETTINGS)
    assert verdict.decision is Decision.SPOOF
    assert verdict.llr > 1


def test_part_that_could_not_be_judged_keeps_the_clip_from_being_cleared() -> None:
    findings = replace(
        NOTHING,
        evidence=(evidence("audio", -3.0),),
        unassessed=(Unassessed("visual", "FACE_TOO_SMALL", "the face is too small"),),
    )
    verdict = fuse(findings, SETTINGS)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert "FACE_TOO_SMALL" in {reason.code for reason in verdict.reasons}


@pytest.mark.parametrize("reason", ["NO_SOUND", "NO_SPEECH"])
def test_silent_clip_is_judged_by_its_picture_alone(reason: str) -> None:
    findings = replace(
        NOTHING, evidence=(evidence("visual", -1.5),), unassessed=(Unassessed("audio", reason, "nobody speaks"),)
    )
    verdict = fuse(findings, SETTINGS)
    assert verdict.llr == pytest.approx(-1.5)
    assert verdict.decision is Decision.BONA_FIDE


def test_no_evidence_is_inconclusive_at_the_prior() -> None:
    verdict = fuse(NOTHING, SETTINGS)
    assert verdict.decision is Decision.INCONCLUSIVE
    assert verdict.spoof_posterior == pytest.approx(SETTINGS.prior)
    assert "NO_EVIDENCE" in {reason.code for reason in verdict.reasons}


def test_prior_moves_the_posterior_but_not_the_llr() -> None:
    even, rare = fuse(both(1.0, 1.0), SETTINGS), fuse(both(1.0, 1.0), replace(SETTINGS, prior=0.01))
    assert even.llr == rare.llr
    assert rare.spoof_posterior < even.spoof_posterior


def test_foreign_voice_is_a_flag_and_not_evidence_of_a_spoof() -> None:
    seen = IdentitySpan(WHOLE, "a", None, Agreement.DISAGREE)
    same = Comparison(Modality.FACE, "a", "Ada", "model", 0.8, 3.0, 1)
    face = FaceFinding("face-1", WHOLE, 10, 1.0, Box(0, 0, 9, 9), (same,), "a")
    verdict = fuse(replace(both(0.0, 0.0), identity=(seen,), faces=(face,)), SETTINGS)
    assert verdict.flags == ("VOICE_NOT_ANCHOR",)
    assert verdict.llr == pytest.approx(0.0)
    assert "B2" in {guess.scenario for guess in verdict.scenarios}
    assert "Ada" in verdict.summary


def test_confidence_is_the_posterior_of_the_decision() -> None:
    spoof, genuine = fuse(both(1.5, 1.5), SETTINGS), fuse(both(-1.5, -1.5), SETTINGS)
    assert spoof.confidence == pytest.approx(spoof.spoof_posterior)
    assert genuine.confidence == pytest.approx(1 - genuine.spoof_posterior)


@pytest.mark.parametrize(("span", "is_said"), [(Span(0.0, 0.2), False), (Span(0.0, 5.0), True)])
def test_face_before_its_first_word_is_not_worth_a_sentence(span: Span, is_said: bool) -> None:
    seen = IdentitySpan(span, "a", None, Agreement.FACE_ONLY)
    verdict = fuse(replace(both(0.0, 0.0), identity=(seen,)), SETTINGS)
    assert ("IDENTITY_FACE_ONLY" in {reason.code for reason in verdict.reasons}) is is_said


# --------------------------------------------------------------------------- lips and voice


def with_sync(llr: float, *windows: tuple[float, float, float], offset_s: float | None = None) -> Findings:
    """Genuine-looking parts and lips that follow (negative) or not; windows are start, end and LLR."""
    timeline = tuple(TimedLLR(Span(start, end), part, offset_s, 0.5) for start, end, part in windows)
    lips = replace(evidence("sync", llr), timeline=timeline)
    return replace(both(-0.3, -0.3), evidence=(*both(-0.3, -0.3).evidence, lips))


def test_lips_count_in_the_share_of_clips_whose_sound_was_laid_over() -> None:
    # Ratio 10 against 20 % dubs among bona fide clips: 10 / (0.8 + 0.2 * 10) = 3.5714; parts at 10**-0.3 = 0.501.
    expected = math.log10(0.4 * 0.501187 + 0.25 * 0.501187 * 3.571429 + 0.35 * 0.501187**2)
    assert fuse(with_sync(1.0), SETTINGS).llr == pytest.approx(expected, abs=1e-5)


def test_lips_that_follow_speak_for_bona_fide_and_those_that_do_not_against() -> None:
    plain = fuse(both(-0.3, -0.3), SETTINGS).llr
    assert fuse(with_sync(-1.0), SETTINGS).llr < plain < fuse(with_sync(1.0), SETTINGS).llr


def test_lips_alone_never_make_a_spoof_of_parts_that_look_genuine() -> None:
    assert fuse(with_sync(9.0), SETTINGS).decision is not Decision.SPOOF


def test_a_share_of_dubs_bounds_what_lips_can_say() -> None:
    near, far = (fuse(with_sync(llr), SETTINGS).llr for llr in (3.0, 9.0))
    assert far - near < 0.02


def test_where_the_lips_do_not_follow_is_said_in_seconds() -> None:
    verdict = fuse(with_sync(0.8, (3, 6, 0.9), (6, 9, 0.7), (20, 26, -0.5)), SETTINGS)
    (reason,) = [reason for reason in verdict.reasons if reason.code == "LIPS_DO_NOT_FOLLOW_VOICE"]
    assert "between 3 s and 9 s" in reason.message
    assert "20 s" not in reason.message
    assert reason.span == Span(3, 9)
    assert {guess.scenario for guess in verdict.scenarios} >= {"A1", "B2"}


def test_lips_that_follow_are_said_too() -> None:
    codes = {reason.code for reason in fuse(with_sync(-0.8, (3, 9, -0.8)), SETTINGS).reasons}
    assert "LIPS_FOLLOW_VOICE" in codes
    assert "LIPS_WEAK" in {reason.code for reason in fuse(with_sync(0.1), SETTINGS).reasons}


def test_sound_that_fits_at_another_time_is_called_shifted_with_its_direction() -> None:
    late = fuse(with_sync(0.8, (3, 6, 0.8), (6, 9, 0.8), offset_s=0.4), SETTINGS)
    (reason,) = [reason for reason in late.reasons if reason.code == "SOUND_SHIFTED"]
    assert "0.40 s behind" in reason.message
    early = fuse(with_sync(0.8, (3, 6, 0.8), (6, 9, 0.8), offset_s=-0.2), SETTINGS)
    assert any("0.20 s ahead" in reason.message for reason in early.reasons)
    unclear = fuse(with_sync(0.8, (3, 6, 0.8), (6, 9, 0.8), offset_s=None), SETTINGS)
    assert "SOUND_SHIFTED" not in {reason.code for reason in unclear.reasons}


# --------------------------------------------------------------------------- our own footage


def test_footage_that_was_altered_decides_against_the_detectors() -> None:
    doubtful = replace(NOTHING, evidence=(evidence("visual", -0.6), evidence("audio", -0.6), evidence("footage", 1.8)))
    verdict = fuse(doubtful, SETTINGS)
    assert verdict.decision is Decision.SPOOF
    (reason,) = (reason for reason in verdict.reasons if reason.code == "FOOTAGE_SAYS_SPOOF")
    assert "decides" in reason.message


def test_unchanged_footage_clears_a_clip_that_the_detectors_dislike() -> None:
    disliked = replace(NOTHING, evidence=(evidence("visual", 0.5), evidence("audio", 0.5), evidence("footage", -1.8)))
    verdict = fuse(disliked, SETTINGS)
    assert verdict.decision is Decision.BONA_FIDE
    assert "FOOTAGE_SAYS_BONA_FIDE" in {reason.code for reason in verdict.reasons}


def test_one_altered_match_is_not_outvoted_by_an_unchanged_one() -> None:
    mixed = replace(NOTHING, evidence=(evidence("footage", -1.8), evidence("footage", 1.2)))
    assert fuse(mixed, SETTINGS).llr == pytest.approx(1.2)


def test_footage_alone_is_evidence_enough_to_decide() -> None:
    alone = replace(NOTHING, evidence=(evidence("footage", 1.8),))
    verdict = fuse(alone, SETTINGS)
    assert verdict.decision is Decision.SPOOF
    assert "NO_EVIDENCE" not in {reason.code for reason in verdict.reasons}


def test_what_footage_shows_comes_first() -> None:
    told = replace(
        both(0.1, 0.1),
        footage_reasons=(Reason("FOOTAGE_RECUT", "it was cut"),),
        footage_scenarios=(ScenarioGuess("A9", "re-cut"),),
    )
    verdict = fuse(told, SETTINGS)
    assert verdict.reasons[0].code == "FOOTAGE_RECUT"
    assert verdict.scenarios[0].scenario == "A9"


# --------------------------------------------------------------------------- the policy


def test_costs_set_the_operating_points() -> None:
    point = thresholds(VerdictSettings(cost_false_alarm=10, cost_miss=4, false_alarm_rate=None), PLAIN)
    assert point.spoof_llr == pytest.approx(math.log10(9))
    assert point.bona_fide_llr == pytest.approx(-math.log10(3))
    rare = thresholds(VerdictSettings(prior=0.05, cost_false_alarm=10, false_alarm_rate=None), PLAIN)
    assert rare.spoof_llr == pytest.approx(math.log10(9) + math.log10(19))


def test_a_rate_of_false_alarms_raises_the_threshold_and_never_lowers_it() -> None:
    assert thresholds(VerdictSettings(false_alarm_rate=0.01), PLAIN).spoof_llr == pytest.approx(0.9)
    costly = VerdictSettings(cost_false_alarm=100, false_alarm_rate=0.01)
    assert thresholds(costly, PLAIN).spoof_llr == pytest.approx(math.log10(99))
    assert "1.0% of genuine clips" in thresholds(VerdictSettings(), PLAIN).words


def test_thin_calibration_keeps_a_high_posterior_from_deciding() -> None:
    thin = replace(PLAIN, lowest=(0.0, 0.3), highest=(0.9, 1.0))
    verdict = fuse(both(1.5, 1.5), SETTINGS, thin)
    assert (verdict.decision, verdict.inconclusive) == (Decision.INCONCLUSIVE, ("CALIBRATION_TOO_THIN",))
    assert verdict.posterior_interval[0] == pytest.approx(0.3)
    assert "CALIBRATION_TOO_THIN" in {reason.code for reason in verdict.reasons}
    assert fuse(both(-1.5, -1.5), SETTINGS, thin).decision is Decision.INCONCLUSIVE


def test_a_verdict_that_decides_has_no_codes_against_it_and_an_interval_around_its_posterior() -> None:
    verdict = fuse(both(1.5, 1.5), SETTINGS)
    low, high = verdict.posterior_interval
    assert verdict.inconclusive == ()
    assert low <= verdict.spoof_posterior <= high


def test_a_clip_that_declares_itself_is_not_decided() -> None:
    declared = replace(both(1.5, 1.5), statements=Statements(flags=("DECLARED_SYNTHETIC",)))
    verdict = fuse(declared, SETTINGS)
    assert (verdict.decision, verdict.inconclusive) == (Decision.INCONCLUSIVE, ("DECLARED_SYNTHETIC",))
    assert verdict.spoof_posterior > 0.9


def test_a_declaration_does_not_hide_a_forgery_of_our_footage() -> None:
    forged = replace(
        NOTHING, evidence=(evidence("footage", 1.8),), statements=Statements(flags=("DECLARED_SYNTHETIC",))
    )
    assert fuse(forged, SETTINGS).decision is Decision.SPOOF


@pytest.mark.parametrize(
    ("outcomes", "decision"),
    [
        ((FootageOutcome.PHOTOGRAPH_ANIMATED,), Decision.INCONCLUSIVE),
        ((FootageOutcome.PHOTOGRAPH_ANIMATED, FootageOutcome.OTHER_SOUND), Decision.SPOOF),
    ],
)
def test_a_photograph_set_in_motion_openly_is_nothing_to_expose(
    outcomes: tuple[FootageOutcome, ...], decision: Decision
) -> None:
    part = FootageStretch(WHOLE, Span(0.0, 0.0), 1.0, 20.0, None)
    matches = tuple(
        FootageMatch(f"p{number}", "ours", 2.0, outcome, (), (part,), (), False, "")
        for number, outcome in enumerate(outcomes)
    )
    found = tuple(replace(evidence("footage", 1.8), subject=match.programme_id) for match in matches)
    declared = replace(
        NOTHING,
        evidence=found,
        footage=FootageFindings(1, 1.0, matches, 1),
        statements=Statements(flags=("DECLARED_SYNTHETIC",)),
    )
    assert fuse(declared, SETTINGS).decision is decision
    assert fuse(replace(declared, statements=Statements()), SETTINGS).decision is Decision.SPOOF


def test_an_anchors_face_with_another_voice_is_not_cleared() -> None:
    seen = IdentitySpan(WHOLE, "a", None, Agreement.DISAGREE)
    verdict = fuse(replace(both(-1.5, -1.5), identity=(seen,)), SETTINGS)
    assert (verdict.decision, verdict.inconclusive) == (Decision.INCONCLUSIVE, ("VOICE_NOT_ANCHOR",))


def test_footage_changed_in_part_is_not_cleared_by_the_rest() -> None:
    splice = Splice(Span(3, 5), SpliceKind.FOREIGN, "p")
    spliced = replace(
        both(-1.5, -1.5), evidence=(*both(-1.5, -1.5).evidence, evidence("footage", -1.1)), splices=(splice,)
    )
    verdict = fuse(spliced, SETTINGS)
    assert verdict.inconclusive == ("OUR_FOOTAGE_CHANGED_IN_PART",)
    assert verdict.scenarios[0].scenario == "A9"
    assert "REUSED_FOOTAGE" in verdict.flags
    (reason,) = (reason for reason in verdict.reasons if reason.code == "SPLICE_FOREIGN")
    assert reason.span == Span(3, 5)


def test_a_trusted_signature_against_our_footage_is_left_to_a_person() -> None:
    torn = replace(NOTHING, evidence=(evidence("credentials", -2.0), evidence("footage", 0.4)))
    assert "CONTRADICTION" in fuse(torn, SETTINGS).inconclusive


def test_what_decides_alone_is_named() -> None:
    verdict = fuse(replace(NOTHING, evidence=(evidence("footage", 1.8), evidence("visual", -0.6))), SETTINGS)
    assert verdict.decisive == "footage"
    assert "archive settles this" in verdict.summary
    assert fuse(both(1.5, 1.5), SETTINGS).decisive == ""


def test_writing_that_is_no_language_suggests_a_picture_generated_as_a_whole() -> None:
    drawn = replace(NOTHING, evidence=(evidence("writing", 0.9),))
    assert fuse(drawn, SETTINGS).scenarios[0].scenario == "A6"
    printed = replace(NOTHING, evidence=(evidence("writing", -0.9),))
    assert "A6" not in {guess.scenario for guess in fuse(printed, SETTINGS).scenarios}


def test_writing_does_not_carry_a_clip_over_the_spoofs_operating_point() -> None:
    short = both(0.9, 0.55)
    limits = thresholds(SETTINGS, PLAIN)
    bare = fuse(short, SETTINGS).llr
    beside = replace(short, evidence=(*short.evidence, evidence("writing", 1.5)))
    settings = replace(SETTINGS, cost_false_alarm=1 + 10 ** (bare + 0.1))
    assert bare < thresholds(settings, PLAIN).spoof_llr < fuse(beside, settings).llr
    assert fuse(beside, settings).decision is Decision.INCONCLUSIVE
    assert fuse(beside, SETTINGS).decision is fuse(short, SETTINGS).decision is Decision.SPOOF
    assert limits.spoof_llr < bare
