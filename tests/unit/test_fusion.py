"""One LLR of all evidence: dependent evidence counted once, missing evidence missing, the original told apart."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from anchorproof.errors import CalibrationUnavailable
from anchorproof.findings import Findings
from anchorproof.fusion import (
    FusionCalibration,
    combine,
    load_fusion,
    mixture_llr,
    packaged_fusion,
    parse_fusion,
    part_llr,
)
from anchorproof.settings import VerdictSettings
from anchorproof.types import (
    AudioInfo,
    ClipInfo,
    Evidence,
    FootageFindings,
    FootageMatch,
    FootageOutcome,
    Question,
    Span,
    Unassessed,
    VideoInfo,
)

SETTINGS = VerdictSettings()
PLAIN = FusionCalibration(
    "plain", "", 1.0, 0.0, (-9.0, 9.0), (-9.0, 0.0), (0.0, 0.5), (0.5, 1.0), ((0.0, 0.5), (1.0, 0.0))
)
CLIP = ClipInfo("0" * 64, 1, "mp4", 10.0, VideoInfo("h264", 640, 360, 25.0), AudioInfo("aac", 48_000, 2))


def evidence(source: str, llr: float, subject: str = "") -> Evidence:
    return Evidence(source, Question.AUTHENTICITY, llr, 0.0, "m", "c", subject, Span(0, 10), ())


def findings(*items: Evidence, **fields: object) -> Findings:
    return replace(Findings(CLIP, items, (), (), (), (), {}), **fields)  # type: ignore[arg-type]


def test_a_second_detector_of_the_same_picture_counts_by_what_it_adds() -> None:
    both = [evidence("visual", 0.6), evidence("consistency", 0.4)]
    assert part_llr(both, dependence=0.5) == pytest.approx(0.6 + 0.5 * 0.4)
    assert part_llr(both, dependence=1.0) == pytest.approx(0.6)
    assert part_llr(both, dependence=0.0) == pytest.approx(1.0)
    assert part_llr([], dependence=0.5) == 0.0


def test_a_second_detector_that_says_nothing_does_not_dilute_the_first() -> None:
    alone, beside = findings(evidence("visual", 0.6)), findings(evidence("visual", 0.6), evidence("consistency", 0.0))
    assert mixture_llr(alone, SETTINGS) == mixture_llr(beside, SETTINGS)


def test_a_missing_part_is_missing_and_not_zero() -> None:
    judged = findings(evidence("audio", -0.9))
    silent = replace(judged, unassessed=(Unassessed("visual", "NO_PICTURE", ""),))
    # A picture that was not judged keeps the clip from being cleared; one that is not there takes no share.
    assert mixture_llr(silent, SETTINGS) == pytest.approx(-0.9)
    assert mixture_llr(judged, SETTINGS) == pytest.approx(math.log10(0.4 + 0.6 * 10**-0.9))


def test_print_clears_nothing_and_garble_counts_by_the_share_of_spoofs_that_draw_letters() -> None:
    steep = replace(PLAIN, slope=2.0)
    items = [(), (evidence("writing", -9.0),), (evidence("writing", 1.0),)]
    plain, print_, garbled = (combine(findings(evidence("visual", 0.2), *more), SETTINGS, steep).llr for more in items)
    assert plain - print_ == pytest.approx(-math.log10(1 - SETTINGS.drawn_writing))
    assert garbled - plain == pytest.approx(math.log10(0.8 + 0.2 * 10))


def test_writing_counts_where_there_is_no_face_to_judge() -> None:
    nobody = (Unassessed("visual", "NO_FACE", ""), Unassessed("audio", "NO_SOUND", ""))
    fused = combine(findings(evidence("writing", 1.0), unassessed=nobody), SETTINGS, PLAIN)
    assert fused.llr == pytest.approx(math.log10(0.8 + 0.2 * 10))
    assert fused.detectors_llr == 0
    assert [(part.source, part.llr) for part in fused.contributions] == [("writing", pytest.approx(fused.llr))]


def test_where_the_original_is_known_writing_over_it_counts_for_nothing() -> None:
    ours = findings(evidence("footage", -2.0, "p"))
    beside = findings(evidence("footage", -2.0, "p"), evidence("writing", 1.0))
    assert combine(beside, SETTINGS, PLAIN).llr == combine(ours, SETTINGS, PLAIN).llr


def test_the_mixture_is_calibrated_as_a_whole_and_bounded() -> None:
    calibration = replace(PLAIN, slope=2.0, offset=0.1, llr_bounds=(-0.5, 1.0))
    silent = findings(evidence("audio", 0.3), unassessed=(Unassessed("visual", "NO_PICTURE", ""),))
    assert combine(silent, SETTINGS, calibration).llr == pytest.approx(0.7)
    assert combine(replace(silent, evidence=[evidence("audio", 3)]), SETTINGS, calibration).llr == 1.0


def test_contributions_are_what_the_llr_loses_without_each() -> None:
    fused = combine(findings(evidence("visual", 0.6), evidence("audio", 0.9)), SETTINGS, PLAIN)
    without_audio = combine(findings(evidence("visual", 0.6)), SETTINGS, PLAIN)
    shares = {part.source: part.llr for part in fused.contributions}
    assert shares["audio"] == pytest.approx(fused.llr - without_audio.llr)
    assert shares["visual"] > 0


# --------------------------------------------------------------------------- what decides alone


def ours(outcome: FootageOutcome, llr: float, *others: Evidence) -> Findings:
    match = FootageMatch("p", "Bulletin", 2.0, outcome, (), (), (), True, "ours")
    return findings(evidence("footage", llr, "p"), *others, footage=FootageFindings(1, 1.0, (match,)))


def test_known_originals_put_the_detectors_aside() -> None:
    altered = combine(ours(FootageOutcome.FACE_CHANGED, 1.7, evidence("visual", -0.6)), SETTINGS, PLAIN)
    assert (altered.decisive, altered.llr) == ("footage", pytest.approx(1.7))
    cleared = combine(ours(FootageOutcome.UNCHANGED, -1.1, evidence("visual", 0.6)), SETTINGS, PLAIN)
    assert (cleared.decisive, cleared.llr) == ("footage", pytest.approx(-1.1))


def test_our_picture_with_another_voice_decides_unless_the_voice_sounds_real() -> None:
    synthetic = combine(ours(FootageOutcome.OTHER_SOUND, 0.8, evidence("audio", 0.2)), SETTINGS, PLAIN)
    assert synthetic.decisive == "footage"
    dub = combine(ours(FootageOutcome.OTHER_SOUND, 0.8, evidence("audio", -0.8)), SETTINGS, PLAIN)
    assert dub.decisive == ""
    assert dub.llr < synthetic.llr


def test_weak_footage_evidence_is_added_and_decides_nothing() -> None:
    fused = combine(ours(FootageOutcome.SAME_PICTURE, -0.3, evidence("audio", 0.9)), SETTINGS, PLAIN)
    assert fused.decisive == ""
    assert fused.llr == pytest.approx(combine(findings(evidence("audio", 0.9)), SETTINGS, PLAIN).llr - 0.3)


def test_a_trusted_signature_decides_alone_for_genuine() -> None:
    fused = combine(findings(evidence("credentials", -2.0), evidence("visual", 0.6)), SETTINGS, PLAIN)
    assert fused.decisive == "credentials"
    assert fused.llr < -1


def _with_mouth_changed(lips_llr: float, *also: FootageOutcome) -> Findings:
    match = FootageMatch("p", "Bulletin", 2.0, FootageOutcome.MOUTH_CHANGED, also, (), (), True, "ours")
    items = (evidence("footage", 1.8, "p"), evidence("visual", -0.4), evidence("sync", lips_llr))
    return findings(*items, footage=FootageFindings(1, 0.1, (match,)))


def test_a_mouth_that_differs_over_our_own_sound_which_the_lips_follow_does_not_decide_alone() -> None:
    fused = combine(_with_mouth_changed(-1.2, FootageOutcome.UNCHANGED), SETTINGS, PLAIN)
    assert fused.decisive == ""
    assert fused.llr < 1.8  # what the detectors say counts beside it


@pytest.mark.parametrize(
    "changed",
    [
        _with_mouth_changed(-1.2, FootageOutcome.OTHER_SOUND),
        _with_mouth_changed(-1.2, FootageOutcome.UNCHANGED, FootageOutcome.RECUT),
        _with_mouth_changed(0.1, FootageOutcome.UNCHANGED),
    ],
)
def test_new_lips_for_another_sound_or_lips_that_do_not_follow_still_decide(changed: Findings) -> None:
    assert combine(changed, SETTINGS, PLAIN).decisive == "footage"


# --------------------------------------------------------------------------- the calibration's file


def test_packaged_calibration_is_sound() -> None:
    calibration = parse_fusion(packaged_fusion())
    assert calibration.slope > 0
    assert calibration.llr_bounds[0] < 0 < calibration.llr_bounds[1]
    assert all(low <= high for low, high in zip(calibration.lowest, calibration.highest, strict=True))
    # The strictest operating point can be reached: its threshold is not above the bound.
    assert calibration.llr_at_false_alarms(0.01) <= calibration.llr_bounds[1]


def test_an_applied_calibration_takes_the_packaged_ones_place(tmp_path: Path) -> None:
    own = json.loads(packaged_fusion()) | {"calibration_id": "fusion-own", "slope": 0.5}
    (tmp_path / "calibration").mkdir()
    (tmp_path / "calibration" / "fusion.json").write_text(json.dumps(own))
    assert load_fusion(tmp_path).calibration_id == "fusion-own"
    assert load_fusion(tmp_path / "elsewhere").calibration_id != "fusion-own"


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"slope": "x"}'])
def test_damaged_calibration_is_said_so(content: bytes) -> None:
    with pytest.raises(CalibrationUnavailable):
        parse_fusion(content)


def test_interval_and_false_alarms_are_looked_up() -> None:
    assert PLAIN.interval(-1.0, 0.5) == (0.0, 0.5)
    assert PLAIN.interval(0.0, 0.5) == (0.5, 1.0)
    assert PLAIN.interval(0.0, 0.1)[0] == pytest.approx(0.1)  # even odds, moved to the prior
    assert PLAIN.llr_at_false_alarms(0.5) == 0.0
    assert PLAIN.llr_at_false_alarms(0.01) == 1.0
