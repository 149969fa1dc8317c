"""Blends take the inner face and leave the rest; what tells spoofs apart is counted the right way round."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.identity.consistency import Seen, _blended, _mask, _placed, _told_apart


def test_a_blend_is_the_donor_inside_and_the_host_outside() -> None:
    chance = np.random.default_rng(0)
    mask = _mask(chance)
    host, donor = np.full((112, 112, 3), 90, np.uint8), np.full((112, 112, 3), 160, np.uint8)
    host[::2], donor[:, ::2] = 110, 200  # stripes across, stripes down
    blend = _blended(host, donor, mask)
    assert np.array_equal(blend[mask == 0], host[mask == 0])
    middle = blend[60:75, 50:62].astype(float)
    assert middle.std(axis=1).mean() > 5 * middle.std(axis=0).mean()  # the donor's stripes
    assert middle.mean() == pytest.approx(host[60:75, 50:62].mean(), abs=8)  # in the host's colours


def _seen(kind: str, source: str, value: float) -> Seen:
    return Seen(f"{kind} {source} {value}", kind, source, value, 0.5)


def test_lower_scores_of_spoofs_tell_them_apart() -> None:
    chance = np.random.default_rng(1)
    seen = [
        _seen(kind, f"source {number % 6}", float(chance.normal(0.9 if kind == "genuine" else 0.5, 0.05)))
        for kind in ("genuine", "blend")
        for number in range(36)
    ]
    found = _told_apart(seen, "blend", "consistency", 0)
    assert found["auc"] > 0.99
    assert found["cllr_left_out"] < 0.5
    assert (found["spoof"], found["genuine"], found["sources"]) == (36, 36, 6)
    placed = _placed(_seen("faceswap", "x", 2.0), seen)
    assert placed["consistency"] == {"score": 2.0, "genuine_below": 1.0}
