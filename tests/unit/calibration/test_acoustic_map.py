"""Maps that know the acoustics of both recordings: what a channel does to scores is taken out of the LLR."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anchorproof.errors import CalibrationUnavailable
from anchorproof.evidence import _acoustics, load_calibrations
from anchorproof.runtime import ModelEntry
from anchorproof.types import AcousticMap, Acoustics, HigherMeans, Question
from calibration.fit import FitRefused
from calibration.knots import BAND_DB, FALL_DB, acoustic_map, quality_map, term_shares
from calibration.maps import fit_map, named, write
from calibration.metrics import cllr
from calibration.trials import Trials, read_identity_trials

KNOTS = (1.0, 2.0, 4.0, 10.0)
CLEAN, PHONE = (-12.0, 15.0), (-12.0, 45.0)
ENTRY = ModelEntry(
    "toy-1",
    "voice_template",
    "toy.onnx",
    "ab" * 32,
    1,
    "made here",
    "CC0-1.0",
    "toy.md",
    "toy-v1",
    HigherMeans.SAME_SOURCE,
)


def _trials(seed: int = 0, people: int = 36, same_way: bool = True) -> Trials:
    """Same-person scores lie 3 above others'. One telephone takes 2 off all scores; two of them add 2."""
    chance = np.random.default_rng(seed)
    pairs = [(one, other) for one in range(people) for other in range(one, people)]
    first, second = (np.array([f"p{pair[side]}" for pair in pairs for _ in range(4)]) for side in (0, 1))
    is_h1 = first == second
    phones = chance.integers(2, size=(len(first), 2)).astype(bool)
    shift = np.where(phones.sum(axis=1) == 1, -2.0, np.where(phones.all(axis=1), 2.0, 0.0))
    scores = chance.standard_normal(len(first)) + np.where(is_h1, 3.0, 0.0) + (shift if same_way else 0.0)
    acoustics = np.where(phones[..., None], np.array(PHONE), np.array(CLEAN))
    clusters = np.array(["|".join(sorted((one, other))) for one, other in zip(first, second, strict=True)])
    return Trials(scores, is_h1, clusters, first, second, chance.choice(KNOTS, len(first)), acoustics)


def test_shares_are_those_that_the_service_computes() -> None:
    content, _ = acoustic_map(_trials(people=30), KNOTS, seed=0)
    found = _loaded(content)
    chance = np.random.default_rng(1)
    acoustics = np.stack([chance.uniform(-14, -3, (50, 2)), chance.uniform(10, 50, (50, 2))], axis=-1)
    for sides, mine in zip(acoustics, term_shares(acoustics), strict=True):
        one, other = (Acoustics(*side) for side in sides.tolist())
        assert list(found.shares(one, other).values()) == pytest.approx(mine.tolist())
    assert (found.fall_db, found.band_db) == (FALL_DB, BAND_DB)


def test_what_channels_do_is_taken_out() -> None:
    trials = _trials()
    content, llrs = acoustic_map(trials, KNOTS, seed=0)
    _, without = quality_map(trials, KNOTS, seed=0)
    h1 = trials.is_h1
    assert cllr(llrs[h1], llrs[~h1]) < cllr(without[h1], without[~h1]) - 0.1
    # d = 3 between unit normals: LLR = (3 s - 4.5) / ln 10; scores shifted by x move the offset by 3 x / ln 10.
    terms = {term["name"]: term["offset"] + 1.5 * term["slope"] for term in content["terms"]}
    assert terms["apart_band"] == pytest.approx(3 * 2 / np.log(10), abs=0.7)
    assert terms["common_band"] == pytest.approx(-3 * 2 / np.log(10), abs=0.7)
    assert abs(terms["apart_fall"]) < 0.05  # nobody echoes: nothing to say of it
    assert [term["trials"]["h1"] > 0 for term in content["terms"]] == [False, True, False, True]


def test_the_file_is_read_as_it_was_fitted(tmp_path: Path) -> None:
    trials = _trials(people=30)
    content = named(fit_map(trials, ENTRY, Question.IDENTITY) | {"fitted_on": {}, "command": ""})
    write(content, tmp_path)
    (found,) = load_calibrations([tmp_path])
    sides = (Acoustics(*CLEAN), Acoustics(*PHONE))
    low, high = content["acoustics"]["terms"][1]["llr_bounds"]
    for score, bound, narrower in ((50.0, high, min), (-50.0, low, max)):
        assert found.llr(score, 5.0, sides) == narrower(bound, found.llr(score, 5.0, (sides[0], sides[0])))
    both = found.llr(2.0, 5.0, (sides[1], sides[1]))
    assert both < found.llr(2.0, 5.0) < found.llr(2.0, 5.0, sides)  # of two telephones a score of 2 says little
    assert content["cllr"] < content["without_acoustics"]["cllr"]
    other = json.loads(json.dumps(content))
    other["acoustics"]["terms"][0]["slope"] = -100.0
    (tmp_path / "toy-1.json").write_text(json.dumps(other))
    with pytest.raises(CalibrationUnavailable, match="not a calibration"):
        load_calibrations([tmp_path])


def test_nothing_is_added_where_acoustics_do_not_matter() -> None:
    content, _ = acoustic_map(_trials(same_way=False), KNOTS, seed=0)
    for term in content["terms"]:
        assert abs(term["offset"] + 1.5 * term["slope"]) < 0.6  # where they do, it is 2.6


def test_a_map_that_would_fall_with_likeness_is_refused() -> None:
    trials = _trials(people=30)
    assert trials.acoustics is not None
    both = (trials.acoustics[..., 1] > 40).all(axis=1)
    scores = np.where(both, -4 * trials.scores, trials.scores)
    with pytest.raises(FitRefused, match="less likeness"):
        acoustic_map(replace(trials, scores=scores), KNOTS, seed=0)


def test_acoustics_are_read_from_the_table_whole_or_not_at_all(tmp_path: Path) -> None:
    head = "id1,id2,same,group1,group2,score,quality,fall_db1,band_db1,fall_db2,band_db2\n"
    rows = "a,b,1,p,p,2.0,3.0,-12,15,-5,16\na,c,0,p,q,0.0,3.0,-12,15,-11,44\n"
    path = tmp_path / "scores.csv"
    path.write_text(head + rows)
    trials = read_identity_trials(path)
    assert trials.acoustics is not None
    assert trials.acoustics.tolist()[0] == [[-12, 15], [-5, 16]]
    path.write_text(head + rows.replace("-5,16", ","))
    with pytest.raises(ValueError, match="in every row"):
        read_identity_trials(path)


def _loaded(content: dict) -> AcousticMap:
    return _acoustics(content)
