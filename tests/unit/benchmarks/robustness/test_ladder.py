"""The whole ladder on clips that a speech synthesiser makes here."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings
from benchmarks.demo.speech import SAMPLE_RATE_HZ, formant_voice
from benchmarks.manifests import Protocol
from benchmarks.robustness.ladder import Request, run
from benchmarks.robustness.rungs import LADDERS, REFERENCE
from benchmarks.robustness.tasks import hear
from benchmarks.steps import detect
from benchmarks.steps import load as load_engine

TEXT = "The minister said on Friday that the new bridge will open before the summer."


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spoken clip, a silent one, and rows that the audio ladder cannot take."""
    folder = tmp_path_factory.mktemp("ladder")
    speech = formant_voice(TEXT)
    soundfile.write(folder / "spoken.wav", speech[: 3 * SAMPLE_RATE_HZ], SAMPLE_RATE_HZ)
    soundfile.write(folder / "silent.wav", np.zeros(SAMPLE_RATE_HZ, np.float32), SAMPLE_RATE_HZ)
    lines = [
        "id,path,modality,label,fake_type,generator,source_repo",
        "spoken,spoken.wav,audio,fake,tts,espeak,here",
        "silent,silent.wav,audio,bonafide,,none,here",
        "again,spoken.wav,audio,fake,tts,espeak,here",
        "unknown,spoken.wav,audio,fake,lipsync,other,here",
        "gone,gone.wav,audio,bonafide,,none,here",
    ]
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "manifest.csv"


def scores(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (out / "scores.csv").open(encoding="utf-8", newline="") as file:
        return {(row["id"], row["rung"]): row for row in csv.DictReader(file)}


def test_every_clip_is_scored_on_every_rung_and_a_second_run_takes_it_over(manifest: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    request = Request(Protocol.AUDIO, manifest, tmp_path / "out", seconds=3.0)
    results = run(request, settings)
    assert list(results["rungs"]) == list(LADDERS[Protocol.AUDIO])
    found = scores(request.out)
    assert {row_id for row_id, _ in found} == {"spoken", "silent", "again"}
    spoken = [float(found["spoken", name]["score"]) for name in LADDERS[Protocol.AUDIO]]
    assert len(set(spoken)) == len(spoken)  # each rung changes the sound
    assert found["silent", REFERENCE]["reason"] == "NO_SPEECH"
    assert results["rungs"][REFERENCE]["not_scored"] == {"NO_SPEECH": 1}
    work = (request.out / "work.jsonl").read_bytes()
    assert run(request, settings) == results
    assert (request.out / "work.jsonl").read_bytes() == work
    assert json.loads((request.out / "robustness.json").read_text(encoding="utf-8")) == results


def test_a_table_gives_each_row_its_own_network(manifest: Path, tmp_path: Path) -> None:
    store = ModelStore()
    entry = store.default("audio_detector")
    (tmp_path / "fold.onnx").write_bytes((store.packaged_dir / entry.file).read_bytes())
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    settings = Settings(data_dir=tmp_path / "data")
    table = tmp_path / "models.csv"
    table.write_text("id,model\nspoken,fold.onnx\nagain,broken.onnx\n", encoding="utf-8")
    request = Request(Protocol.AUDIO, manifest, tmp_path / "out", seconds=2.0, models=table)
    results = run(request, settings)
    found = scores(request.out)
    assert {row_id for row_id, _ in found} == {"spoken", "again"}
    assert found["spoken", REFERENCE]["detector"] == "fold.onnx"
    assert found["spoken", REFERENCE]["score"]
    assert found["again", REFERENCE]["reason"] == "MODEL_UNAVAILABLE"
    assert results["networks"]["fold.onnx"] == entry.sha256


def test_sound_is_judged_as_the_service_judges_it(manifest: Path, tmp_path: Path) -> None:
    engine = load_engine(Settings(data_dir=tmp_path))
    clip = LADDERS[Protocol.AUDIO]["AAC 32 kbit/s"].make(manifest.parent / "spoken.wav", tmp_path, 0.0)
    ours, its = hear(clip, engine), detect(clip, Protocol.AUDIO, engine, lambda _: None)
    assert ours["score"] == pytest.approx(its["score"], abs=0.02)
    assert ours["decision"] == its["decision"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,file\nspoken,x.onnx\n", "columns id and model"),
        ("id,model\nspoken,x.onnx\n", "not there: x.onnx"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(content: str, message: str, manifest: Path, tmp_path: Path) -> None:
    table = tmp_path / "models.csv"
    table.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        run(Request(Protocol.AUDIO, manifest, tmp_path / "out", models=table), Settings(data_dir=tmp_path))


def test_a_protocol_without_rungs_is_refused(manifest: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the ladder is for"):
        run(Request(Protocol.VERDICT, manifest, tmp_path / "out"), Settings(data_dir=tmp_path))
