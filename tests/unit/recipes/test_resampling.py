import numpy as np
import pytest

from models.build.visual.resampling import ENLARGED_BY, Resampler, draw_resampler


def _picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (64, 48, 3)).astype(np.uint8)


@pytest.mark.parametrize("by", ENLARGED_BY)
def test_detail_is_lost_and_brightness_stays(by: str) -> None:
    kernel = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 16
    made = Resampler(0.5, by, kernel).apply(_picture(), 1.0)
    assert made.shape == (64, 48, 3)
    assert abs(float(made.mean()) - float(_picture().mean())) < 3
    assert made.std() < 0.8 * _picture().std()


def test_at_no_strength_nothing_changes() -> None:
    made = draw_resampler(np.random.default_rng(1)).apply(_picture(), 0.0)
    assert np.array_equal(made, _picture().astype(np.float32))


def test_uneven_phases_leave_a_checkerboard_on_a_flat_picture() -> None:
    flat = np.full((64, 64, 3), 100, np.uint8)
    even = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 16
    uneven = even * np.random.default_rng(2).normal(1, 0.1, (4, 4)).astype(np.float32)
    inner = slice(8, -8), slice(8, -8)
    assert Resampler(0.5, "zeros", even).apply(flat, 1.0)[inner].std() < 0.01
    assert Resampler(0.5, "zeros", uneven * 4 / uneven.sum()).apply(flat, 1.0)[inner].std() > 0.3
