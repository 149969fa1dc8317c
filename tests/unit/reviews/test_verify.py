from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from anchorproof.reviews.desk import Desk
from anchorproof.types import Account
from tests.unit.reviews.conftest import OpenDesk, add, decide, make_report


@pytest.fixture
def used(desk: Desk, rosa: Account) -> Desk:
    add(desk, *map(make_report, range(8)))
    for number in range(8):
        decide(desk, rosa, f"r{number}", note=f"note number {number}")
    return desk


def _tamper(path: Path, *statements: str) -> None:
    with sqlite3.connect(path / "reviews.sqlite3") as connection:
        connection.executescript("DROP TRIGGER log_keeps_what_is_written; DROP TRIGGER log_keeps_all;")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement
    connection.close()


def _found(desk: Desk) -> list[tuple[int, str]]:
    return [(fault.number, fault.code) for fault in desk.verify().faults]


def test_an_untouched_log_is_sound(used: Desk) -> None:
    check = used.verify()
    assert check.is_sound
    assert check.entries == 17
    assert check.head.startswith("17:")


@pytest.mark.usefixtures("used")
def test_an_entry_cannot_be_changed_or_taken_out_by_statements(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "reviews.sqlite3") as connection:
        for statement in ("UPDATE log SET actor = 'x' WHERE number = 3", "DELETE FROM log WHERE number = 3"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE log SET actor = 'accounts/remo' WHERE number = 5", (5, "ENTRY_ALTERED")),
        ("UPDATE log SET time = time + 1 WHERE number = 5", (5, "ENTRY_ALTERED")),
        ("UPDATE log SET details = '{}' WHERE number = 5", (5, "ENTRY_ALTERED")),
        ("UPDATE log SET sha256 = replace(sha256, '0', '1') WHERE number = 5", (5, "ENTRY_ALTERED")),
        ("DELETE FROM log WHERE number = 5", (5, "ENTRY_MISSING")),
        ("DELETE FROM log WHERE number = 1", (1, "ENTRY_MISSING")),
        ("DELETE FROM log WHERE number >= 15", (15, "ENTRIES_CUT_OFF")),
        ("DELETE FROM log", (1, "ENTRIES_CUT_OFF")),
        ("DELETE FROM head", (0, "HEAD_MISSING")),
        ("UPDATE decisions SET note = 'another' WHERE number = 2", (0, "DECISION_ALTERED")),
        ("UPDATE decisions SET undo_time = 1 WHERE number = 2", (0, "DECISION_ALTERED")),
        ("DELETE FROM decisions WHERE number = 2", (0, "DECISION_MISSING")),
        ("UPDATE reviews SET outcome = 'confirmed_spoof' WHERE review_id = 'r3'", (0, "REVIEW_ALTERED")),
        (
            "UPDATE reviews SET outcome = '', reviewer = '', state = 'open' WHERE review_id = 'r3'",
            (0, "REVIEW_ALTERED"),
        ),
    ],
)
def test_what_was_tampered_with_is_found_and_where(
    used: Desk, tmp_path: Path, statement: str, found: tuple[int, str]
) -> None:
    _tamper(tmp_path, statement)
    assert found in _found(used)


def test_a_shortened_log_with_its_head_set_back_lacks_a_signature(used: Desk, tmp_path: Path) -> None:
    _tamper(
        tmp_path,
        "DELETE FROM log WHERE number > 15",
        "UPDATE head SET number = 15, sha256 = (SELECT sha256 FROM log WHERE number = 15)",
    )
    assert (0, "HEAD_NOT_SIGNED") in _found(used)


def test_going_on_after_tampering_does_not_cover_it_up(used: Desk, rosa: Account, tmp_path: Path) -> None:
    _tamper(
        tmp_path,
        "DELETE FROM log WHERE number > 15",
        "UPDATE head SET number = 15, sha256 = (SELECT sha256 FROM log WHERE number = 15)",
    )
    add(used, make_report(20))
    decide(used, rosa, "r20")
    assert (16, "HEAD_WAS_NOT_SIGNED") in _found(used)


@pytest.mark.usefixtures("used")
def test_another_key_is_noticed(open_desk: OpenDesk, tmp_path: Path) -> None:
    (tmp_path / "audit.key").unlink()
    assert (0, "HEAD_NOT_SIGNED") in _found(open_desk())


def test_an_older_copy_of_everything_is_told_by_a_head_noted_elsewhere(used: Desk, rosa: Account) -> None:
    earlier = used.verify().head
    add(used, make_report(20))
    decide(used, rosa, "r20")
    later = used.verify().head
    assert used.verify(earlier).is_sound
    number, _, sha256 = later.partition(":")
    missing = used.verify(f"{int(number) + 1}:{sha256}")
    assert [fault.code for fault in missing.faults] == ["EXPECTED_HEAD_MISSING"]


def test_every_byte_of_an_entry_counts(used: Desk, open_desk: OpenDesk, tmp_path: Path) -> None:
    """Flipped in the file itself, one after the other, wherever entry 7's words lie."""
    used._database.compact()
    used.close()
    path = tmp_path / "reviews.sqlite3"
    whole = path.read_bytes()
    with sqlite3.connect(path) as connection:
        details, sha256 = connection.execute("SELECT details, sha256 FROM log WHERE number = 7").fetchone()
    connection.close()
    for text in (details, sha256):
        start = whole.index(text.encode())
        for place in range(start, start + len(text), 5):
            damaged = bytearray(whole)
            damaged[place] ^= 0x01
            path.write_bytes(damaged)
            desk = open_desk()
            assert 7 in {number for number, _ in _found(desk)}, chr(whole[place])
            desk.close()
    path.write_bytes(whole)
    assert open_desk().verify().is_sound


def test_an_entry_that_cannot_be_read_is_named(used: Desk, open_desk: OpenDesk, tmp_path: Path) -> None:
    used._database.compact()
    used.close()
    path = tmp_path / "reviews.sqlite3"
    whole = path.read_bytes()
    with sqlite3.connect(path) as connection:
        (sha256,) = connection.execute("SELECT sha256 FROM log WHERE number = 9").fetchone()
    connection.close()
    path.write_bytes(whole.replace(sha256.encode(), b"\xff" * 64))
    assert (9, "ENTRY_UNREADABLE") in _found(open_desk())
