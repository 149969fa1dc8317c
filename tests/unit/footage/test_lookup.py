"""Near hashes, looked up in tables, are those of a full comparison; nothing within the exact radius is missed."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.footage import lookup
from anchorproof.footage.lookup import EXACT_BITS, HashTable
from anchorproof.footage.prints import Hashes

COUNT = 40_000  # more than are all compared


def _hashes(seed: int, count: int) -> Hashes:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def _changed(hashes: Hashes, bits: int, seed: int) -> Hashes:
    """Each hash with so many of its bits changed, anywhere."""
    random = np.random.default_rng(seed)
    flips = np.argsort(random.random((len(hashes), 256)), axis=1) < bits
    return hashes ^ np.packbits(flips, axis=1)


@pytest.fixture(scope="module")
def hashes() -> Hashes:
    """Half of them near each other, as pictures from one studio are."""
    alike = _changed(np.repeat(_hashes(1, 1), COUNT // 2, axis=0), 60, seed=2)
    return np.concatenate([_hashes(0, COUNT // 2), alike])


@pytest.fixture(scope="module")
def table(hashes: Hashes) -> HashTable:
    return HashTable(hashes)


def _brute_force(hashes: Hashes, asked: Hashes, limit_bits: int) -> set[tuple[int, int, int]]:
    apart = np.bitwise_count(asked[:, None] ^ hashes[None]).sum(axis=2)
    return {(int(q), int(r), int(apart[q, r])) for q, r in zip(*np.nonzero(apart <= limit_bits), strict=True)}


def _found(table: HashTable, asked: Hashes, limit_bits: int, count: int = COUNT) -> set[tuple[int, int, int]]:
    query, row, bits = table.near(asked, limit_bits, count)
    found = list(zip(query.tolist(), row.tolist(), bits.tolist(), strict=True))
    assert len(set(found)) == len(found)
    return set(found)


@pytest.mark.parametrize("bits", [0, 1, 15, 16, 17, 30, EXACT_BITS])
def test_nothing_within_the_exact_radius_is_missed(hashes: Hashes, table: HashTable, bits: int) -> None:
    asked = _changed(hashes[::2_500], bits, seed=bits)
    wanted = _brute_force(hashes, asked, EXACT_BITS)
    assert len(wanted) >= len(asked)
    assert _found(table, asked, EXACT_BITS) == wanted


def test_the_worst_case_of_the_exact_radius_is_found(hashes: Hashes, table: HashTable) -> None:
    """One bit changed in one key, two in each of the others: as far as 31 bits can be spread."""
    flips = np.zeros((16, 16), np.uint8)
    flips[:, :2] = 1
    flips[3, 1] = 0
    asked = hashes[100:101] ^ np.packbits(flips.ravel())
    assert (0, 100, 31) in _found(table, asked, EXACT_BITS)


@pytest.mark.parametrize(("bits", "share"), [(45, 0.90), (60, 0.60)])
def test_most_are_found_beyond_it(hashes: Hashes, table: HashTable, bits: int, share: float) -> None:
    """Expected: 1 - (1 - P(a key has at most one of the bits)) ** 16 = .97 and .75 (binomial)."""
    rows = np.arange(0, COUNT, 100)
    query, row, _ = table.near(_changed(hashes[rows], bits, seed=3), bits, COUNT)
    assert np.mean(np.isin(np.arange(len(rows)), query[row == rows[query]])) >= share


def test_only_the_nearest_are_given(hashes: Hashes, table: HashTable) -> None:
    asked = _changed(hashes[-3:], 5, seed=4)
    every = _found(table, asked, 100)
    few = _found(table, asked, 100, count=7)
    for query in range(3):
        ranked = sorted(bits for number, _, bits in every if number == query)
        assert sorted(bits for number, _, bits in few if number == query) == ranked[:7]
    assert {row for _, row, bits in few if bits == 5} >= {COUNT - 3, COUNT - 2, COUNT - 1}


def test_pictures_that_share_keys_with_many_cost_no_more_than_the_limit(
    hashes: Hashes, table: HashTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rarest keys are looked up first: what sets a picture apart finds it."""
    monkeypatch.setattr(lookup, "_LIMIT_COMPARED", 300)
    asked = _changed(hashes[-3:], 10, seed=5)
    assert {(query, row) for query, row, _ in _found(table, asked, 10)} == {
        (0, COUNT - 3),
        (1, COUNT - 2),
        (2, COUNT - 1),
    }


def test_a_complement_is_not_taken_for_the_same(hashes: Hashes) -> None:
    apart = np.bitwise_count(~hashes[:1] ^ hashes[:1]).sum()
    assert apart == 256
    assert lookup._bits(np.ascontiguousarray(~hashes[:1] ^ hashes[:1]).view(np.uint64)).tolist() == [256]


def test_few_hashes_are_all_compared() -> None:
    few = _hashes(7, 500)
    asked = _hashes(8, 9)
    assert _found(HashTable(few), asked, 110) == _brute_force(few, asked, 110)
    query, _, _ = HashTable(few[:0]).near(asked, 256, 5)
    assert not len(query)
