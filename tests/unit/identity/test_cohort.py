from __future__ import annotations

import numpy as np
import pytest

from anchorproof.identity.cohort import Cohort


def _unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture
def people() -> np.ndarray:
    """Voices of a crowd: all lie in one direction, more or less."""
    chance = np.random.default_rng(3)
    return _unit(chance.standard_normal((40, 12)) + 1.5)


@pytest.fixture
def cohort(people: np.ndarray) -> Cohort:
    mean = people.mean(axis=0)
    return Cohort(mean, ((people - mean) / np.sqrt(len(people))).T)


def _plain(one: np.ndarray, other: np.ndarray, people: np.ndarray) -> float:
    """S-norm by its definition, with every member of the cohort."""
    score = float(one @ other)
    parts = [(score - (people @ side).mean()) / (people @ side).std() for side in (one, other)]
    return float(np.mean(parts))


def test_score_is_that_of_the_whole_cohort_though_only_its_statistics_are_kept(
    cohort: Cohort, people: np.ndarray
) -> None:
    chance = np.random.default_rng(4)
    one, other = _unit(chance.standard_normal((2, 12)) + 1)
    assert cohort.score(one, other) == pytest.approx(_plain(one, other, people), rel=1e-4)
    assert cohort.score(one, other) == pytest.approx(cohort.score(other, one), rel=1e-5)


def test_scores_of_a_matrix_are_those_of_its_rows_while_it_grows(cohort: Cohort) -> None:
    chance = np.random.default_rng(5)
    room = _unit(chance.standard_normal((30, 12)) + 1)
    probe = room[0]
    for count in (3, 3, 17, 30, 5):
        expected = [cohort.score(row, probe) for row in room[:count]]
        assert cohort.scores(room[:count], probe) == pytest.approx(expected, rel=1e-3)
    other = _unit(chance.standard_normal((4, 12)) + 1)
    assert cohort.scores(other, probe) == pytest.approx([cohort.score(row, probe) for row in other], rel=1e-3)


def test_a_voice_like_everybodys_needs_a_higher_cosine(cohort: Cohort, people: np.ndarray) -> None:
    ordinary = _unit(people.mean(axis=0))
    special = _unit(np.eye(12)[0] - np.eye(12)[1])
    off = _unit(np.eye(12)[5])
    near = [_unit(side + 0.5 * off) for side in (ordinary, special)]
    assert cohort.score(special, near[1]) > cohort.score(ordinary, near[0])


def test_template_outside_of_all_that_the_cohort_knows_gives_a_finite_score() -> None:
    lone = Cohort(np.eye(3, dtype=np.float32)[0], np.eye(3, dtype=np.float32)[:, :1])
    vectors = np.eye(3, dtype=np.float32)
    assert np.isfinite(lone.scores(vectors, vectors[2])).all()


def test_statistics_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="a cohort has a mean"):
        Cohort(np.zeros(3), np.zeros((4, 2)))
