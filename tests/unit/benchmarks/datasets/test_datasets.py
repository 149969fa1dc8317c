"""Each adapter on a miniature tree with the official layout: what is there, whose it is, which is the spoof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.datasets.commands import app
from benchmarks.datasets.layout import LayoutProblem, look_at
from benchmarks.datasets.registry import DATASETS, dataset_at, named
from benchmarks.datasets.speech import AsvSpoof5, AsvSpoof2019, AsvSpoof2021
from benchmarks.manifests import Protocol, read_manifest, read_trials
from tests.unit.benchmarks.datasets.trees import MAKERS

RUN = CliRunner()


@pytest.fixture(params=sorted(MAKERS))
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / str(request.param)
    root.mkdir()
    MAKERS[str(request.param)](root)
    return root


def _labels(root: Path, split: str) -> dict[str, str]:
    return {row.row_id: row.columns.get("label", "") for row in dataset_at(root).rows(root, split)}


def _made(name: str, tmp_path: Path) -> Path:
    root = tmp_path / name
    root.mkdir()
    MAKERS[name](root)
    return root


def test_every_data_set_has_a_tree_to_test() -> None:
    assert {dataset.name for dataset in DATASETS} == set(MAKERS)


def test_a_tree_is_recognised_as_what_it_is_and_is_complete(tree: Path) -> None:
    dataset = dataset_at(tree)
    assert dataset.name == tree.name
    protocol = dataset.protocols[0]
    found = look_at(dataset, tree, dataset.splits[0], protocol)
    assert found.items > 0
    assert not found.missing
    result = RUN.invoke(app, ["check", str(tree), "--split", dataset.splits[0]])
    assert result.exit_code == 0, result.output
    assert dataset.title in result.output


def test_a_missing_file_is_named_and_fails_the_check(tree: Path) -> None:
    dataset = dataset_at(tree)
    media = [path for path in tree.rglob("*") if path.suffix in (".mp4", ".flac", ".wav", ".jpg")]
    for path in media:
        path.unlink()
    result = RUN.invoke(app, ["check", str(tree), "--split", dataset.splits[0]])
    assert result.exit_code == 1
    assert "missing:" in result.output


def test_a_missing_list_shows_the_expected_tree(tree: Path) -> None:
    dataset = dataset_at(tree)
    for path in tree.rglob("*"):
        if path.suffix in (".json", ".txt", ".csv", ".tsv"):
            path.unlink()
    with pytest.raises(LayoutProblem) as caught:
        look_at(dataset, tree, dataset.splits[0], dataset.protocols[0])
    assert "expected:" in str(caught.value)
    assert dataset.tree.strip().splitlines()[0].split()[0] in str(caught.value)


def test_a_split_that_does_not_exist_is_refused(tree: Path) -> None:
    dataset = dataset_at(tree)
    with pytest.raises(ValueError, match="no split 'nowhere'"):
        look_at(dataset, tree, "nowhere", dataset.protocols[0])


def test_an_unknown_folder_lists_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(LayoutProblem) as caught:
        dataset_at(tmp_path)
    assert all(dataset.title in str(caught.value) for dataset in DATASETS)
    with pytest.raises(LayoutProblem, match="does not exist"):
        dataset_at(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no data set is named 'x'"):
        named("x")


def test_a_manifest_that_was_written_reads_back(tree: Path, tmp_path: Path) -> None:
    dataset, out = dataset_at(tree), tmp_path / "out" / "m.csv"
    result = RUN.invoke(app, ["manifest", str(tree), "--out", str(out)])
    assert result.exit_code == 0, result.output
    rows = read_manifest(out)
    assert all(row.path.is_file() for row in rows)
    if dataset.protocols[0].endswith("verification"):
        trials = read_trials(out.with_name("m-trials.csv"), out.parent)
        assert [trial.is_same for trial in trials] == [True, False]
        assert all(trial.first.is_file() and trial.second.is_file() for trial in trials)
    else:
        wanted = dataset.rows(tree, dataset.splits[0])
        assert [(row.row_id, row.columns["label"]) for row in rows] == [
            (row.row_id, row.columns["label"]) for row in wanted
        ]


# --------------------------------------------------------------------------- which one is the spoof


def test_faceforensics_uses_each_pair_both_ways(tmp_path: Path) -> None:
    root = _made("faceforensics", tmp_path)
    assert _labels(root, "test") == {
        "original/953": "bonafide",
        "original/974": "bonafide",
        "Deepfakes/953_974": "fake",
        "Deepfakes/974_953": "fake",
        "Face2Face/953_974": "fake",
        "Face2Face/974_953": "fake",
    }
    rows = dataset_at(root).rows(root, "test")
    assert {row.group for row in rows if row.columns["label"] == "fake"} == {
        "generator Deepfakes",
        "generator Face2Face",
    }


def test_celebdf_label_one_is_real(tmp_path: Path) -> None:
    root = _made("celebdf", tmp_path)
    assert _labels(root, "test") == {
        "YouTube-real/00170.mp4": "bonafide",
        "Celeb-real/id1_0007.mp4": "bonafide",
        "Celeb-synthesis/id1_id0_0007.mp4": "fake",
    }
    assert _labels(root, "train") == {
        "Celeb-real/id0_0000.mp4": "bonafide",
        "Celeb-synthesis/id0_id1_0000.mp4": "fake",
    }


def test_celebdf_list_with_swapped_labels_is_refused(tmp_path: Path) -> None:
    root = _made("celebdf", tmp_path)
    listing = root / "List_of_testing_videos.txt"
    listing.write_text(listing.read_text().replace("1 Celeb", "0 Celeb"))
    with pytest.raises(LayoutProblem, match="against its folder"):
        dataset_at(root).rows(root, "test")


def test_dfdc_reads_both_kinds_of_metadata(tmp_path: Path) -> None:
    root = _made("dfdc", tmp_path)
    assert _labels(root, "train") == {
        "dfdc_train_part_0/owxbbpjpch.mp4": "fake",
        "dfdc_train_part_0/wynotylpnm.mp4": "bonafide",
    }
    assert _labels(root, "test") == {"test/aalscayrfi.mp4": "fake", "test/aaqaifqrwn.mp4": "bonafide"}
    rows = dataset_at(root).rows(root, "train")
    assert {row.columns["source_repo"] for row in rows} == {"wynotylpnm.mp4"}


def test_fakeavceleb_knows_picture_and_sound_apart(tmp_path: Path) -> None:
    root = _made("fakeavceleb", tmp_path)
    truths = [
        tuple(row.is_spoof(protocol) for protocol in (Protocol.VERDICT, Protocol.VISUAL, Protocol.AUDIO))
        for row in dataset_at(root).rows(root, "all")
    ]
    assert truths == [(False, False, False), (True, False, True), (True, True, False), (True, True, True)]


def test_avdeepfake1m_knows_picture_sound_and_stretches(tmp_path: Path) -> None:
    root = _made("avdeepfake1m", tmp_path)
    rows = dataset_at(root).rows(root, "val")
    assert [row.is_spoof(Protocol.VISUAL) for row in rows] == [False, True, False, True]
    assert [row.is_spoof(Protocol.AUDIO) for row in rows] == [False, False, True, True]
    assert json.loads(rows[3].columns["segments"]) == [[1.0, 1.5], [3.0, 3.2]]
    assert rows[0].columns["duration_s"] == "10.0"
    assert _labels(root, "test") == {"000000.mp4": ""}


def test_avdeepfake1m_also_reads_one_file_per_clip(tmp_path: Path) -> None:
    root = _made("avdeepfake1m", tmp_path)
    whole = _labels(root, "val")
    entries = json.loads((root / "val_metadata.json").read_text())
    (root / "val_metadata.json").unlink()
    for entry in entries:
        path = root / "val_metadata" / entry["file"].replace(".mp4", ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(entry))
    assert _labels(root, "val") == whole


@pytest.mark.parametrize("subset", ["train", "dev", "eval"])
def test_asvspoof2019_keys(tmp_path: Path, subset: str) -> None:
    labels = _labels(_made("asvspoof2019", tmp_path), f"LA-{subset}")
    assert {name[-7:]: label for name, label in labels.items()} == {"1138215": "bonafide", "2834763": "fake"}


def test_asvspoof2019_verifier_meets_at_its_eer(tmp_path: Path) -> None:
    errors = AsvSpoof2019().verifier(_made("asvspoof2019", tmp_path), "LA-eval")
    assert errors is not None
    assert (errors.miss, errors.false_alarm, errors.spoof_false_alarm) == (0.5, 0.5, 1.0)
    assert AsvSpoof2019().verifier(tmp_path, "LA-eval") is None


def test_asvspoof2021_tasks_and_subsets(tmp_path: Path) -> None:
    root = _made("asvspoof2021", tmp_path)
    assert _labels(root, "LA-eval") == {"LA_E_9332881": "fake", "LA_E_6866159": "bonafide"}
    assert _labels(root, "LA-progress") == {"LA_E_1111111": "bonafide"}
    assert _labels(root, "DF-eval") == {"DF_E_2000013": "fake", "DF_E_2000026": "bonafide"}
    assert _labels(root, "PA-eval") == {"PA_E_1000001": "fake", "PA_E_1000003": "bonafide"}
    generators = {row.generator for row in dataset_at(root).rows(root, "DF-eval")}
    assert generators == {"Task1-team20", "none"}


def test_asvspoof2021_verifier_joins_scores_and_keys(tmp_path: Path) -> None:
    errors = AsvSpoof2021().verifier(_made("asvspoof2021", tmp_path), "LA-eval")
    assert errors is not None
    assert (errors.miss, errors.false_alarm, errors.spoof_false_alarm) == (0.0, 0.0, 1.0)


def test_asvspoof5_both_tracks(tmp_path: Path) -> None:
    root = _made("asvspoof5", tmp_path)
    assert _labels(root, "eval") == {"E_0000000000": "fake", "E_0000000001": "bonafide"}
    trials = dataset_at(root).sasv_trials(root, "dev")
    assert [trial.key for trial in trials] == ["target", "nontarget", "spoof"]
    assert [path.name for path in trials[0].enrolment] == ["D_A0000000022.flac", "D_A0000000023.flac"]
    assert not look_at(dataset_at(root), root, "dev", "sasv").missing
    assert AsvSpoof5().verifier(root, "dev") is None


def test_asvspoof5_without_enrolment_is_refused(tmp_path: Path) -> None:
    root = _made("asvspoof5", tmp_path)
    (root / "ASVspoof5_protocols/ASVspoof5.dev.track_2.enroll.tsv").write_text("D_1 D_A0000000022\n")
    with pytest.raises(LayoutProblem, match="D_4851 has no enrolment"):
        dataset_at(root).sasv_trials(root, "dev")


def test_a_key_that_is_neither_is_refused(tmp_path: Path) -> None:
    root = _made("inthewild", tmp_path)
    (root / "release_in_the_wild/meta.csv").write_text("file,speaker,label\n0.wav,A,bonafide\n")
    with pytest.raises(LayoutProblem, match="must be 'bona-fide' or 'spoof'; got 'bonafide'"):
        dataset_at(root).rows(root, "all")


def test_a_line_with_too_few_fields_is_refused(tmp_path: Path) -> None:
    root = _made("asvspoof5", tmp_path)
    (root / "ASVspoof5_protocols/ASVspoof5.eval.track_1.tsv").write_text("E_1 E_2 F bonafide\n")
    with pytest.raises(LayoutProblem, match="line 1: 10 fields expected, got 4"):
        dataset_at(root).rows(root, "eval")


def test_lfw_pairs_of_one_and_of_two_people(tmp_path: Path) -> None:
    root = _made("lfw", tmp_path)
    same, different = dataset_at(root).trials(root, "view2")
    assert (same.first_id, same.second_id) == ("Abel_Pacheco/Abel_Pacheco_0001", "Abel_Pacheco/Abel_Pacheco_0004")
    assert same.is_same is True
    assert different.second_id == "Dean_Barker/Dean_Barker_0001"
    assert different.is_same is False


def test_voxceleb_one_is_same(tmp_path: Path) -> None:
    root = _made("voxceleb1", tmp_path)
    assert [trial.is_same for trial in dataset_at(root).trials(root, "O-cleaned")] == [True, False]


def test_a_manifests_splits_are_its_own(tmp_path: Path) -> None:
    root = _made("manifest", tmp_path)
    assert _labels(root, "all") == {"a": "fake", "b": "bonafide"}
    assert _labels(root, "test") == {"a": "fake"}
    assert dataset_at(root / "manifest.csv").rows(root / "manifest.csv", "train")[0].row_id == "b"
