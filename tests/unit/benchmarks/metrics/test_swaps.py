"""The tables of these tests must notice a swapped sign, a swapped label and another base: each is tried here once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import benchmarks.metrics.tandem as tandem
import calibration.metrics as base
from benchmarks.metrics.ranking import average_precision
from benchmarks.metrics.tandem import VerifierErrors, min_tdcf


def _table() -> None:
    """What must hold, all on hand-derived values: H1 at 4, 3, 1 and H2 at 2, 0, -1."""
    h1, h2 = [4.0, 3.0, 1.0], [2.0, 0.0, -1.0]
    assert base.auc(h1, h2) == pytest.approx(8 / 9)
    assert base.tpr_at_fpr(h1, h2, 0.0) == pytest.approx(2 / 3)
    assert average_precision(h1, h2) == pytest.approx((1 + 1 + 3 / 4) / 3)
    # LLR 1 is odds 10 : 1 (base 10): log2(1 + 1/10) bits for an H1 trial, as much for an H2 trial at -1.
    assert base.cllr([1.0], [-1.0]) == pytest.approx(0.13750352)
    assert base.act_dcf([1.0], [0.9], base.OperatingPoint(1 / 11)) == pytest.approx(0.0, abs=1e-9)
    # Spoof scores grow with spoof: one spoof of four passes, nobody is blocked.
    found = min_tdcf([4.0, 3.0, 2.0, 0.0], [1.0, 0.5, -1.0, -2.0], VerifierErrors(0.1, 0.2, 0.5))
    assert found == pytest.approx((0.11305 + 0.25 / 4) / (0.11305 + 0.25))


def _swap_sides(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda h1, h2, *weights: original(h2, h1, *weights)


def _turn_sign(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda h1, h2, *weights: original(-np.asarray(h1), -np.asarray(h2), *weights)


def _natural_logarithm(_: Callable[..., Any]) -> Callable[..., Any]:
    return lambda exponents: np.logaddexp(0.0, exponents) / np.log(2)


def test_the_table_holds() -> None:
    _table()


@pytest.mark.parametrize(
    ("module", "name", "mutate"),
    [
        (base, "_sides", _swap_sides),
        (base, "_sides", _turn_sign),
        (base, "_log2_one_plus_ten_to", _natural_logarithm),
        (tandem, "error_rates", _swap_sides),
        (tandem, "error_rates", _turn_sign),
    ],
    ids=["labels swapped", "sign turned", "natural logarithm", "spoof and bona fide swapped", "ASVspoof's sign"],
)
def test_a_swap_is_noticed(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, mutate: Any) -> None:
    monkeypatch.setattr(module, name, mutate(getattr(module, name)))
    with pytest.raises(AssertionError):
        _table()
