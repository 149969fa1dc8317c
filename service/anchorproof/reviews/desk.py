"""The desk as a whole: one database, one key, and what can be done with them."""

from __future__ import annotations

import threading
from pathlib import Path

from anchorproof.databases import Database
from anchorproof.errors import RequestInvalid
from anchorproof.opening import open_database
from anchorproof.reviews import listing, log
from anchorproof.reviews.accounts import Accounts
from anchorproof.reviews.books import Books, account_name, review_name
from anchorproof.reviews.decisions import Decisions
from anchorproof.reviews.items import Items
from anchorproof.reviews.keys import open_key
from anchorproof.reviews.leases import Leases
from anchorproof.reviews.rows import review_from, whole_review
from anchorproof.reviews.sessions import Sessions
from anchorproof.reviews.verify import verify
from anchorproof.settings import ReviewSettings, Settings
from anchorproof.sqlite import Schema
from anchorproof.times import microseconds, now
from anchorproof.types import (
    LogCheck,
    LogEntry,
    Review,
    ReviewFilters,
    ReviewOrder,
    ReviewPage,
    ViewedMaterial,
)

DETAIL_LENGTH = 100


class DeskSchema(Schema):
    """The desk's statements are those of its file, and those that ``listing`` puts together."""

    def queries(self) -> dict[str, str]:
        return {**super().queries(), **listing.queries()}


SCHEMA = DeskSchema(kind="reviewers' desk", package="anchorproof.reviews", application_id=0x414E4356)  # "ANCV"


class Desk:
    """Queue, decisions, accounts and the audit log; usable from several threads and processes.

    Raises:
        StorageFailed: the database cannot be opened, or is damaged or of a newer version.
        AuditKeyUnusable
    """

    def __init__(self, database: Database, key_path: Path, settings: ReviewSettings) -> None:
        self._database = database
        self._settings = settings
        self._books = Books(database, open_key(key_path))
        self._views = _Views(microseconds(settings.view_again_s))
        self.accounts = Accounts(self._books)
        self.sessions = Sessions(self._books, settings)
        self.items = Items(self._books)
        self.leases = Leases(self._books, settings)
        self.decisions = Decisions(self._books, settings)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    @property
    def public_key(self) -> str:
        """Of the key that signs the log's head: 64 hexadecimal digits."""
        return self._books.key.public_hex

    # ---------------------------------------------------------------------------------------------- the queue

    def page(
        self,
        account_id: str,
        filters: ReviewFilters | None = None,
        order: ReviewOrder = ReviewOrder.OLDEST_FIRST,
        page_size: int = 0,
        page_token: str = "",
        with_counts: bool = True,
    ) -> ReviewPage:
        """One page of the queue, seen from an account.

        Raises:
            RequestInvalid: a page token of another list, order or filter; a confidence that cannot be.
        """
        filters = filters or ReviewFilters()
        with self._database.reading() as session:
            rows, token = listing.page(session, filters, order, account_id, page_size, page_token)
            counts = listing.counts(session, filters, account_id) if with_counts else {}
        total = sum(
            number
            for (state, age), number in counts.items()
            if (not filters.states or state in filters.states) and filters.age in (None, age)
        )
        return ReviewPage(tuple(map(review_from, rows)), token, total if with_counts else None, counts)

    def get(self, review_id: str) -> Review:
        """With its decisions. Raises NotFound."""
        with self._database.reading() as session:
            return whole_review(session, review_id)

    # ----------------------------------------------------------------------------------------------- the log

    def record_view(self, account_id: str, subject: str, material: ViewedMaterial, detail: str = "") -> None:
        """On disk when this returns; the same again within ``view_again_s`` is not noted twice."""
        if len(detail) > DETAIL_LENGTH or not detail.isprintable():
            raise RequestInvalid(f"detail must be one line of at most {DETAIL_LENGTH} characters", "detail")
        key = (account_id, subject, material, detail)
        if not self._views.is_new(key):
            return
        with self._database.writing() as session:
            details = {"material": material.value, "part": detail}
            self._books.note(session, account_name(account_id), "material.viewed", subject, **details)
        self._views.remember(key)

    def record(self, actor: str, action: str, subject: str, **details: str | int) -> None:
        """Note something that happened outside of this database, such as an export."""
        with self._database.writing() as session:
            self._books.note(session, actor, action, subject, **details)

    def entries(
        self, page_size: int = 0, page_token: str = "", subject: str = "", actor: str = "", action: str = ""
    ) -> tuple[list[LogEntry], str]:
        """The newest entries first, and the next page's token. Raises RequestInvalid."""
        with self._database.reading() as session:
            return log.list_entries(session, page_size, page_token, subject, actor, action)

    def log_of(self, review_id: str) -> list[LogEntry]:
        """All entries about one review, in the order of time."""
        found: list[LogEntry] = []
        token = ""
        while True:
            page, token = self.entries(0, token, subject=review_name(review_id))
            found += page
            if not token:
                return found[::-1]

    def verify(self, expected_head: str = "") -> LogCheck:
        """Reads the whole log. Raises RequestInvalid."""
        return verify(self._database, self._books.key, expected_head)


class _Views:
    """What was noted a moment ago, in this process."""

    def __init__(self, again: int) -> None:
        self._again = again
        self._noted: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def is_new(self, key: tuple[str, ...]) -> bool:
        with self._lock:
            return self._noted.get(key, -self._again) + self._again <= now()

    def remember(self, key: tuple[str, ...]) -> None:
        with self._lock:
            moment = now()
            self._noted = {one: time for one, time in self._noted.items() if time + self._again > moment}
            self._noted[key] = moment


def open_desk(settings: Settings) -> Desk:
    """The desk that the settings describe: in a file of the data folder, also where the reports are on PostgreSQL.

    Raises:
        StorageFailed, AuditKeyUnusable
    """
    return Desk(open_database("", settings.reviews_path, SCHEMA), settings.audit_key_path, settings.reviews)
