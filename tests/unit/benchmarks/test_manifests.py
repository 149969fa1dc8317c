"""Which rows a protocol applies to, and what is true of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.manifests import Protocol, Row, applicable, read_manifest, read_trials, spread

HEADER = "id,path,modality,label,fake_type,generator,source_repo,notes\n"


def _row(modality: str, label: str = "bonafide", fake_type: str = "none", notes: str = "") -> Row:
    columns = {"modality": modality, "label": label, "fake_type": fake_type, "notes": notes, "generator": "G"}
    return Row("r", Path("r.mp4"), columns)


def test_paths_are_relative_to_the_manifests_folder(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("\ufeff" + HEADER + 'a,files/a b.mp4,av,fake,tts,G,repo,"x, y"\n', encoding="utf-8")
    (row,) = read_manifest(tmp_path / "m.csv")
    assert row.row_id == "a"
    assert row.path == tmp_path / "files" / "a b.mp4"
    assert row.columns["notes"] == "x, y"


def test_a_manifest_without_paths_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("id,label\n")
    with pytest.raises(ValueError, match=r"lacks the columns \['path'\]"):
        read_manifest(tmp_path / "m.csv")


@pytest.mark.parametrize(
    ("protocol", "kept"),
    [
        (Protocol.VISUAL, ["av", "video", "image"]),
        (Protocol.AUDIO, ["av", "audio"]),
        (Protocol.VERDICT, ["av", "video", "audio"]),
    ],
)
def test_a_protocol_applies_to_its_modalities(protocol: Protocol, kept: list[str]) -> None:
    rows = [_row(modality) for modality in ("av", "video", "audio", "image")]
    assert [row.modality for row in applicable(rows, protocol)] == kept


def test_a_row_without_modality_goes_by_its_file() -> None:
    assert Row("a", Path("a.FLAC"), {}).modality == "audio"
    assert Row("a", Path("a.jpg"), {}).modality == "image"
    assert Row("a", Path("a.webm"), {"modality": ""}).modality == "av"


@pytest.mark.parametrize(
    ("row", "protocol", "truth"),
    [
        (_row("av", "fake", "talkinghead"), Protocol.VISUAL, True),
        (_row("av", "fake", "talkinghead"), Protocol.AUDIO, None),
        (_row("av", "fake", "talkinghead"), Protocol.VERDICT, True),
        (_row("av", "fake", "lipsync"), Protocol.AUDIO, None),
        (_row("av", "fake", "faceswap"), Protocol.AUDIO, None),
        (_row("av", "fake", "tts", "audio_only_fake=1"), Protocol.VISUAL, False),
        (_row("av", "fake", "tts", "audio_only_fake=1"), Protocol.AUDIO, True),
        (_row("av", "fake", "tts", "audio_only_fake=1"), Protocol.VERDICT, True),
        (_row("av", "fake", "tts"), Protocol.VISUAL, None),
        (_row("audio", "fake", "vocoder"), Protocol.AUDIO, True),
        (_row("av"), Protocol.VISUAL, False),
        (_row("av"), Protocol.AUDIO, False),
        (_row("av", ""), Protocol.VERDICT, None),
    ],
)
def test_the_truth_is_that_of_the_part_that_is_measured(row: Row, protocol: Protocol, truth: bool | None) -> None:
    assert row.is_spoof(protocol) is truth


def test_groups_are_generators_of_spoofs_and_sources_of_the_rest() -> None:
    spoof = Row("a", Path("a"), {"label": "fake", "generator": "VITS", "source_repo": "x/y"})
    genuine = Row("b", Path("b"), {"label": "bonafide", "generator": "none", "source_repo": "x/y"})
    assert (spoof.group, genuine.group) == ("generator VITS", "source x/y")


def test_a_sample_is_spread_over_both_labels_and_keeps_the_order() -> None:
    rows = [Row(str(k), Path("x"), {"label": "fake" if k < 30 else "bonafide"}) for k in range(120)]
    chosen = [int(row.row_id) for row in spread(rows, 12)]
    assert chosen == sorted(chosen)
    assert sum(k < 30 for k in chosen) == 3
    assert sum(k >= 30 for k in chosen) == 9
    assert spread(rows, 12) == spread(rows, 12)
    assert spread(rows, 500) == rows


def test_trials_may_have_more_columns_and_no_truth(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("fold,id1,id2,path1,path2,same\n1,a,b,x/a.jpg,x/b.jpg,1\n1,a,c,x/a.jpg,c.jpg,\n")
    first, second = read_trials(tmp_path / "t.csv", tmp_path / "media")
    assert first.first == tmp_path / "media" / "x" / "a.jpg"
    assert first.is_same is True
    assert second.is_same is None


def test_a_truth_that_is_no_truth_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id1,id2,path1,path2,same\na,b,a.jpg,b.jpg,yes\n")
    with pytest.raises(ValueError, match="same must be 0, 1 or empty; got 'yes'"):
        read_trials(tmp_path / "t.csv", tmp_path)
