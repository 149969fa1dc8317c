"""What the screen sets aside is never better than it says; searches through it find what a look at all would."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from anchorproof.identity import compare, screen
from anchorproof.identity.compare import ModelReferences, best_anchors, screened_anchors
from anchorproof.identity.index import _Matrix
from anchorproof.identity.screen import Screen


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "BLOCK_ROWS", 64)
    monkeypatch.setattr(screen, "LISTED", 8)
    monkeypatch.setattr(compare, "CANDIDATES", 8)


def _unit(chance: np.random.Generator, rows: int, spread: float = 1.0) -> np.ndarray:
    made = (chance.standard_normal((rows, 32)) ** (3 if spread > 1 else 1)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.mark.parametrize("spread", [1.0, 3.0], ids=["even", "few large numbers"])
def test_limits_are_never_exceeded(spread: float) -> None:
    chance = np.random.default_rng(1)
    matrix = _unit(chance, 64 * 5 + 20, spread)
    made = Screen().extended(matrix)
    assert made.rows == 64 * 5
    for probe in (*_unit(chance, 40, spread), matrix[7]):
        found = made.shortlist(probe)
        cosines = matrix[: made.rows] @ probe
        assert (cosines[found.rows] <= found.limits).all()
        assert np.delete(cosines, found.rows).max() <= found.edge
        assert found.limits.max() - cosines.max() < 0.1  # a limit that says something


def _enrolled(chance: np.random.Generator, matrix: np.ndarray) -> ModelReferences:
    rows = np.sort(chance.permutation(len(matrix))[: len(matrix) - 30])  # some rows are nobody's
    owners = np.sort(np.concatenate([np.arange(60), chance.integers(60, size=len(rows) - 60)]))
    names = tuple(f"a{number}" for number in range(60))
    made = ModelReferences(names, owners, chance.permutation(rows), matrix, np.ones(len(matrix), np.float32))
    return ModelReferences(names, owners, made.rows, matrix, made.qualities, Screen().extended(matrix))


@pytest.mark.parametrize("limit", [1, 5])
def test_a_screened_search_finds_what_a_look_at_all_finds(limit: int) -> None:
    chance = np.random.default_rng(2)
    enrolled = _enrolled(chance, _unit(chance, 64 * 6 + 40))
    screened = 0
    for place in range(60):  # strangers, and people whose references lie near the probe
        probe = _unit(chance, 1)[0]
        if place % 3:
            mine = enrolled.rows[enrolled.owners == place]
            enrolled.matrix[mine] = probe + 0.05 * _unit(chance, len(mine))
            enrolled.matrix[mine] /= np.linalg.norm(enrolled.matrix[mine], axis=1, keepdims=True)
        renewed = enrolled.screen.renewed(enrolled.matrix, range(enrolled.screen.rows))
        here = ModelReferences(
            enrolled.anchor_ids, enrolled.owners, enrolled.rows, enrolled.matrix, enrolled.qualities, renewed
        )
        expected = best_anchors(here.cosines(probe), here, limit, {"a7"})
        found = screened_anchors(probe, here, limit, {"a7"})
        if found is not None:
            screened += 1
            assert found == expected  # to the last bit
    assert screened >= (30 if limit == 1 else 1)


def test_equals_come_in_the_order_of_the_anchors_as_in_a_look_at_all() -> None:
    chance = np.random.default_rng(6)
    matrix = _unit(chance, 64 * 6 + 40)
    enrolled = _enrolled(chance, matrix)
    probe = _unit(chance, 1)[0]
    near = probe + 0.05 * _unit(chance, 1)[0]
    alike = sorted(np.argsort(np.bincount(enrolled.owners))[:4].tolist())  # with few references, that lists hold them
    for place in alike:  # one and the same template, in blocks and behind them
        matrix[enrolled.rows[enrolled.owners == place]] = near / np.linalg.norm(near)
    renewed = enrolled.screen.renewed(matrix, range(enrolled.screen.rows))
    here = ModelReferences(enrolled.anchor_ids, enrolled.owners, enrolled.rows, matrix, enrolled.qualities, renewed)
    for limit in (1, 2, 3, 4):
        found = screened_anchors(probe, here, limit, ())
        assert found is not None
        assert [place for place, _ in found] == alike[:limit]
        assert len({score for _, score in found}) == 1
        assert found == best_anchors(here.cosines(probe), here, limit, ())


def test_references_too_close_together_are_left_to_a_look_at_all() -> None:
    chance = np.random.default_rng(3)
    matrix = _unit(chance, 1) + 1e-3 * _unit(chance, 64 * 4)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    assert screened_anchors(matrix[0], _enrolled(chance, matrix.astype(np.float32)), 5, ()) is None


def test_what_was_erased_is_in_no_copy() -> None:
    chance = np.random.default_rng(4)
    vectors = _unit(chance, 64 * 3)
    unmeasured = {"quality": 1.0, "fall_db": None, "band_db": None}
    rows = [{"anchor_number": n, "enrolment_number": n, **unmeasured} for n in range(len(vectors))]
    matrix = _Matrix(32, 64 * 4)
    matrix.add(rows, vectors)  # type: ignore[arg-type]
    matrix._screen = before = Screen().extended(matrix.vectors[: matrix.count])
    assert before.shortlist(vectors[100]).limits.max() > 0.99
    matrix.remove(100)
    assert matrix._screen.shortlist(vectors[100]).limits.max() < 0.9
    assert matrix._screen.rows == before.rows


def test_a_screen_sent_away_arrives_empty() -> None:
    made = Screen().extended(_unit(np.random.default_rng(5), 128))
    assert pickle.loads(pickle.dumps(made)).rows == 0
