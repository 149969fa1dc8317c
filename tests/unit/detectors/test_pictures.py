"""Any picture classifier through the manifest alone: input, direction and output, with tiny networks made here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anchorproof.detectors import visual
from anchorproof.detectors.pictures import PICTURE_CLASSIFIER, PictureInput, ScoreOutput
from anchorproof.errors import ModelUnavailable
from anchorproof.runtime import Model, ModelStore
from anchorproof.types import Box, FaceObservation, FaceTrack, HigherMeans, RawScore
from anchorproof.user_models import ModelWish, add, choose
from tests.tiny_networks import mean_of_channels

PARAMETERS = {**PICTURE_CLASSIFIER["parameters"], "side_px": 16, "mean": 0, "scale": 1, "output_kind": "score"}
Adder = Callable[..., Model]


def seen(red: int, green: int = 0, time_s: float = 0.0) -> FaceObservation:
    """A crop and an aligned face of one colour each; the aligned face has the colours swapped."""
    crop, aligned = np.zeros((224, 224, 3), np.uint8), np.zeros((112, 112, 3), np.uint8)
    crop[..., 0], crop[..., 1] = red, green
    aligned[..., 0], aligned[..., 1] = green, red
    return FaceObservation(time_s, Box(0, 0, 80, 100), np.zeros((5, 2), np.float32), 1.0, 1.0, aligned, crop)


def track(reds: list[int]) -> FaceTrack:
    return FaceTrack("face-1", tuple(seen(red, time_s=0.25 * index) for index, red in enumerate(reds)))


@pytest.fixture
def added(tmp_path: Path) -> Adder:
    """Adds the tiny network as a user would, and loads it."""

    def make(parameters: Mapping[str, Any] | None = None, **network: Any) -> Model:
        path = tmp_path / "tiny.onnx"
        path.write_bytes(mean_of_channels(**network))
        values = PARAMETERS | dict(parameters or {})
        add(tmp_path / "models", path, ModelWish("picture-classifier", "tiny-1", parameters=values))
        return ModelStore(tmp_path / "models").load("tiny-1")

    return make


def scored(model: Model, reds: list[int]) -> RawScore:
    found = visual.score([track(reds)], model)
    assert isinstance(found, RawScore)
    return found


def test_a_clip_scores_the_mean_of_its_pictures(added: Adder) -> None:
    found = scored(added(), [10, 20, 30, 40, 50, 60])
    assert found.score == pytest.approx(35.0, abs=0.01)
    assert [segment.score for segment in found.segments] == pytest.approx([25.0, 55.0], abs=0.01)


def test_the_output_named_and_the_class_meant_are_read(added: Adder) -> None:
    assert scored(added({"output": "means", "output_index": 1}), [90] * 6).score == pytest.approx(0.0)


def test_channels_layout_and_normalisation_are_the_manifests(added: Adder) -> None:
    model = added(
        {"channels": "bgr", "layout": "nhwc", "mean": [0, 0, 10], "scale": 2, "output_index": 2}, layout="nhwc"
    )
    assert scored(model, [90] * 6).score == pytest.approx((90 - 10) / 2)


def test_a_network_for_one_picture_at_a_time_is_fed_one_at_a_time(added: Adder) -> None:
    assert scored(added({"batch": 1}, batch=1), [10, 20, 30, 40, 50]).score == pytest.approx(30.0, abs=0.01)


def test_a_network_for_whole_batches_gets_the_last_one_filled(added: Adder) -> None:
    assert scored(added({"batch": 4}, batch=4), [10, 20, 30, 40, 50]).score == pytest.approx(30.0, abs=0.01)


def test_aligned_faces_are_used_where_the_manifest_says_so(added: Adder) -> None:
    assert scored(added({"picture": "aligned", "output_index": 1}), [70] * 5).score == pytest.approx(70.0)


def test_a_margin_cuts_the_inside_of_the_crop() -> None:
    framed = seen(200)
    framed.crop[:40], framed.crop[-40:], framed.crop[:, :40], framed.crop[:, -40:] = 0, 0, 0, 0
    tight = PictureInput.of(PARAMETERS | {"margin": 1.0}).tensor([framed])
    assert tight[0, 0].min() == pytest.approx(200.0)
    assert PictureInput.of(PARAMETERS).tensor([framed])[0, 0].min() == 0.0


def test_logits_and_probabilities_become_log_odds() -> None:
    logits = np.array([[1.0, 3.0, 0.0]])
    share = np.exp(3) / np.exp(logits).sum()
    expected = np.log(share / (1 - share))
    assert ScoreOutput("", 1, "logits").read({"y": logits}, 1)[0] == pytest.approx(expected)
    assert ScoreOutput("", 0, "probability").read({"y": np.array([[share]])}, 1)[0] == pytest.approx(expected)
    assert np.isfinite(ScoreOutput("", 0, "probability").read({"y": np.array([[1.0]])}, 1)[0])


def test_the_direction_is_the_manifests(tmp_path: Path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(mean_of_channels())
    wish = ModelWish("picture-classifier", "tiny-1", parameters=PARAMETERS, higher_means=HigherMeans.BONA_FIDE)
    assert add(tmp_path / "models", path, wish).higher_means is HigherMeans.BONA_FIDE
    choose(tmp_path / "models", "tiny-1", "visual_detector")
    assert ModelStore(tmp_path / "models").default("visual_detector").higher_means is HigherMeans.BONA_FIDE


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"side_px": 32}, "refused its input"),
        ({"output": "verdict"}, "no output 'verdict'"),
        ({"output_index": 3}, "none at 3"),
        ({"picture": "whole"}, "crop or aligned"),
        ({"margin": 2.5}, "1 to 1.6"),
        ({"mean": [1, 2]}, "misstate"),
        ({"scale": 0}, "not 0"),
        ({"output_kind": "verdict"}, "score, probability or logits"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused_and_leaves_nothing(
    added: Adder, tmp_path: Path, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelUnavailable, match=message):
        added(parameters, side_px=16)
    assert not list((tmp_path / "models").glob("*.onnx"))


def test_an_output_without_one_row_per_picture_is_refused(added: Adder) -> None:
    with pytest.raises(ModelUnavailable, match="one row per picture"):
        added(over_batch=True)


def test_a_network_that_answers_no_number_is_refused(added: Adder) -> None:
    with pytest.raises(ModelUnavailable, match="no number"):
        added({"mean": 300}, operator="ReduceLogSum")  # log of a negative sum


def test_stretches_do_not_change_the_mean(added: Adder) -> None:
    model = added()
    long = [int(level) for level in np.linspace(0, 250, 70)]
    found = visual.score([track(long)], model)
    assert isinstance(found, RawScore)
    assert found.score == pytest.approx(np.mean(long), abs=0.05)
    assert replace(found, segments=()).score == found.score
