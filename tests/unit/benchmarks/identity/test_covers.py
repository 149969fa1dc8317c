"""Each cover is drawn where it belongs on the face, wherever the face lies in the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anchorproof.faces.align import TEMPLATE_112
from anchorproof.types import Box, FaceObservation
from benchmarks.identity.covers import COVERS, _covered, _summed

EYES, MOUTH, BROW = TEMPLATE_112[:2].mean(axis=0), TEMPLATE_112[3:].mean(axis=0), np.array([56.0, 20.0])
HIDES = {
    "microphone at the chin": (MOUTH + np.array([0, 8]), BROW),
    "microphone over the mouth": (MOUTH, BROW),
    "mask": (MOUTH, BROW),
    "dark glasses": (TEMPLATE_112[0], MOUTH),
    "spectacles": (TEMPLATE_112[0] - np.array([15.5, 0]), MOUTH),
    "hand on the mouth": (MOUTH + np.array([8, 0]), EYES),
    "hand on one half": (TEMPLATE_112[1], TEMPLATE_112[0]),
    "caption over the chin": (np.array([56.0, 106.0]), EYES),
}


@pytest.mark.parametrize("name", COVERS)
def test_a_cover_hides_its_part_and_nothing_else(name: str) -> None:
    picture = np.full((200, 240, 3), 210, np.uint8)
    shift = np.array([70.0, 40.0], np.float32)
    aligned = np.full((112, 112, 3), 210, np.uint8)
    seen = FaceObservation(0.0, Box(80, 50, 170, 150), TEMPLATE_112 + shift, 1.0, 100.0, aligned, aligned)
    covered = _covered(picture, replace(seen), COVERS[name], np.random.default_rng(3))
    hidden, open_ = (np.round(point + shift).astype(int) for point in HIDES[name])
    assert np.abs(covered[open_[1], open_[0]].astype(int) - 210).max() <= 2
    changed = np.abs(covered.astype(int) - 210).max(axis=2)
    near = changed[hidden[1] - 3 : hidden[1] + 4, hidden[0] - 3 : hidden[0] + 4]
    assert near.max() > (3 if "hand" in name else 8)  # a hand has the colour of the skin
    assert changed[:20].max() == 0


def test_counts_are_of_those_that_are_not_recognised_any_more() -> None:
    found = _summed([(0.6, ""), (0.5, "FACE_COVERED"), (0.2, "FACE_COVERED"), (0.1, ""), (-1.0, "NO_FACE")])
    assert found == {
        "pictures": 5,
        "median_cosine": 0.2,
        "recognised": 0.4,
        "not_enrolled": 0.6,
        "not_recognised": 3,
        "of_these_not_enrolled": 2,
    }
