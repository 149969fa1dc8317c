"""Exact search in memory, kept up to date."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.footage.index import ArchiveIndex, PictureHits
from anchorproof.footage.prints import NO_PICTURES, SOUND_STEP_S, Fingerprint, Hashes, PicturePrint, SoundPrint


def _print(seed: int, pictures: int = 50, items: int = 200) -> Fingerprint:
    random = np.random.default_rng(seed)
    hashes, inner = random.integers(0, 256, (2, pictures, 32), dtype=np.uint8)
    times = np.arange(pictures, dtype=np.float32) / 2
    sounds = SoundPrint(random.integers(0, 2**32, items, dtype=np.uint32))
    return Fingerprint(PicturePrint(times, hashes, inner, np.zeros(pictures, np.bool_)), sounds)


def _near(index: ArchiveIndex, hashes: Hashes, inner: bool = False, limit_bits: int = 40) -> PictureHits:
    return index.near_pictures(hashes, np.full(len(hashes), inner), limit_bits, 5)


def test_near_pictures_are_those_of_a_full_comparison() -> None:
    prints = {name: _print(seed) for seed, name in enumerate("abc")}
    asked = _print(9).pictures.hashes
    hits = _near(ArchiveIndex(prints), asked, limit_bits=256)
    every = np.concatenate([found.pictures.hashes[::2] for found in prints.values()])  # one of two is looked up
    apart = np.bitwise_count(asked[:, None] ^ every[None]).sum(axis=2)
    assert np.array_equal(np.sort(apart, axis=1)[:, :5].ravel(), hits.bits)
    rows = hits.programme * 25 + hits.time_s.astype(np.int64)
    assert np.array_equal(apart[hits.query, rows], hits.bits)


def test_inner_and_whole_hashes_are_looked_up_apart() -> None:
    prints = {name: _print(seed) for seed, name in enumerate("abc")}
    index, pictures = ArchiveIndex(prints), prints["b"].pictures
    asked = np.stack([pictures.inner[4], pictures.hashes[6]])
    hits = index.near_pictures(asked, np.array([True, False]), 40, 1)
    found = zip(hits.query.tolist(), hits.programme.tolist(), hits.time_s.tolist(), hits.bits.tolist(), strict=True)
    assert sorted(found) == [(0, 1, 2.0, 0), (1, 1, 3.0, 0)]
    assert not len(_near(index, pictures.inner[4:5]).bits)


def test_sounds_are_found_when_equal_or_one_bit_apart() -> None:
    prints = {name: _print(seed) for seed, name in enumerate("abc")}
    index = ArchiveIndex(prints)
    items = prints["b"].sounds.items[[10, 20, 30]].copy()
    items[1] ^= np.uint32(1 << 7)
    items[2] ^= np.uint32(0b101)
    hits = index.equal_sounds(items)
    places = np.round(hits.time_s / SOUND_STEP_S).astype(int)
    found = {(int(q), int(p), int(a)) for q, p, a in zip(hits.query, hits.programme, places, strict=True)}
    assert {(0, 1, 10), (1, 1, 20)} <= found
    assert (2, 1, 30) not in found


def test_updating_adds_and_removes() -> None:
    one, two, three = (_print(seed) for seed in range(3))
    index = ArchiveIndex({"one": one})
    index.update({"one": one, "two": two})
    assert list(index.programme_ids) == ["one", "two"]
    assert _near(index, two.pictures.hashes[:1]).programme.tolist() == [1]
    index.update({"two": two, "three": three})
    assert list(index.programme_ids) == ["two", "three"]
    assert not len(_near(index, one.pictures.hashes[:1]).bits)
    assert 0 in index.equal_sounds(two.sounds.items[:1]).programme


def test_many_small_additions_are_merged() -> None:
    prints = {str(seed): _print(seed, 4, 20) for seed in range(30)}
    index, known = ArchiveIndex(), {}
    for name, found in prints.items():
        known[name] = found
        index.update(known)
    hits = index.equal_sounds(prints["17"].sounds.items[3:4])
    assert (hits.programme.tolist(), hits.time_s.tolist()) == ([17], [pytest.approx(3 * SOUND_STEP_S)])
    asked = np.stack([prints[str(number)].pictures.hashes[2] for number in range(30)])
    near = _near(index, asked)
    assert near.programme[np.argsort(near.query)].tolist() == list(range(30))
    assert set(near.time_s.tolist()) == {1.0}


def test_programmes_without_pictures_or_sound_do_not_disturb() -> None:
    full = _print(1)
    mute = Fingerprint(_print(2).pictures, SoundPrint(np.empty(0, np.uint32)))
    unseen = Fingerprint(NO_PICTURES, _print(3).sounds)
    index = ArchiveIndex({"unseen": unseen, "mute": mute, "full": full})
    assert _near(index, full.pictures.hashes[8:9]).programme.tolist() == [2]
    assert index.equal_sounds(unseen.sounds.items[5:6]).programme.tolist() == [0]
