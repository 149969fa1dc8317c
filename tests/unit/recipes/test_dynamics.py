import numpy as np
import pytest

from models.build.visual.dynamics import FEWEST, dynamics, held_points
from tests.unit.recipes.faces import mesh


def _clip(openings: np.ndarray, lids: np.ndarray | None = None, noise: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(5)
    lids = np.full(len(openings), 0.1) if lids is None else lids
    rows = [mesh(float(opening), float(lid)) for opening, lid in zip(openings, lids, strict=True)]
    return np.stack(rows) + rng.normal(0, noise, (len(rows), 468, 3)).astype(np.float32)


def _measured(points: np.ndarray) -> dict[str, float]:
    found = dynamics(points)
    assert found is not None
    assert all(np.isfinite(value) for value in found.values())
    return found


def test_a_turned_moved_and_grown_head_is_held_still() -> None:
    base = _clip(np.full(30, 0.1)).astype(np.float64)
    turn = 0.2 * np.sin(np.arange(30) / 5)
    matrices = np.stack([[[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]] for a in turn])
    moved = np.einsum("npi,nij->npj", base - 80, matrices) * (1 + 0.1 * turn)[:, None, None] + 90
    held, poses = held_points(moved)
    assert np.abs(held - held[0]).max() < 1e-6
    assert np.ptp(poses[:, 2]) == pytest.approx(np.ptp(turn), rel=0.02)


def test_trembling_points_measure_more() -> None:
    openings = 0.1 + 0.05 * np.sin(np.arange(40) / 4)
    calm, restless = (_measured(_clip(openings, noise=noise)) for noise in (0.01, 1.0))
    assert restless["tremble of still points"] > calm["tremble of still points"] + 1
    assert restless["roughness of opening"] > calm["roughness of opening"]


def test_a_mouth_that_opens_has_a_range_and_one_that_does_not_has_none() -> None:
    talking = _measured(_clip(0.1 + 0.08 * np.sin(np.arange(40) / 2)))
    silent = _measured(_clip(np.full(40, 0.1)))
    assert talking["mouth: range"] > 0.1 > 10 * silent["mouth: range"]


def test_a_blink_is_seen() -> None:
    lids = np.full(40, 0.1)
    lids[20:23] = 0.01
    blinking, staring = _measured(_clip(np.full(40, 0.1), lids)), _measured(_clip(np.full(40, 0.1)))
    assert blinking["eyes: share shut"] == pytest.approx(3 / 40)
    assert staring["eyes: share shut"] == 0


def test_too_few_pictures_with_a_face_say_nothing() -> None:
    points = _clip(np.full(40, 0.1))
    points[FEWEST - 1 :] = np.nan
    assert dynamics(points) is None
