"""The service's work done in this process, on the same stores: what the command line uses without a server."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from anchorproof.identity.registry import Registry
from anchorproof.jobs.tasks import PipelineWorkshop, load
from anchorproof.reports.store import ReportFilters, ReportStore
from anchorproof.settings import Settings
from anchorproof.types import Anchor, Enrolment, ModelInfo, Progress, Report

T = TypeVar("T")


class LocalService:
    """The same calls as ``anchorproof.client.Client``; may run beside a server, whose stores it shares.

    Models are loaded when the first call needs them. Methods raise AnchorproofError; those that take a file raise
    OSError when it cannot be read.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __enter__(self) -> LocalService:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        for store in ("_registry", "_reports"):
            if store in self.__dict__:
                getattr(self, store).close()

    @cached_property
    def _registry(self) -> Registry:
        return Registry(self._settings.registry_path)

    @cached_property
    def _reports(self) -> ReportStore:
        return ReportStore(self._settings.reports_path)

    @cached_property
    def _workshop(self) -> PipelineWorkshop:
        return load(self._settings, self._settings.runtime.threads_per_worker or len(os.sched_getaffinity(0)))

    # ------------------------------------------------------------------------------------------------ anchors

    def create_anchor(
        self,
        display_name: str,
        outlet: str = "",
        aliases: Sequence[str] = (),
        notes: str = "",
        anchor_id: str = "",
    ) -> Anchor:
        return self._registry.create_anchor(display_name, outlet, aliases, notes, anchor_id)

    def get_anchor(self, anchor_id: str) -> Anchor:
        return self._registry.get_anchor(anchor_id)

    def anchors(self) -> Iterator[Anchor]:
        return _all(lambda token: self._registry.list_anchors(page_token=token))

    def update_anchor(self, anchor_id: str, changes: dict[str, Any], etag: str = "") -> Anchor:
        return self._registry.update_anchor(anchor_id, changes, etag)

    def delete_anchor(self, anchor_id: str, etag: str = "") -> None:
        self._registry.delete_anchor(anchor_id, etag)

    # --------------------------------------------------------------------------------------------- enrolments

    def enrol(self, anchor_id: str, media: Path | str, media_name: str = "") -> Enrolment:
        """Media that the anchor has already is answered at once."""
        path = Path(media)
        earlier = self._registry.find_enrolment(anchor_id, _sha256(path))
        if earlier is not None:
            return earlier
        self._registry.get_anchor(anchor_id)
        material = self._workshop.enrol(path, lambda _: None)
        return self._registry.add_enrolment(anchor_id, material, media_name or path.name)

    def enrolments(self, anchor_id: str) -> Iterator[Enrolment]:
        return _all(lambda token: self._registry.list_enrolments(anchor_id, page_token=token))

    def delete_enrolment(self, anchor_id: str, enrolment_id: str) -> None:
        self._registry.delete_enrolment(anchor_id, enrolment_id)

    # ------------------------------------------------------------------------------------- analyses and reports

    def analyze(
        self, clip: Path | str, clip_name: str = "", on_progress: Callable[[Progress], None] = lambda _: None
    ) -> Report:
        """The stored report."""
        path = Path(clip)
        with path.open("rb"):
            pass  # an unreadable file is said before the models are loaded
        return self._reports.save(self._workshop.analyze(path, uuid.uuid4().hex, clip_name or path.name, on_progress))

    def get_report(self, report_id: str) -> Report:
        return self._reports.load(report_id)

    def reports(self, filters: ReportFilters | None = None) -> Iterator[Report]:
        return _all(lambda token: self._reports.list(page_token=token, filters=filters))

    def models(self) -> Iterator[ModelInfo]:
        yield from self._workshop.models()


def _all(page: Callable[[str], tuple[list[T], str]]) -> Iterator[T]:
    token = ""
    while True:
        items, token = page(token)
        yield from items
        if not token:
            return


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
