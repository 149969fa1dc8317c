"""A network under test is fed exactly what its spec says: checked with networks that answer their input's mean."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile

from anchorproof.engine import Engine
from anchorproof.errors import ModelUnavailable
from anchorproof.settings import Settings
from benchmarks.demo.clips import astronaut
from benchmarks.runs.cases import Case
from benchmarks.systems.onnx_file import OnnxFile, OnnxTask
from benchmarks.systems.onnx_spec import read_spec
from tests.unit.benchmarks.systems.tiny_onnx import write_mean

BLUE, GREEN, RED = 10, 100, 200


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(Settings(data_dir=tmp_path_factory.mktemp("data")))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "plain.png"
    cv2.imwrite(str(path), np.full((64, 96, 3), (BLUE, GREEN, RED), np.uint8))
    return path


def _spec(folder: Path, **more: object) -> Path:
    """A network that answers each channel's mean, ``(n, 3)``."""
    write_mean(folder / "mean.onnx", ["n", 3, 8, 8], [2, 3], keep=False)
    content: dict[str, object] = {
        "model": "mean.onnx",
        "higher_means": "spoof",
        "input": {"takes": "frame", "width_px": 8, "height_px": 8, "scale": 1.0},
    }
    for key, value in more.items():
        content[key] = content[key] | value if isinstance(value, dict) and key in content else value
    path = folder / "spec.json"
    path.write_text(json.dumps(content))
    return path


def _score(spec: Path, media: Path, engine: Engine) -> dict[str, object]:
    return OnnxTask(read_spec(spec), media).run(engine, lambda _: None)


@pytest.mark.parametrize(("index", "value"), [(0, RED), (1, GREEN), (2, BLUE)])
def test_pictures_are_rgb_and_the_index_picks_the_output(
    tmp_path: Path, picture: Path, engine: Engine, index: int, value: int
) -> None:
    assert _score(_spec(tmp_path, output={"index": index}), picture, engine)["score"] == pytest.approx(value, abs=1.5)


def test_bgr_scale_mean_and_std(tmp_path: Path, picture: Path, engine: Engine) -> None:
    spec = _spec(tmp_path, input={"color": "bgr", "scale": 0.1, "mean": [0.5, 0.0, 0.0], "std": [2.0, 1.0, 1.0]})
    assert _score(spec, picture, engine)["score"] == pytest.approx((BLUE * 0.1 - 0.5) / 2, abs=0.1)


def test_minus_sign_and_llr(tmp_path: Path, picture: Path, engine: Engine) -> None:
    spec = _spec(tmp_path, output={"index": 0, "minus": 1, "slope": 0.01, "offset": -0.5}, higher_means="bona_fide")
    answer = _score(spec, picture, engine)
    assert answer["score"] == pytest.approx(-(RED - GREEN), abs=2)  # turned: larger is more spoof
    assert answer["llr"] == pytest.approx(-(0.01 * (RED - GREEN) - 0.5), abs=0.02)


def test_channels_last(tmp_path: Path, picture: Path, engine: Engine) -> None:
    spec = _spec(tmp_path, input={"layout": "nhwc"}, model="last.onnx")
    write_mean(tmp_path / "last.onnx", ["n", 8, 8, 3], [1, 2], keep=False)
    assert _score(spec, picture, engine)["score"] == pytest.approx(RED, abs=1.5)


def test_a_network_that_takes_one_picture_at_a_time(tmp_path: Path, picture: Path, engine: Engine) -> None:
    spec = _spec(tmp_path, batch=False, model="one.onnx")
    write_mean(tmp_path / "one.onnx", [1, 3, 8, 8], [2, 3], keep=False)
    assert _score(spec, picture, engine)["score"] == pytest.approx(RED, abs=1.5)


def test_faces_and_their_absence(tmp_path: Path, picture: Path, engine: Engine) -> None:
    spec = _spec(tmp_path, input={"takes": "face"})
    portrait = tmp_path / "portrait.png"
    cv2.imwrite(str(portrait), cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR))
    score = _score(spec, portrait, engine)["score"]
    assert isinstance(score, float)
    assert 60 < score < 240
    assert _score(spec, picture, engine)["reason"] == "NO_FACE"


@pytest.mark.parametrize(("pad", "expected"), [("repeat", 0.25), ("zero", 0.125)])
@pytest.mark.parametrize("rank", [2, 3])
def test_sound_is_resampled_and_filled(tmp_path: Path, engine: Engine, pad: str, expected: float, rank: int) -> None:
    soundfile.write(tmp_path / "steady.wav", np.full(8000, 0.25, np.float32), 8000)  # 1 s; the network wants 2 s
    given = {"takes": "audio", "sample_rate_hz": 16000, "samples": 32000, "pad": pad, "rank": rank}
    shape = ["n", 32000] if rank == 2 else ["n", 1, 32000]
    write_mean(tmp_path / "sound.onnx", shape, [rank - 1], keep=True)
    spec = _spec(tmp_path, input=given, model="sound.onnx")
    assert _score(spec, tmp_path / "steady.wav", engine)["score"] == pytest.approx(expected, abs=0.01)


def test_no_sound_and_no_media_are_reasons(tmp_path: Path, picture: Path, engine: Engine) -> None:
    write_mean(tmp_path / "sound.onnx", ["n", 100], [1], keep=True)
    spec = _spec(tmp_path, input={"takes": "audio", "samples": 100}, model="sound.onnx")
    assert _score(spec, picture, engine)["reason"] == "NO_SOUND"
    (tmp_path / "text.mp4").write_text("no media")
    assert _score(spec, tmp_path / "text.mp4", engine)["reason"] == "CLIP_UNREADABLE"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"input": {"takes": "smell"}}, "smell"),
        ({"input": {"colour": "rgb"}}, "colour"),
        ({"input": {"layout": "chw"}}, "input.layout must be one of"),
        ({"input": {"frames": 0}}, "at least 1"),
        ({"higher_means": "same_source"}, "not understood: higher_means"),
        ({"speed": 3}, "not understood: speed"),
        ({"model": "other.onnx"}, "other.onnx is not in its folder"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(tmp_path: Path, more: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_spec(_spec(tmp_path, **more))


def test_toml_reads_the_same(tmp_path: Path) -> None:
    as_json = read_spec(_spec(tmp_path))
    text = 'model = "mean.onnx"\nhigher_means = "spoof"\n[input]\ntakes = "frame"\n'
    text += "width_px = 8\nheight_px = 8\nscale = 1.0\n"
    (tmp_path / "spec.toml").write_text(text)
    assert read_spec(tmp_path / "spec.toml") == as_json


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    spec = _spec(tmp_path)
    (tmp_path / "mean.onnx").write_bytes(b"no network")
    with pytest.raises(ModelUnavailable):
        OnnxFile("x", spec)


def test_its_results_name_the_file_and_no_path(tmp_path: Path, engine: Engine) -> None:
    system = OnnxFile("mine", _spec(tmp_path))
    about = json.dumps(system.about(engine))
    assert "mean.onnx" in about
    assert str(tmp_path) not in about
    with pytest.raises(ValueError, match="does not answer face-verification"):
        system.check("face-verification")
    unit = system.units(Case(0, "a", "spoof", tmp_path / "a.png"))[0]
    assert unit.paths == (tmp_path / "a.png",)
