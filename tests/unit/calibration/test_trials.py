"""Reading scored trials and holding out people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from calibration.trials import Trials, folds_of, read_detector_trials, read_identity_trials

DETECTOR_HEADER = "id,label,fake_type,generator,identity,source_repo,fold,duration_s,score\n"
IDENTITY_HEADER = "id1,id2,same,group1,group2,score\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "scores.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_detector_trials_cluster_spoofs_by_generator_and_bona_fide_by_source(tmp_path: Path) -> None:
    text = (
        "f1,fake,tts,VITS,p,repo1,,3,1.5\nb1,bonafide,none,none,q,repo1,,3,-0.5\nb2,bonafide,none,none,q,repo2,,3,0\n"
    )
    trials = read_detector_trials(_file(tmp_path, DETECTOR_HEADER + text))
    assert list(trials.is_h1) == [True, False, False]
    assert list(trials.scores) == [1.5, -0.5, 0.0]
    assert list(trials.clusters) == ["VITS", "repo1", "repo2"]
    assert list(trials.first) == list(trials.second) == ["repo1", "repo1", "repo2"]


def test_a_detectors_table_may_tell_the_materials_quality(tmp_path: Path) -> None:
    header = DETECTOR_HEADER.replace("score\n", "score,quality\n")
    text = "f1,fake,tts,G,p,r1,,3,1.5,0.5\nb1,bonafide,none,none,q,r2,,3,-0.5,1\n"
    found = read_detector_trials(_file(tmp_path, header + text)).quality
    assert found is not None
    assert list(found) == [0.5, 1.0]
    for cell in ("", "0", "-1"):
        with pytest.raises(ValueError, match="quality above 0"):
            read_detector_trials(_file(tmp_path, header + text.replace(",0.5\n", f",{cell}\n")))


def test_a_detectors_own_folds_are_what_is_held_out(tmp_path: Path) -> None:
    lines = [f"f{k},fake,tts,G{k},p,repo,{k},3,1\nb{k},bonafide,none,none,q,repo,{k},3,0\n" for k in range(3)]
    trials = read_detector_trials(_file(tmp_path, DETECTOR_HEADER + "".join(lines)))
    assert sorted(set(trials.first)) == ["0", "1", "2"]


def test_identity_trials_cluster_by_person_or_pair_of_people(tmp_path: Path) -> None:
    text = "a,b,1,ann,ann,0.9\na,c,0,ann,bob,0.1\nc,a,0,bob,ann,0.2\nd,e,0,,,0.0\n"
    trials = read_identity_trials(_file(tmp_path, IDENTITY_HEADER + text))
    assert list(trials.clusters[:3]) == ["ann", "ann|bob", "ann|bob"]
    assert trials.first[3] != trials.second[3]  # unnamed people are nobody else


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label,score\n", "lacks the columns"),
        (DETECTOR_HEADER + "f,spoof,tts,G,p,r,,3,1\n", "label must be fake or bonafide"),
        (DETECTOR_HEADER + "f,fake,tts,G,p,r,,3,\nb,bonafide,none,none,q,r,,3,0\n", "finite score"),
        (DETECTOR_HEADER + "f,fake,tts,G,p,r,,3,1\n", "both hypotheses"),
    ],
)
def test_unfit_files_are_refused_with_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_detector_trials(_file(tmp_path, text))


def test_folds_keep_both_sides_and_are_reproducible() -> None:
    names = np.array([f"repo{k // 5}" for k in range(200)])
    trials = Trials(np.arange(200.0), np.arange(200) % 100 < 30, names, names, names)
    folds = folds_of(trials, 5, seed=1)
    assert folds == folds_of(trials, 5, seed=1)
    for fold in range(5):
        here = np.array([folds[str(name)] == fold for name in names])
        assert 0 < (trials.is_h1 & here).sum() < 30
        assert 20 <= here.sum() <= 60


def test_few_names_are_held_out_one_by_one() -> None:
    names = np.array(["0", "1", "2"] * 4)
    trials = Trials(np.arange(12.0), np.arange(12) < 6, names, names, names)
    assert sorted(folds_of(trials, 2, seed=0).values()) == [0, 1, 2]
