"""How matches of our own footage are fitted: signs, bounds, what is left out, and what counts as false."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anchorproof.footage.outcomes import LIMITS
from calibration import footage as fitting


def _part(own: bool, bits: float, agreement: float, share: float | None = None, programme: str = "") -> dict[str, Any]:
    return {
        "programme": programme or ("mine" if own else "other"),
        "own": own,
        "clip": [0.0, 5.0],
        "bits": bits,
        "agreement": agreement,
        "pictures": 10,
        "share": share,
        "items": 0 if share is None else 20,
    }


def _answer(source: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "source": source,
        "stretches": list(parts),
        "foreign": "",
        "outcome": None,
        "is_absent": False,
        "by_references": False,
        "has_sound": True,
        **more,
    }


@pytest.fixture
def answers() -> dict[str, dict[str, Any]]:
    random = np.random.default_rng(0)
    made = {}
    for number in range(40):
        source = f"source-{number % 8}"
        true = _part(
            True, float(random.normal(22, 8)), float(random.normal(0.8, 0.08)), float(random.normal(0.1, 0.03))
        )
        false = _part(
            False, float(random.normal(48, 12)), float(random.normal(0.05, 0.06)), float(random.normal(0.45, 0.03))
        )
        made[f"found-{number}"] = _answer(source, true)
        made[f"absent-{number}"] = _answer(source, false, is_absent=True)
    return made


def test_true_matches_get_positive_llrs_and_false_ones_negative(answers: dict[str, dict[str, Any]]) -> None:
    for trials in (fitting.picture_trials(answers), fitting.sound_trials(answers)):
        llrs = fitting.left_out_llrs(trials)
        truth = np.array([trial.is_true for trial in trials])
        assert llrs[truth].min() > llrs[~truth].max()
        assert llrs[truth].mean() > 0.5 > -0.5 > llrs[~truth].mean()


def test_more_bits_apart_speak_against_a_match_and_agreement_for_it(answers: dict[str, dict[str, Any]]) -> None:
    found = fitting.fit(fitting.picture_trials(answers))
    assert found.weights[0] < 0 < found.weights[1] + found.weights[2]


def test_llrs_are_bounded_by_the_number_of_trials(answers: dict[str, dict[str, Any]]) -> None:
    found = fitting.fit(fitting.picture_trials(answers))
    assert found.llr_bounds == pytest.approx((-np.log10(41), np.log10(41)))


def test_one_side_alone_cannot_be_fitted(answers: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="both sides"):
        fitting.fit([trial for trial in fitting.picture_trials(answers) if trial.is_true])


def test_the_threshold_lies_above_every_false_match_when_queries_are_few() -> None:
    trials = [fitting.Trial((0.0,), False, "a", f"q{number}") for number in range(10)]
    llrs = np.linspace(-2.0, 0.7, 10)
    assert fitting.threshold([trials], [llrs], queries=100) == pytest.approx(0.75)
    assert fitting.threshold([trials], [llrs], queries=1000) == pytest.approx(0.5)  # the floor


def test_material_that_an_edit_took_from_another_clip_is_neither_true_nor_false() -> None:
    answer = _answer("a", _part(True, 20, 0.8), _part(False, 20, 0.8, programme="taken-from"), foreign="taken-from")
    assert [trial.is_true for trial in fitting.picture_trials({"q": answer})] == [True]


def test_replaced_sound_along_our_picture_is_no_true_sound() -> None:
    answer = _answer("a", _part(True, 20, 0.8, share=0.46), outcome="other_sound")
    assert fitting.sound_trials({"q": answer}) == []
    assert len(fitting.picture_trials({"q": answer})) == 1


# --------------------------------------------------------------------------- outcomes


def _traits(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "picture_s": 5.0,
        "sound_only_s": 0.0,
        "sound_share": 0.08,
        "mirrored": False,
        "jumps": 0,
        "inserted_s": 0.0,
        "mouth": 0.04,
        "face": 0.03,
        "outside": 0.05,
        "overlay": 0.0,
        "overlay_width": 0.0,
    }
    return plain | changes


CASES = {
    "unchanged": _traits(),
    "other_sound": _traits(sound_share=0.46),
    "mouth_changed": _traits(sound_share=0.46, mouth=0.5, face=0.1),
    "face_changed": _traits(mouth=0.5, face=0.5),
    "recut": _traits(jumps=1),
    "recaptioned": _traits(overlay=0.1, overlay_width=1.0),
}


@pytest.fixture
def compared() -> dict[str, dict[str, Any]]:
    return {
        f"{source}/{name}": _answer(f"source-{source}", outcome=name, by_references=True, traits=found, moments=10)
        for source in range(6)
        for name, found in CASES.items()
    }


def test_clear_cases_are_told_apart_with_limits_of_other_sources(compared: dict[str, dict[str, Any]]) -> None:
    assert set(fitting.compared(compared)) == set(compared)
    predicted = fitting.left_out_outcomes(compared)
    assert all(predicted[key] == answer["outcome"] for key, answer in compared.items())


def test_without_references_a_changed_mouth_is_only_another_sound(compared: dict[str, dict[str, Any]]) -> None:
    predicted = fitting.left_out_outcomes(compared, with_references=False)
    assert predicted["0/mouth_changed"] == "other_sound"
    assert predicted["0/face_changed"] == "unchanged"


def test_outcomes_of_forgeries_support_spoof_and_unchanged_supports_bona_fide(
    compared: dict[str, dict[str, Any]],
) -> None:
    table = fitting.outcome_llrs(compared, fitting.left_out_outcomes(compared))
    assert min(table[name] for name in fitting.SPOOFS) > 0.3
    assert table["unchanged"] < -0.8
    assert -0.3 <= table["same_picture"] < 0
    alone = fitting.outcome_llrs(compared, fitting.left_out_outcomes(compared, with_references=False))
    assert alone["unchanged"] > table["unchanged"]


def test_macro_f1_is_the_mean_over_classes() -> None:
    truth = ["unchanged", "unchanged", "recut", "recut"]
    told = ["unchanged", "recut", "recut", "recut"]
    # unchanged: 2 x 1 / (2 + 1); recut: 2 x 2 / (2 + 3)
    assert fitting.macro_f1(truth, told) == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_harmless_outcomes_count_as_unchanged() -> None:
    assert fitting.told(_answer("a", traits=_traits(mirrored=True)), LIMITS) == "unchanged"
    assert fitting.told(_answer("a", traits=_traits(sound_share=None)), LIMITS) == "unchanged"
