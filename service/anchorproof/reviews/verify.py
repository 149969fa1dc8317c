"""Is the audit log whole, and do the decisions say what it says?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from anchorproof.databases import Database, Row, Session
from anchorproof.errors import RequestInvalid, StorageFailed
from anchorproof.reviews.keys import LogKey
from anchorproof.reviews.log import BEGINNING, entry_hash, is_head_signed
from anchorproof.types import LogCheck, LogFault

BATCH_ROWS = 2000
FAULTS_TOLD = 100
#: Each says one thing about one entry; the words for people.
_WORDS = {
    "ENTRY_ALTERED": "what the entry says is not what was written, or an entry before it was altered",
    "ENTRY_MISSING": "the entry is missing",
    "ENTRY_UNREADABLE": "the entry cannot be read: the file is damaged here",
    "ENTRIES_CUT_OFF": "entries were cut off the end: the signed head lies further on",
    "HEAD_MISSING": "there is no signed head",
    "HEAD_ALTERED": "the signed head does not fit the newest entry",
    "HEAD_NOT_SIGNED": "the head is not signed by the key of this installation",
    "HEAD_WAS_NOT_SIGNED": "the log went on from a head that the key of that time had not signed",
    "EXPECTED_HEAD_MISSING": "the head that was noted elsewhere is not part of this log: it was replaced or rewritten",
    "DECISION_ALTERED": "the decision's row does not say what the log says",
    "DECISION_MISSING": "the log tells of a decision that is not there",
    "DECISION_NOT_LOGGED": "there is a decision that the log does not tell of",
    "REVIEW_ALTERED": "the review's state does not follow from its decisions",
    "FILE_DAMAGED": "the database is damaged: a part of it cannot be read",
}


def verify(database: Database, key: LogKey, expected_head: str = "") -> LogCheck:
    """Reads everything once; what is found wrong is told, at most ``FAULTS_TOLD`` faults.

    Args:
        expected_head: ``NUMBER:SHA256`` as an earlier check gave it; it must still be part of the log.

    Raises:
        RequestInvalid: ``expected_head`` is not of that form.
    """
    return _Check(database, key, _parse_head(expected_head)).run()


def decision_hash(row: Row | dict[str, Any]) -> str:
    """Of what a person decided; stands in the log beside the decision's id."""
    names = ("decision_id", "review_id", "account_id", "outcome", "reason", "note", "decide_time", "undo_until")
    return hashlib.sha256(json.dumps([row[name] for name in names], ensure_ascii=False).encode()).hexdigest()


