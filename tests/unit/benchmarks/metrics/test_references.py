"""Agreement with public implementations to 1e-6: scikit-learn everywhere, ``lir`` where it is installed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

from benchmarks.metrics.confidence import brier
from benchmarks.metrics.ranking import average_precision, pauc
from calibration.metrics import auc, cllr, cllr_min, eer, posterior, tpr_at_fpr

CLOSE = 1e-6


def _trials(seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    """LLR-like scores of 80 H1 and 150 H2 trials; rounded ones have many ties."""
    rng = np.random.default_rng(seed)
    h1, h2 = rng.normal(0.7, 1.0, 80), rng.normal(-0.6, 1.2, 150)
    return (h1.round(1), h2.round(1)) if ties else (h1, h2)


def _flat(h1: np.ndarray, h2: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat([1, 0], [len(h1), len(h2)]), np.concatenate([h1, h2])


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ranking_figures_agree_with_scikit_learn(seed: int, ties: bool) -> None:
    h1, h2 = _trials(seed, ties)
    truth, scores = _flat(h1, h2)
    assert auc(h1, h2) == pytest.approx(roc_auc_score(truth, scores), abs=CLOSE)
    assert average_precision(h1, h2) == pytest.approx(average_precision_score(truth, scores), abs=CLOSE)
    for reach in (0.01, 0.1, 0.37, 1.0):
        assert pauc(h1, h2, reach) == pytest.approx(roc_auc_score(truth, scores, max_fpr=reach), abs=CLOSE)
    fprs, tprs, _ = roc_curve(truth, scores, drop_intermediate=False)
    for reach in (0.01, 0.1, 0.5):
        assert tpr_at_fpr(h1, h2, reach) == pytest.approx(tprs[fprs <= reach].max(), abs=CLOSE)
    crossing = np.interp(0.0, fprs - (1 - tprs), fprs)
    assert eer(h1, h2) == pytest.approx(crossing, abs=CLOSE)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_brier_and_cllr_agree_with_scikit_learn(seed: int) -> None:
    h1, h2 = _trials(seed, ties=False)
    truth, llrs = _flat(h1, h2)
    mass = np.where(truth == 1, 0.5 / len(h1), 0.5 / len(h2))
    said = posterior(llrs, 0.5)
    assert brier(h1, h2) == pytest.approx(brier_score_loss(truth, said, sample_weight=mass), abs=CLOSE)
    assert cllr(h1, h2) == pytest.approx(log_loss(truth, said, sample_weight=mass) / math.log(2), abs=CLOSE)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cllr_agrees_with_lir(seed: int, ties: bool) -> None:
    metrics = pytest.importorskip("lir.metrics", reason="lir is installed by hand (pip install lir)")
    from lir.data.models import LLRData

    h1, h2 = _trials(seed, ties)
    truth, llrs = _flat(h1, h2)
    theirs = LLRData(features=llrs.reshape(-1, 1), labels=truth)
    assert cllr(h1, h2) == pytest.approx(metrics.cllr(theirs), abs=CLOSE)
    assert cllr_min(h1, h2) == pytest.approx(metrics.cllr_min(theirs), abs=CLOSE)
