from __future__ import annotations

import numpy as np
import pytest

from anchorproof.errors import CalibrationUnavailable
from anchorproof.identity.compare import (
    ModelReferences,
    ReferenceSet,
    anchor_scores,
    best_anchors,
    compare,
    recognise,
)
from anchorproof.settings import IdentitySettings
from anchorproof.types import (
    AcousticMap,
    Acoustics,
    AcousticTerm,
    CalibrationKnot,
    CalibrationMap,
    Comparison,
    Modality,
    Question,
    Reference,
    Template,
)


def _unit(*components: float) -> np.ndarray:
    vector = np.array(components, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def _template(vector: np.ndarray, model_id: str = "m") -> Template:
    return Template(Modality.FACE, model_id, vector, 1.0)


def _reference(anchor_id: str, vector: np.ndarray, model_id: str = "m") -> Reference:
    return Reference(anchor_id, "e", _template(vector, model_id))


def _calibration(
    slope: float = 10.0, offset: float = -5.0, bounds: tuple[float, float] = (-4.0, 4.0)
) -> CalibrationMap:
    return CalibrationMap("c", "m", "00", "p", Question.IDENTITY, slope, offset, bounds)


def _comparison(anchor_id: str, llr: float, score: float = 0.5) -> Comparison:
    return Comparison(Modality.FACE, anchor_id, anchor_id.upper(), "m", score, llr, 1)


def test_anchor_score_is_the_mean_of_its_three_best() -> None:
    cosines = np.array([0.9, 0.2, 0.8, 0.7, 0.1, -0.5, 0.4], dtype=np.float32)
    owners = np.array([0, 0, 0, 0, 1, 1, 2])
    # anchor 0: (.9 + .8 + .7) / 3; anchor 1 has two: (.1 - .5) / 2; anchor 2 has one.
    assert anchor_scores(cosines, owners, 3) == pytest.approx([0.8, -0.2, 0.4])


def test_anchor_scores_agree_with_the_plain_definition_on_random_numbers() -> None:
    chance = np.random.default_rng(1)
    owners = np.sort(np.concatenate([np.arange(40), chance.integers(0, 40, 300)]))
    cosines = chance.uniform(-1, 1, len(owners)).astype(np.float32).round(1)  # many are equal
    plain = [np.sort(cosines[owners == anchor])[-3:].astype(np.float64).mean() for anchor in range(40)]
    assert anchor_scores(cosines, owners, 40) == pytest.approx(plain)


def test_comparisons_come_best_first_with_names_and_counts() -> None:
    references = ReferenceSet.of(
        [_reference("far", _unit(0, 1, 0)), _reference("near", _unit(1, 0, 0)), _reference("near", _unit(1, 0.1, 0))],
        {"far": "Far Away", "near": "Near By"},
    )
    near, far = compare(_template(_unit(1, 0, 0)), references, _calibration(), limit=5)
    assert (near.anchor_id, near.anchor_name, near.references, near.modality) == ("near", "Near By", 2, Modality.FACE)
    assert near.score == pytest.approx((1 + 1 / np.sqrt(1.01)) / 2)
    assert near.llr == 4.0  # 10 * 0.998 - 5, clipped to what the calibration supports
    assert (far.anchor_id, far.score, far.llr) == ("far", 0.0, -4.0)


def test_scores_tell_anchors_apart_whose_llrs_are_both_at_the_bound() -> None:
    references = ReferenceSet.of(
        [_reference("second", _unit(1, 0.2)), _reference("first", _unit(1, 0))], {"first": "1", "second": "2"}
    )
    comparisons = compare(_template(_unit(1, 0)), references, _calibration(), limit=2)
    assert [comparison.llr for comparison in comparisons] == [4.0, 4.0]
    assert [comparison.anchor_id for comparison in comparisons] == ["first", "second"]
    assert recognise(list(reversed(comparisons)), IdentitySettings()) == "first"


def test_limit_cuts_the_list_but_keeps_who_is_asked_for() -> None:
    references = ReferenceSet.of(
        [_reference(f"a{number}", _unit(10 - number, number)) for number in range(10)],
        {f"a{number}": str(number) for number in range(10)},
    )
    probe = _template(_unit(1, 0))
    best = compare(probe, references, _calibration(), limit=3)
    kept = compare(probe, references, _calibration(), limit=3, keep={"a8", "a1", "unknown"})
    assert [comparison.anchor_id for comparison in best] == ["a0", "a1", "a2"]
    assert [comparison.anchor_id for comparison in kept] == ["a0", "a1", "a2", "a8"]


def test_only_references_of_the_probes_model_are_compared() -> None:
    references = ReferenceSet.of([_reference("a", _unit(1, 0, 0, 0), "other")], {"a": "A"})
    assert compare(_template(_unit(1, 0)), references, _calibration(), 5) == ()
    assert references.anchors_with("other") == ("a",)
    assert references.anchors_with("m") == ()


def test_calibration_of_another_model_or_question_is_refused() -> None:
    references = ReferenceSet.of([_reference("a", _unit(1, 0))], {"a": "A"})
    authenticity = CalibrationMap("c", "m", "00", "p", Question.AUTHENTICITY, 1.0, 0.0, (-1.0, 1.0))
    for probe, calibration in ((_template(_unit(1, 0), "x"), _calibration()), (_template(_unit(1, 0)), authenticity)):
        with pytest.raises(CalibrationUnavailable):
            compare(probe, references, calibration, 5)


def test_reference_without_a_name_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="without a name"):
        ReferenceSet.of([_reference("a", _unit(1, 0))], {})


