"""The desk on the command line: accounts, queue, export, the audit log."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from anchorproof.reports.opening import open_reports
from anchorproof.settings import Settings
from tests.acceptance.conftest import Shell
from tests.unit.reviews.conftest import make_report

PASSWORD = {"ANCHORPROOF_PASSWORD": "seven grey herons walk"}


def test_accounts_queue_export_and_log(anchorproof: Shell, tmp_path: Path) -> None:
    added = anchorproof("accounts", "add", "rosa", "--role", "reviewer", "--name", "罗莎", **PASSWORD)
    assert (added.code, added.stdout) == (0, "rosa may sign in as reviewer\n")
    assert anchorproof("accounts", "add", "rosa", "--role", "lead", **PASSWORD).code == 6
    assert "PASSWORD_TOO_WEAK" in anchorproof("accounts", "add", "x", "--role", "lead", ANCHORPROOF_PASSWORD="x").stderr
    assert anchorproof("accounts", "set-role", "rosa", "lead").code == 0
    (account,) = map(json.loads, anchorproof("accounts", "list", "--json").stdout.splitlines())
    assert (account["displayName"], account["role"]) == ("罗莎", "ROLE_LEAD")

    with open_reports(Settings(data_dir=anchorproof.data_dir)) as reports:
        reports.save(make_report(1))
    (review,) = map(json.loads, anchorproof("reviews", "list", "--json").stdout.splitlines())
    assert (review["name"], review["state"]) == ("reviews/r1", "REVIEW_STATE_OPEN")
    assert "SPOOF" in anchorproof("reviews", "show", "r1").stdout
    assert anchorproof("reviews", "show", "r2").code == 6
    for kind, start in (("json", b"{"), ("pdf", b"%PDF"), ("bundle", b"PK")):
        made = anchorproof("reviews", "export", "r1", "--as", kind, "--out", tmp_path / kind)
        assert made.code == 0, made.stderr
        assert (tmp_path / kind).read_bytes().startswith(start)
    assert anchorproof("reviews", "export", "--outcomes").stdout == ""
    assert anchorproof("reviews", "export").code == 2


def test_a_log_that_was_altered_is_told_with_its_place(anchorproof: Shell) -> None:
    anchorproof("accounts", "add", "rosa", "--role", "admin", **PASSWORD)
    anchorproof("accounts", "add", "remo", "--role", "reviewer", **PASSWORD)
    sound = json.loads(anchorproof("reviews", "verify", "--json").stdout)
    assert (sound["sound"], sound["entries"]) == (True, 2)
    assert anchorproof("reviews", "verify", "--expect", sound["head"]).code == 0
    with sqlite3.connect(anchorproof.data_dir / "reviews.sqlite3") as connection:
        connection.execute("DROP TRIGGER log_keeps_what_is_written")
        connection.execute("UPDATE log SET subject = 'accounts/lena' WHERE number = 1")
    connection.close()
    altered = anchorproof("reviews", "verify")
    assert altered.code == 6
    assert "entry 1: " in altered.stderr
    assert "ENTRY_ALTERED" in altered.stderr