class _Check:
    def __init__(self, database: Database, key: LogKey, expected: tuple[int, str] | None) -> None:
        self._database = database
        self._key = key
        self._expected = expected
        self._faults: list[LogFault] = []
        self._entries = 0
        self._last = (0, BEGINNING)
        #: Decision -> its hash, and what became of it, as the log tells.
        self._logged: dict[str, str] = {}
        self._undone: set[str] = set()

    def run(self) -> LogCheck:
        for row in self._log():
            self._look_at(row)
        if self._expected is not None and self._expected[0] > self._last[0]:
            self._fault(self._expected[0], "EXPECTED_HEAD_MISSING")
        try:
            with self._database.reading() as session:
                self._look_at_head(session)
                self._look_at_decisions(session)
        except StorageFailed:
            self._fault(0, "FILE_DAMAGED")
        number, sha256 = self._last
        head = f"{number}:{sha256}" if number else ""
        return LogCheck(self._entries, head, tuple(self._faults[:FAULTS_TOLD]))

    def _log(self) -> Iterator[Row]:
        """All entries in order; where a page of them cannot be read, those of it that can be, one by one."""
        after = 0
        while True:
            try:
                with self._database.reading() as session:
                    rows = session.rows("log_after", after=after, rows=BATCH_ROWS)
            except StorageFailed:
                rows = self._one_by_one(after)
                if not rows and not self._is_more(after + BATCH_ROWS):
                    return
                yield from rows
                after += BATCH_ROWS
                continue
            if not rows:
                return
            yield from rows
            after = rows[-1]["number"]

    def _one_by_one(self, after: int) -> list[Row]:
        found = []
        for number in range(after + 1, after + 1 + BATCH_ROWS):
            try:
                with self._database.reading() as session:
                    row = session.row("get_log", number=number)
            except StorageFailed:
                self._fault(number, "ENTRY_UNREADABLE")
                continue
            if row is not None:
                found.append(row)
        return found

    def _is_more(self, after: int) -> bool:
        try:
            with self._database.reading() as session:
                return session.row("log_number_after", after=after) is not None
        except StorageFailed:
            return False

    def _look_at(self, row: Row) -> None:
        self._entries += 1
        number, before = self._last
        for missing in range(number + 1, min(row["number"], number + 1 + FAULTS_TOLD)):
            if not any(fault.number == missing for fault in self._faults):
                self._fault(missing, "ENTRY_MISSING")
        if entry_hash(before, row) != row["sha256"] and row["number"] == number + 1:
            self._fault(row["number"], "ENTRY_ALTERED")
        # The chain goes on from what is written, so that one altered entry is told once and not once for all behind it.
        self._last = (row["number"], row["sha256"])
        if self._expected is not None and self._expected[0] == row["number"] and self._expected[1] != row["sha256"]:
            self._fault(row["number"], "EXPECTED_HEAD_MISSING")
        if row["action"] == "log.head_not_signed_by_this_key":
            self._fault(row["number"], "HEAD_WAS_NOT_SIGNED")
        self._remember(row)

    def _remember(self, row: Row) -> None:
        try:
            details = json.loads(row["details"])
        except ValueError:
            return  # told already: its hash does not fit
        if row["action"] == "review.decided":
            self._logged[details.get("decision", "")] = details.get("decision_sha256", "")
        elif row["action"] == "review.undone":
            self._undone.add(details.get("decision", ""))

    def _look_at_head(self, session: Session) -> None:
        head = session.row("get_head")
        number, sha256 = self._last
        if head is None:
            if number:
                self._fault(0, "HEAD_MISSING")
            return
        if not is_head_signed(head, self._key):
            self._fault(0, "HEAD_NOT_SIGNED")
        if head["number"] > number:
            self._fault(number + 1, "ENTRIES_CUT_OFF")
        elif (head["number"], head["sha256"]) != (number, sha256):
            self._fault(number, "HEAD_ALTERED")

    def _look_at_decisions(self, session: Session) -> None:
        standing: dict[int, Row] = {}
        seen = set()
        for row in session.rows("all_decisions"):
            seen.add(row["decision_id"])
            expected = self._logged.get(row["decision_id"])
            if expected is None:
                self._fault(0, "DECISION_NOT_LOGGED", row["decision_id"])
            elif expected != decision_hash(row) or bool(row["undo_time"]) != (row["decision_id"] in self._undone):
                self._fault(0, "DECISION_ALTERED", row["decision_id"])
            if not row["undo_time"] and not row["reopen_time"]:
                standing[row["sequence"]] = row
        for missing in sorted(self._logged.keys() - seen):
            self._fault(0, "DECISION_MISSING", missing)
        for row in session.rows("decided_reviews"):
            last = standing.pop(row["sequence"], None)
            said = (row["outcome"], row["reviewer"])
            if said != ((last["outcome"], last["account_id"]) if last else ("", "")):
                self._fault(0, "REVIEW_ALTERED", row["review_id"])
        for row in standing.values():
            self._fault(0, "REVIEW_ALTERED", row["review_id"])

    def _fault(self, number: int, code: str, which: str = "") -> None:
        self._faults.append(LogFault(number, code, f"{_WORDS[code]} ({which})" if which else _WORDS[code]))


def _parse_head(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    number, colon, sha256 = text.partition(":")
    if not colon or not number.isdigit() or len(sha256) != 64:
        raise RequestInvalid("a head has the form NUMBER:SHA256, as an earlier verification gave it", "expected_head")
    return int(number), sha256