def test_same_person_gets_a_positive_llr_and_another_a_negative_one() -> None:
    references = ReferenceSet.of([_reference("a", _unit(1, 0))], {"a": "A"})
    (same,) = compare(_template(_unit(1, 0.05)), references, _calibration(), 1)
    (other,) = compare(_template(_unit(0, 1)), references, _calibration(), 1)
    assert same.llr > 0 > other.llr


def test_nobody_enrolled_is_an_answer() -> None:
    settings = IdentitySettings(recognised_llr=2.0)
    assert recognise([], settings) is None
    assert recognise([_comparison("a", 1.99), _comparison("b", -3)], settings) is None
    assert recognise([_comparison("a", 2.0), _comparison("b", 1.9)], settings) == "a"


@pytest.mark.parametrize("limit", [1, 5, 40, 500])
def test_shortcut_finds_the_same_best_anchors_as_looking_at_all(limit: int) -> None:
    chance = np.random.default_rng(limit)
    owners = np.sort(np.concatenate([np.arange(300), chance.integers(0, 300, 2000)]))
    rows = chance.permutation(len(owners))
    matrix = np.zeros((len(owners), 2), np.float32)
    names = tuple(f"a{number}" for number in range(300))
    enrolled = ModelReferences(names, owners, rows, matrix, np.ones(len(owners), np.float32))
    for digits in (1, 6):  # with one digit, many are equal
        scores = chance.uniform(-1, 1, len(owners)).astype(np.float32).round(digits)
        all_scores = anchor_scores(scores, owners, 300)
        expected = np.argsort(-all_scores, kind="stable")[:limit]
        found = best_anchors(scores, enrolled, limit, {"a7"})
        assert [index for index, _ in found if index in set(expected)] == expected.tolist()
        assert dict(found) == pytest.approx({int(i): all_scores[i] for i in {*expected.tolist(), 7}})


def test_llr_is_that_of_the_worse_material(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float | None] = []
    monkeypatch.setattr(CalibrationMap, "llr", lambda _, score, quality=None: seen.append(quality) or score)
    references = ReferenceSet.of([_reference("a", _unit(1, 0)), _reference("a", _unit(1, 0.1))], {"a": "A"})
    for quality in (0.5, 9.0):
        compare(Template(Modality.FACE, "m", _unit(1, 0), quality), references, _calibration(), 1)
    assert seen == [0.5, 1.0]


def test_calibration_that_falls_with_likeness_is_refused() -> None:
    references = ReferenceSet.of([_reference("a", _unit(1, 0))], {"a": "A"})
    with pytest.raises(CalibrationUnavailable, match="falls"):
        compare(_template(_unit(1, 0)), references, _calibration(slope=-1.0), 1)


# --------------------------------------------------------------------------- acoustics


CLEAN, PHONE = Acoustics(-12.0, 15.0), Acoustics(-12.0, 45.0)


def _by_acoustics() -> CalibrationMap:
    """LLR = score for clean and like recordings, less 1 where one side is a telephone, less 3 where both are."""
    wide = (-9.0, 9.0)
    offsets = {"apart_fall": 0.0, "apart_band": -1.0, "common_fall": 0.0, "common_band": -3.0}
    terms = tuple(AcousticTerm(name, 0.0, offset, wide) for name, offset in offsets.items())
    map_ = AcousticMap((-9.0, -5.0), (20.0, 40.0), (CalibrationKnot(1.0, 1.0, 0.0, wide),), terms)
    return CalibrationMap("c", "m", "00", "p", Question.IDENTITY, 1.0, 5.0, wide, acoustics=map_)


def _voice(vector: np.ndarray, acoustics: Acoustics | None) -> Template:
    return Template(Modality.VOICE, "m", vector, 4.0, None, acoustics)


@pytest.mark.parametrize(
    ("probe", "reference", "llr"),
    [
        (CLEAN, CLEAN, 1.0),
        (PHONE, CLEAN, 0.0),
        (CLEAN, PHONE, 0.0),
        (PHONE, PHONE, -2.0),
        (None, CLEAN, 6.0),  # not known: the map that holds for all
        (PHONE, None, 6.0),
    ],
)
def test_llr_depends_on_the_acoustics_of_both_sides(
    probe: Acoustics | None, reference: Acoustics | None, llr: float
) -> None:
    vector = _unit(1, 0)
    references = ReferenceSet.of([Reference("a", "e", _voice(vector, reference))], {"a": "A"})
    (found,) = compare(_voice(vector, probe), references, _by_acoustics(), 1)
    assert found.llr == pytest.approx(llr)


def test_acoustics_are_those_of_the_references_that_the_score_is_made_of() -> None:
    near, far = _unit(1, 0), _unit(0, 1)
    enrolled = [(near, PHONE), (far, CLEAN), (near, PHONE), (near, PHONE), (far, None)]
    references = ReferenceSet.of([Reference("a", "e", _voice(*one)) for one in enrolled], {"a": "A"})
    (found,) = compare(_voice(near, PHONE), references, _by_acoustics(), 1)
    assert found.score == pytest.approx(1.0)
    assert found.llr == pytest.approx(-2.0)
    # 35 dB on average: three quarters of a telephone on both sides, a quarter of a difference.
    mixed = [(near, PHONE), (near, CLEAN), (near, PHONE)]
    references = ReferenceSet.of([Reference("a", "e", _voice(*one)) for one in mixed], {"a": "A"})
    (found,) = compare(_voice(near, PHONE), references, _by_acoustics(), 1)
    assert found.llr == pytest.approx(1.0 - 0.75 * 3.0 - 0.25 * 1.0)
