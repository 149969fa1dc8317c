"""The desk on the data folder itself, for those who keep it: what the command line uses without a server."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import TracebackType

from anchorproof.api.review_exports import Exported, Exporter
from anchorproof.identity.opening import open_registry
from anchorproof.queue.opening import open_queue
from anchorproof.reports.opening import open_reports
from anchorproof.review_feed import take_up
from anchorproof.reviews.desk import open_desk
from anchorproof.settings import Settings
from anchorproof.storage.opening import open_clips
from anchorproof.types import Account, LogCheck, Report, Review, ReviewFilters, ReviewOrder, Role, ViewedMaterial


class LocalDesk:
    """The same calls as ``review_client.ReviewClient``, of those that need no account; all are noted as ``actor``'s.

    Whoever may write the folder may do this: the operating system's accounts guard it, not the desk's.
    """

    def __init__(self, settings: Settings, actor: str) -> None:
        self._actor = f"cli:{actor}"
        self._settings = settings
        self._desk = open_desk(settings)
        self._reports = open_reports(settings)
        self._queue = open_queue(settings)

    def __enter__(self) -> LocalDesk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._queue.close()
        self._reports.close()
        self._desk.close()

    def reviews(self, filters: ReviewFilters, order: ReviewOrder = ReviewOrder.OLDEST_FIRST) -> Iterator[Review]:
        """All that pass the filters; reports without a review get theirs first."""
        self._catch_up()
        token = ""
        while True:
            page = self._desk.page("", filters, order, page_token=token, with_counts=False)
            yield from page.reviews
            token = page.next_page_token
            if not token:
                return

    def get_review(self, review_id: str) -> tuple[Review, Report]:
        """That it was seen is noted."""
        self._catch_up()
        found = self._desk.get(review_id), self._reports.load(review_id)
        self._desk.record(self._actor, "material.viewed", f"reviews/{review_id}", material=ViewedMaterial.REPORT.value)
        return found

    def export_review(self, review_id: str, kind: str, language: str) -> Exported:
        self._catch_up()
        with contextlib.closing(open_clips(self._settings)) as clips:
            exporter = Exporter(self._desk, self._reports, clips, self._settings)
            return exporter.export(review_id, kind, language, self._actor)

    def verify_log(self, expected_head: str = "") -> LogCheck:
        return self._desk.verify(expected_head)

    def accounts(self) -> Iterator[Account]:
        token = ""
        while True:
            page, token = self._desk.accounts.list(page_token=token)
            yield from page
            if not token:
                return

    def create_account(self, account_id: str, role: Role, password: str, display_name: str = "") -> Account:
        return self._desk.accounts.create(self._actor, account_id, role, password, display_name)

    def update_account(
        self,
        account_id: str,
        display_name: str = "",
        role: Role | None = None,
        is_disabled: bool | None = None,
        password: str = "",
    ) -> Account:
        return self._desk.accounts.update(self._actor, account_id, display_name, role, is_disabled, password)

    def _catch_up(self) -> None:
        with open_registry(self._settings) as registry:
            while take_up(self._reports, self._desk, registry, self._queue):
                pass
