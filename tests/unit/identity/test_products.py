"""Inner products on one thread: right, the same wherever a row lies, and refused for what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.identity.products import products


@pytest.mark.parametrize("length", [1, 7, 128, 256, 512])
def test_products_agree_with_a_sum_in_double_precision(length: int) -> None:
    chance = np.random.default_rng(length)
    matrix, probe = (chance.standard_normal(shape).astype(np.float32) for shape in ((37, length), length))
    expected = matrix.astype(np.float64) @ probe.astype(np.float64)
    assert products(matrix, probe) == pytest.approx(expected, abs=2e-6 * length)


def test_equal_rows_have_equal_products_wherever_they_lie() -> None:
    chance = np.random.default_rng(1)
    row, probe = chance.standard_normal((2, 517)).astype(np.float32)
    for count in (1, 2, 5, 64, 101):
        assert len(set(products(np.tile(row, (count, 1)), probe).tolist())) == 1
    alone = float(products(row[None], probe)[0])
    assert float(products(np.stack([probe, row, probe]), probe)[1]) == alone


def test_rows_that_do_not_lie_together_are_read_right() -> None:
    chance = np.random.default_rng(2)
    matrix, probe = (chance.standard_normal(shape).astype(np.float32) for shape in ((40, 64), 32))
    assert products(matrix[::3, ::2], probe) == pytest.approx(matrix[::3, ::2] @ probe, abs=1e-4)
    assert products(matrix[:0, :32], probe).shape == (0,)


def test_what_differs_in_length_is_refused() -> None:
    with pytest.raises(ValueError, match="are needed"):
        products(np.zeros((3, 4), np.float32), np.zeros(5, np.float32))
