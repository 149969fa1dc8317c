"""Figures over several classes, against a table worked out by hand."""

from __future__ import annotations

import pytest
from sklearn.metrics import f1_score

from benchmarks.metrics.classes import accuracy, class_f1, confusion, macro_f1

#: A: 2 of 3 hit, once said wrongly; B: 1 of 2 hit, once said wrongly; "none" is no class.
PAIRS = [("A", "A"), ("A", "A"), ("A", "B"), ("B", "B"), ("B", "none"), ("C", "A")]


def test_f1_of_each_class_by_hand() -> None:
    assert class_f1(PAIRS) == pytest.approx({"A": 4 / 6, "B": 2 / 4, "C": 0.0})
    assert macro_f1(PAIRS) == pytest.approx((4 / 6 + 2 / 4) / 3)
    assert accuracy(PAIRS) == pytest.approx(0.5)


def test_macro_f1_agrees_with_scikit_learn() -> None:
    true, said = zip(*PAIRS, strict=True)
    expected = f1_score(true, said, labels=["A", "B", "C"], average="macro", zero_division=0)
    assert macro_f1(PAIRS) == pytest.approx(expected, abs=1e-12)


def test_confusion_keeps_truth_and_prediction_apart() -> None:
    assert confusion(PAIRS) == {"A": {"A": 2, "B": 1}, "B": {"B": 1, "none": 1}, "C": {"A": 1}}


@pytest.mark.parametrize("figure", [macro_f1, accuracy])
def test_no_cases_have_no_figure(figure: object) -> None:
    assert callable(figure)
    with pytest.raises(ValueError, match="no cases"):
        figure([])
