"""Clips scored by every detector: what a trial is made of, and that the committed ones are of the detectors in use."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from anchorproof.runtime import ModelStore
from calibration.joint_trials import read_tables, trials

CALIBRATION = Path(__file__).resolve().parents[3] / "calibration"
MANIFEST = (
    "id,modality,label,fake_type,generator,identity,source_repo\n"
    "real,av,bonafide,none,none,Ann,one\n"
    "dub,av,fake,tts,Voicer,Ann,one\n"
    "head,av,fake,talkinghead,Mover,Bob,two\n"
    "speech,audio,bonafide,none,none,Cid,three\n"
)
TABLES = {
    "visual": "id,score\nreal,-1.5\nhead,2.5\n",
    "audio": (
        "id,label,fake_type,score,quality\nreal,bonafide,none,-0.5,0.75\ndub,fake,tts,1.5,1\n"
        "speech,bonafide,none,-2.0,1\n"
    ),
    "sync": "id,fake_type,score\nreal,none,0.75\n",
}


def written(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def test_each_clip_takes_its_scores_from_the_detector_that_judged_it(tmp_path: Path) -> None:
    tables = read_tables(
        written(tmp_path / "manifest.csv", MANIFEST),
        {name: written(tmp_path / f"{name}.csv", content) for name, content in TABLES.items()},
        written(tmp_path / "made.csv", "id,score\nhead,3.25\n"),
    )
    found = {row["id"]: (row["kind"], row["visual"], row["audio"], row["sync"]) for row in trials(tables, seed=0)}
    assert found == {
        "real": ("genuine", "-1.5", "-0.5", "0.75"),
        "dub": ("dub", "-1.5", "1.5", ""),  # over the picture of the same person's genuine clip
        "head": ("made", "2.5", "3.25", ""),
    }
    assert [row["audio_quality"] for row in trials(tables, seed=0)] == ["0.75", "1", ""]


@pytest.mark.parametrize("source", ["visual", "audio", "sync"])
def test_the_committed_trials_hold_the_scores_of_the_detectors_in_use(source: str) -> None:
    model = ModelStore().default(f"{source}_detector").model_id
    scored = {row["id"]: row["score"] for row in rows(CALIBRATION / "scores" / f"{model}.csv") if is_as_it_came(row)}
    genuine = [row for row in rows(CALIBRATION / "joint" / "scores.csv") if row["kind"] == "genuine"]
    assert {row["id"]: row[source] for row in genuine if row[source]} == {
        row["id"]: scored[row["id"]] for row in genuine if row["id"] in scored
    }


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def is_as_it_came(row: Mapping[str, str]) -> bool:
    return row["fake_type"] in ("none", "")
