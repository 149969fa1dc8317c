"""``anchorproof footage`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.conftest import Shell
from tests.footage_samples import write_excerpt, write_programme


@pytest.fixture(scope="module")
def programmes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two programmes, one deeper inside, and a file that is no medium."""
    folder = tmp_path_factory.mktemp("programmes")
    write_programme(folder / "one.mp4", 1, seconds=9.0)
    (folder / "older").mkdir()
    write_programme(folder / "older" / "two.mp4", 2, seconds=9.0, with_sound=False)
    (folder / "notes.txt").write_text("not a medium")
    return folder


def test_footage_is_enrolled_found_and_erased(anchorproof: Shell, programmes: Path, tmp_path: Path) -> None:
    added = anchorproof("footage", "add", programmes, "--outlet", "Example News", "--retain")
    assert added.code == 0, added.stderr
    assert "two.mp4" in added.stdout
    assert "no sound to fingerprint" in added.stdout
    again = anchorproof("footage", "add", programmes)
    assert again.stdout.count("already enrolled") == 2

    clip = write_excerpt(tmp_path / "clip.mp4", 1, 2.0, 5.0)
    searched = anchorproof("footage", "search", clip, "--frames", tmp_path / "frames")
    assert searched.code == 0, searched.stderr
    assert "picture and sound are yours" in " ".join(searched.stdout.split())
    assert list((tmp_path / "frames").glob("*.jpg"))

    listed = [json.loads(line) for line in anchorproof("footage", "list", "--json").stdout.splitlines()]
    assert [item["title"] for item in listed] == ["two.mp4", "one.mp4"]
    programme_id = listed[1]["name"].removeprefix("programmes/")
    erased = anchorproof("footage", "delete", programme_id, "--yes")
    assert erased.code == 0, erased.stderr
    found = json.loads(anchorproof("footage", "search", clip, "--json").stdout)
    assert found["matches"] == []
    assert found["programmes"] == 1


def test_a_watched_folder_is_read_once(anchorproof: Shell, programmes: Path) -> None:
    first = anchorproof("footage", "watch", programmes, "--once")
    assert first.code == 0, first.stderr
    assert first.stdout.count("enrolled") == 2
    second = anchorproof("footage", "watch", programmes, "--once")
    assert (second.code, second.stdout) == (0, "")


def test_an_analysis_tells_what_the_archive_knows(anchorproof: Shell, programmes: Path, tmp_path: Path) -> None:
    assert anchorproof("footage", "add", programmes / "one.mp4").code == 0
    clip = write_excerpt(tmp_path / "revoiced.mp4", 1, 1.0, 7.0, sound_seed=40)
    report = json.loads(anchorproof("analyze", clip, "--json").stdout)
    assert report["footage"]["matches"][0]["outcome"] == "FOOTAGE_OUTCOME_OTHER_SOUND"
    assert "FOOTAGE_OTHER_SOUND" in {reason["code"] for reason in report["verdict"]["reasons"]}
    assert "A1" in {scenario["scenario"] for scenario in report["verdict"]["scenarios"]}
    (llr,) = (item["llr"] for item in report["evidence"] if item["source"] == "footage")
    assert llr > 0


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("footage", "add", "nowhere"), 2, "INVALID_ARGUMENT"),
        (("footage", "delete", "nowhere", "--yes"), 6, "PROGRAMME_NOT_FOUND"),
    ],
)
def test_mistakes_are_said(anchorproof: Shell, arguments: tuple[str, ...], code: int, reason: str) -> None:
    done = anchorproof(*arguments)
    assert (done.code, reason in done.stderr) == (code, True)
