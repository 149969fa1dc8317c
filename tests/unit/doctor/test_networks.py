"""Networks that are damaged, not calibrated, or take their process with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorproof.doctor import networks
from anchorproof.doctor.findings import State
from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings
from anchorproof.user_models import ModelWish, add, choose
from tests.tiny_networks import mean_of_channels
from tests.unit.doctor.conftest import said

INPUT = {"side_px": 32, "batch": 1, "layout": "nhwc", "mean": 127.5, "scale": 127.5, "output_index": 1}


def test_what_comes_with_the_package_is_sound(settings: Settings) -> None:
    findings = list(networks.look_at_networks(settings))
    assert {finding.state for finding in findings} == {State.SOUND}
    assert {finding.check for finding in findings} == {"networks", "ONNX Runtime", "calibrations"}


def test_network_without_calibration_and_damaged_network_are_told_apart(settings: Settings, tmp_path: Path) -> None:
    models = settings.data_dir / "models"
    (tmp_path / "theirs.onnx").write_bytes(mean_of_channels(side_px=32, batch=1, layout="nhwc"))
    add(models, tmp_path / "theirs.onnx", ModelWish("picture-classifier", "theirs-1", parameters=INPUT))
    choose(models, "theirs-1", "visual_detector")
    findings = list(networks.look_at_networks(settings))
    assert said(findings, "networks")[0] is State.SOUND
    state, words = said(findings, "calibrations")
    assert (state, "theirs-1" in words) == (State.BROKEN, True)
    damaged = models / ModelStore(models).entry("theirs-1").file
    damaged.write_bytes(damaged.read_bytes()[:-1])
    state, words = said(networks.look_at_networks(settings), "networks")
    assert (state, "not the file the manifest describes" in words) == (State.BROKEN, True)


def test_process_that_ends_while_it_looks_is_a_finding(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "LOAD", "tests.worker_tasks:die_at_once")
    state, words = said(networks.look_at_networks(settings), "networks")
    assert (state, "ended" in words) == (State.BROKEN, True)
