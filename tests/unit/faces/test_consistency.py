from __future__ import annotations

import numpy as np
import pytest

from anchorproof.faces.consistency import _masked, consistency, inner_mask
from anchorproof.types import Modality, Span, Template


def _template(*vector: float) -> Template:
    unit = np.array(vector, np.float32)
    return Template(Modality.FACE, "m", unit / np.linalg.norm(unit), 50.0, Span(0, 0))


def test_steady_face_is_more_consistent_than_one_that_wavers() -> None:
    steady = consistency([_template(1, 0.05 * step, 0) for step in range(6)])
    wavering = consistency([_template(1, (-1) ** step, 0) for step in range(6)])
    assert steady is not None
    assert wavering is not None
    assert steady > 0.98
    assert wavering == pytest.approx(np.sqrt(0.5), abs=1e-5)  # all lie 45 degrees off the mean


def test_two_pictures_say_nothing_about_wavering() -> None:
    assert consistency([_template(1, 0), _template(0, 1)]) is None


def test_masked_pictures_share_no_detail_and_keep_their_own() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (112, 112, 3)).astype(np.uint8)
    inner, outer = _masked(picture, is_inner=True), _masked(picture, is_inner=False)
    mask = inner_mask(112)
    deep, far = mask > 0.999, mask < 0.001
    assert (inner[deep].astype(int) - picture[deep]).max() <= 1
    assert np.abs(outer[far].astype(int) - picture[far]).max() <= 1
    assert inner[far].std(axis=0).max() <= 1
    assert outer[deep].std(axis=0).max() <= 1


def test_mask_covers_eyes_nose_and_mouth_but_not_the_corners() -> None:
    from anchorproof.faces.align import TEMPLATE_112

    mask = inner_mask(112)
    for x, y in TEMPLATE_112.round().astype(int):
        assert mask[y, x] > 0.8
    assert max(mask[0, 0], mask[0, -1], mask[5, 56]) < 0.01
