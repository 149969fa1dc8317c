"""The archive on disk: kept, found again, shared between processes, and erased without a trace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from anchorproof.errors import NotFound
from anchorproof.footage.prints import NO_PICTURES, NO_SOUNDS, Fingerprint, PicturePrint, SoundPrint
from anchorproof.footage.store import FootageStore, ProgrammeMaterial, Totals, file_key
from anchorproof.types import Span, Waveform
from tests.footage_samples import scenery


def _material(seed: int, count: int = 40, programme_id: str = "") -> ProgrammeMaterial:
    random = np.random.default_rng(seed)
    pictures = PicturePrint(
        np.arange(count, dtype=np.float32) / 2,
        random.integers(0, 256, (count, 32), dtype=np.uint8),
        random.integers(0, 256, (count, 32), dtype=np.uint8),
        random.random(count) < 0.1,
    )
    sounds = SoundPrint(random.integers(0, 2**32, 3 * count, dtype=np.uint32), 0.25)
    identity = programme_id or FootageStore.new_id()
    return ProgrammeMaterial(identity, f"{seed:064x}", count / 2, Fingerprint(pictures, sounds))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FootageStore]:
    with FootageStore(tmp_path / "footage.sqlite3", tmp_path / "references") as opened:
        yield opened


def _prints(store: FootageStore) -> dict[str, Fingerprint]:
    return store.searching(
        lambda index: {key: index.fingerprint(number) for number, key in enumerate(index.programme_ids)}
    )


def test_a_programme_comes_back_as_it_was(store: FootageStore) -> None:
    material = _material(1)
    added = store.add(material, "Bulletin of 8 May", "Example News")
    assert store.get(added.programme_id) == added
    assert (added.title, added.outlet, added.pictures, added.sound_items) == (
        "Bulletin of 8 May",
        "Example News",
        40,
        120,
    )
    found = _prints(store)[added.programme_id]
    for name in ("times_s", "hashes", "inner", "is_cut"):
        assert np.array_equal(getattr(found.pictures, name), getattr(material.fingerprint.pictures, name))
    assert np.array_equal(found.sounds.items, material.fingerprint.sounds.items)
    assert found.sounds.start_s == 0.25


def test_the_same_bytes_give_the_programme_they_gave_before(store: FootageStore) -> None:
    first = store.add(_material(1), "first")
    again = store.add(_material(1), "second")
    assert again == first
    assert store.find_media(first.media_sha256) == first
    assert store.totals() == Totals(1, 20.0, 0)


def test_a_programme_of_an_earlier_method_waits_until_its_file_is_enrolled_again(
    store: FootageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anchorproof.footage.store.METHOD", "an-earlier-method")
    old = store.add(_material(1), "Bulletin of 8 May")
    store.remember_file("key-of-a-file", old.programme_id)
    monkeypatch.undo()
    assert store.totals() == Totals(0, 0.0, 1)
    assert _prints(store) == {}
    assert store.find_media(old.media_sha256) is None
    assert not store.is_seen("key-of-a-file")
    again = store.add(_material(1))
    assert (again.title, store.totals()) == ("Bulletin of 8 May", Totals(1, 20.0, 0))
    assert set(_prints(store)) == {again.programme_id}
    with pytest.raises(NotFound):
        store.get(old.programme_id)


def test_pages_hold_every_programme_once(store: FootageStore) -> None:
    ids = [store.add(_material(seed)).programme_id for seed in range(5)]
    page, token = store.programmes(page_size=2)
    found = [programme.programme_id for programme in page]
    while token:
        page, token = store.programmes(page_size=2, page_token=token)
        found += [programme.programme_id for programme in page]
    assert found == ids


def test_what_another_store_adds_or_deletes_is_seen(store: FootageStore, tmp_path: Path) -> None:
    one = store.add(_material(1)).programme_id
    assert set(_prints(store)) == {one}
    with FootageStore(tmp_path / "footage.sqlite3", tmp_path / "references") as other:
        two = other.add(_material(2)).programme_id
        assert set(_prints(store)) == {one, two}
        other.delete(one)
        assert set(_prints(store)) == {two}


def test_deleting_leaves_nothing_in_any_file(store: FootageStore, tmp_path: Path) -> None:
    keep = store.add(_material(1), "the one that stays")
    material = _material(2)
    writer = store.references.writer(material.programme_id)
    writer.add_picture(0.0, scenery(2)(0.0))
    writer.add_sound(Waveform(np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32), 16_000))
    size = writer.finish()
    gone = store.add(
        ProgrammeMaterial(material.programme_id, material.media_sha256, 20.0, material.fingerprint, size),
        "SECRET-TITLE",
    )
    store.remember_file("key-of-a-file", gone.programme_id)
    traces = [
        b"SECRET-TITLE",
        gone.programme_id.encode(),
        gone.media_sha256.encode(),
        material.fingerprint.pictures.hashes[5].tobytes(),
        material.fingerprint.pictures.inner[5].tobytes(),
        material.fingerprint.sounds.items[20:24].astype("<u4").tobytes(),
        b"key-of-a-file",
    ]
    assert all(_is_anywhere(tmp_path, trace) for trace in traces)
    store.delete(gone.programme_id)
    assert not [trace for trace in traces if _is_anywhere(tmp_path, trace)]
    assert not list((tmp_path / "references").iterdir())
    assert store.get(keep.programme_id) == keep
    assert not store.is_seen("key-of-a-file")


def _is_anywhere(folder: Path, trace: bytes) -> bool:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return any(trace in path.read_bytes() for path in files) or any(trace in str(path).encode() for path in files)


def test_a_deletion_that_broke_off_is_finished_at_the_next_opening(tmp_path: Path) -> None:
    place, references = tmp_path / "footage.sqlite3", tmp_path / "references"
    with FootageStore(place, references) as store:
        material = _material(3)
        store.add(material)
        store._rewrite = lambda _: None  # type: ignore[method-assign]  # the process dies before it rewrites
        store.delete(material.programme_id)
        half_erased = references / ".abc.gone"
        half_erased.mkdir(parents=True)
        (half_erased / "sound.ogg").write_bytes(b"sound")
    with FootageStore(place, references):
        assert list(references.iterdir()) == []
    assert material.fingerprint.pictures.hashes[5].tobytes() not in place.read_bytes()


@pytest.mark.parametrize("method", ["get", "delete"])
def test_unknown_programmes_are_not_found(store: FootageStore, method: str) -> None:
    with pytest.raises(NotFound) as caught:
        getattr(store, method)("nowhere")
    assert caught.value.reason == "PROGRAMME_NOT_FOUND"


def test_references_come_back_small_and_at_their_times(store: FootageStore) -> None:
    picture = scenery(4, (640, 480))
    writer = store.references.writer("abc")
    for time_s in (0.0, 0.5, 1.0):
        writer.add_picture(time_s, picture(time_s))
    times = np.arange(3 * 16_000) / 16_000
    writer.add_sound(Waveform((0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32), 16_000, start_s=0.5))
    writer.finish()
    found = list(store.references.pictures("abc", Span(0.2, 1.0)))
    assert [time_s for time_s, _ in found] == [0.5, 1.0]
    assert found[0][1].shape == (240, 320, 3)
    sound = store.references.sound("abc", Span(1.0, 2.0))
    assert sound is not None
    assert np.sqrt(np.mean(sound.samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)
    assert store.references.sound("nothing", Span(0.0, 1.0)) is None
    assert list(store.references.pictures("nothing", Span(0.0, 1.0))) == []


def test_discarded_references_are_gone(store: FootageStore, tmp_path: Path) -> None:
    writer = store.references.writer("abc")
    writer.add_picture(0.0, scenery(4)(0.0))
    writer.discard()
    assert list((tmp_path / "references").iterdir()) == []


def test_a_file_has_another_key_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "programme.mp4"
    file.write_bytes(b"one")
    first = file_key(file)
    assert file_key(file) == first
    file.write_bytes(b"other")
    assert file_key(file) != first
    assert "programme" not in first


def test_a_process_that_never_fingerprints_sound_loads_no_runtime_for_it() -> None:
    uses = "from anchorproof.footage.chromaprint import Chromaprint; Chromaprint()"
    code = f"{uses}; import sys; print('wasmtime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_photograph_is_listed_kept_beside_the_programmes_and_erased(store: FootageStore, tmp_path: Path) -> None:
    programme = store.add(_material(1), "a bulletin")
    hashes = np.random.default_rng(5).integers(0, 256, (4, 32), dtype=np.uint8)
    nothing = Fingerprint(NO_PICTURES, NO_SOUNDS)
    material = ProgrammeMaterial(FootageStore.new_id(), "f" * 64, 0.0, nothing, photograph=hashes)
    photograph = store.add(material, "SECRET-PORTRAIT")
    assert photograph.is_photograph
    assert not programme.is_photograph
    assert store.add(material) == photograph
    assert store.find_media("f" * 64) == photograph
    assert store.totals() == Totals(1, 20.0, 0, photographs=1)
    assert set(_prints(store)) == {programme.programme_id}
    assert np.array_equal(store.photographs()[photograph.programme_id], hashes)
    assert store.programmes()[0] == [programme, photograph]
    store.delete(photograph.programme_id)
    assert store.photographs() == {}
    assert not any(_is_anywhere(tmp_path, trace) for trace in (b"SECRET-PORTRAIT", hashes.tobytes()))


def test_photographs_that_another_store_adds_are_seen(store: FootageStore, tmp_path: Path) -> None:
    assert store.photographs() == {}
    hashes = np.ones((4, 32), np.uint8)
    with FootageStore(tmp_path / "footage.sqlite3", tmp_path / "references") as other:
        nothing = Fingerprint(NO_PICTURES, NO_SOUNDS)
        added = other.add(ProgrammeMaterial(FootageStore.new_id(), "e" * 64, 0.0, nothing, photograph=hashes))
    assert set(store.photographs()) == {added.programme_id}
