"""FootageService on a real server: programmes in, clips found, everything erased."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from anchorproof.client import Client, ServiceError
from anchorproof.types import FootageOutcome
from tests.footage_samples import write_excerpt, write_programme
from tests.integration.conftest import Running, start_server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start_server(tmp_path_factory.mktemp("data")) as started:
        yield started


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    write_programme(folder / "one.mp4", 1)
    write_programme(folder / "two.mp4", 2)
    write_excerpt(folder / "taken.mp4", 1, 3.0, 6.0)
    write_excerpt(folder / "revoiced.mp4", 2, 2.0, 8.0, sound_seed=50)
    write_excerpt(folder / "foreign.mp4", 60, 0.0, 5.0)
    (folder / "text.mp4").write_text("this is no clip")
    return folder


@pytest.fixture(scope="module")
def client(running: Running, media: Path) -> Iterator[Client]:
    with Client(running.target) as made:
        made.enrol_programme(media / "one.mp4", title="Bulletin one", outlet="Example News")
        made.enrol_programme(media / "two.mp4", keep_references=True)
        yield made


def test_programmes_are_listed_in_order_and_shown(client: Client) -> None:
    one, two = client.programmes()
    assert (one.title, one.outlet, one.references_bytes) == ("Bulletin one", "Example News", 0)
    assert (two.title, two.pictures) == ("two.mp4", 24)
    assert two.references_bytes > 10_000
    assert client.get_programme(two.programme_id) == two


def test_enrolling_again_changes_nothing(client: Client, media: Path) -> None:
    programme, existed = client.enrol_programme(media / "one.mp4", title="another title")
    assert existed
    assert programme.title == "Bulletin one"


def test_a_clip_is_found_with_its_times(client: Client, media: Path) -> None:
    (match,) = client.search_footage(media / "taken.mp4").findings.matches
    assert (match.title, match.outcome, match.by_references) == ("Bulletin one", FootageOutcome.UNCHANGED, False)
    assert match.stretches[0].programme.start_s == pytest.approx(3.0, abs=0.5)
    assert match.stretches[0].programme.end_s == pytest.approx(9.0, abs=0.5)
    assert re.search(r"from 00:0[23]\.\d to 00:0[89]\.\d: picture and sound are yours", match.message)
    assert match.llr > 1


def test_a_repeat_is_named_beside_the_programme_it_repeats(client: Client, media: Path) -> None:
    repeat, _ = client.enrol_programme(write_excerpt(media / "repeat.mp4", 1, 2.0, 9.0), title="Night edition")
    try:
        (match,) = client.search_footage(media / "taken.mp4").findings.matches
        named = [copy for stretch in match.stretches for copy in stretch.copies]
        assert {match.title, *(copy.title for copy in named)} == {"Bulletin one", "Night edition"}
        begins = {copy.title: copy.programme.start_s for copy in named} | {
            match.title: match.stretches[0].programme.start_s
        }
        assert begins == {"Bulletin one": pytest.approx(3.0, abs=0.5), "Night edition": pytest.approx(1.0, abs=0.5)}
        assert match.outcome is FootageOutcome.UNCHANGED
        assert "; the same recording is in " in match.message
    finally:
        client.delete_programme(repeat.programme_id)


def test_another_voice_is_told_and_shown_beside_the_original(client: Client, media: Path) -> None:
    found = client.search_footage(media / "revoiced.mp4", with_pairs=True)
    (match,) = found.findings.matches
    assert match.outcome is FootageOutcome.OTHER_SOUND
    assert match.by_references
    assert max(second.outside for second in match.differences if second.outside is not None) < 0.3
    assert found.pairs
    assert found.pairs[0].jpeg.startswith(b"\xff\xd8")


def test_foreign_clips_are_not_found(client: Client, media: Path) -> None:
    findings = client.search_footage(media / "foreign.mp4").findings
    assert findings.matches == ()
    assert findings.programmes == 2


def test_errors_have_reasons(client: Client, media: Path) -> None:
    with pytest.raises(ServiceError) as unreadable:
        client.enrol_programme(media / "text.mp4")
    assert unreadable.value.reason == "CLIP_UNREADABLE"
    with pytest.raises(ServiceError) as missing:
        client.get_programme("nowhere")
    assert missing.value.reason == "PROGRAMME_NOT_FOUND"
    with pytest.raises(ServiceError) as deleted:
        client.delete_programme("nowhere")
    assert deleted.value.reason == "PROGRAMME_NOT_FOUND"


def test_a_deleted_programme_is_found_no_more_and_nothing_of_it_is_left(
    client: Client, running: Running, tmp_path: Path
) -> None:
    write_programme(tmp_path / "three.mp4", 3, seconds=8.0)
    write_excerpt(tmp_path / "clip.mp4", 3, 1.0, 5.0)
    programme, _ = client.enrol_programme(tmp_path / "three.mp4", title="Bulletin three", keep_references=True)
    assert client.search_footage(tmp_path / "clip.mp4").findings.matches[0].title == "Bulletin three"
    client.delete_programme(programme.programme_id)
    assert client.search_footage(tmp_path / "clip.mp4").findings.matches == ()
    files = [path for path in running.settings.data_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if b"Bulletin three" in path.read_bytes()]
    assert not [path for path in files if programme.programme_id in str(path)]
    assert running.spooled == []
