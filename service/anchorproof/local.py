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

from anchorproof.footage.store import FootageStore
from anchorproof.identity.enrolments import NO_WISH, EnrolmentWish
from anchorproof.identity.opening import open_registry
from anchorproof.identity.registry import Registry
from anchorproof.jobs.tasks import PipelineWorkshop, Rebuilt, load
from anchorproof.reports.opening import open_reports
from anchorproof.reports.store import ReportFilters, ReportStore
from anchorproof.settings import Settings
from anchorproof.types import (
    Anchor,
    AuditEntry,
    Enrolment,
    FootageSearch,
    Logo,
    Modality,
    ModelInfo,
    NameMatch,
    Outlet,
    Person,
    Programme,
    Progress,
    Report,
    SearchHit,
)

T = TypeVar("T")


class LocalService:
    """The same calls as ``anchorproof.client.Client``; may run beside a server, whose stores it shares.

    Models are loaded when the first call needs them. Methods raise AnchorproofError; those that take a file raise
    OSError when it cannot be read.
    """

    def __init__(self, settings: Settings, actor: str = "") -> None:
        self._settings = settings
        self._actor = actor

    def __enter__(self) -> LocalService:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        for store in ("_registry", "_reports", "_footage"):
            if store in self.__dict__:
                getattr(self, store).close()

    @cached_property
    def _registry(self) -> Registry:
        return open_registry(self._settings, self._actor)

    @cached_property
    def _reports(self) -> ReportStore:
        return open_reports(self._settings)

    @cached_property
    def _footage(self) -> FootageStore:
        return FootageStore(self._settings.footage_path, self._settings.footage_references_dir)

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
        **fields: Any,
    ) -> Anchor:
        return self._registry.create_anchor(display_name, outlet, aliases, notes, anchor_id, **fields)

    def get_anchor(self, anchor_id: str) -> Anchor:
        return self._registry.get_anchor(anchor_id)

    def anchors(self) -> Iterator[Anchor]:
        return _all(lambda token: self._registry.list_anchors(page_token=token))

    def update_anchor(self, anchor_id: str, changes: dict[str, Any], etag: str = "") -> Anchor:
        return self._registry.update_anchor(anchor_id, changes, etag)

    def delete_anchor(self, anchor_id: str, etag: str = "") -> str:
        """Gives the id by which the audit trail knows the erased anchor."""
        return self._registry.delete_anchor(anchor_id, etag)

    def search_anchors(self, query: str, outlet_id: str = "", limit: int = 10) -> list[NameMatch]:
        return self._registry.search_anchors(query, outlet_id, limit)

    def merge_anchors(self, from_id: str, into_id: str, etag: str = "") -> Anchor:
        return self._registry.merge_anchors(from_id, into_id, etag)

    def create_outlet(
        self, display_name: str, aliases: Sequence[str] = (), country: str = "", notes: str = "", outlet_id: str = ""
    ) -> Outlet:
        return self._registry.create_outlet(display_name, aliases, country, notes, outlet_id)

    def get_outlet(self, outlet_id: str) -> Outlet:
        return self._registry.get_outlet(outlet_id)

    def outlets(self) -> Iterator[Outlet]:
        return _all(lambda token: self._registry.list_outlets(page_token=token))

    def update_outlet(self, outlet_id: str, changes: dict[str, Any], etag: str = "") -> Outlet:
        return self._registry.update_outlet(outlet_id, changes, etag)

    def add_logo(self, outlet_id: str, picture: Path) -> Logo:
        self._registry.get_outlet(outlet_id)
        return self._registry.add_logo(outlet_id, self._workshop.logo(picture))

    def logos(self, outlet_id: str) -> list[Logo]:
        return self._registry.list_logos(outlet_id)

    def delete_logo(self, outlet_id: str, logo_id: str) -> None:
        self._registry.delete_logo(outlet_id, logo_id)

    def delete_outlet(self, outlet_id: str, etag: str = "") -> None:
        self._registry.delete_outlet(outlet_id, etag)

    def audit(self, subject: str = "") -> Iterator[AuditEntry]:
        return _all(lambda token: self._registry.list_audit(page_token=token, subject=subject))

    # ---------------------------------------------------------------------- what only the registry's keeper may do

    @property
    def registry(self) -> Registry:
        """Export, import, keys: not for those who reach the service over the network."""
        return self._registry

    def rebuild(self) -> Rebuilt:
        """Templates of the models in use, from what was retained."""
        return self._workshop.rebuild(self._registry)

    # --------------------------------------------------------------------------------------------- enrolments

    def enrol(
        self,
        anchor_id: str,
        media: Path | str,
        media_name: str = "",
        timeout_s: float | None = None,  # noqa: ARG002  (as in Client)
        wish: EnrolmentWish = NO_WISH,
    ) -> Enrolment:
        """Media that the anchor has already is answered at once."""
        path = Path(media)
        earlier = self._registry.find_enrolment(anchor_id, _sha256(path))
        if earlier is not None:
            return earlier
        self._registry.check_may_enrol(anchor_id)
        material = self._workshop.enrol(path, anchor_id, wish, lambda _: None)
        return self._registry.add_enrolment(anchor_id, material, media_name or path.name)

    def people(self, media: Path | str) -> list[Person]:
        return self._workshop.people(Path(media), lambda _: None)

    def search_media(self, media: Path | str, modality: Modality, limit: int = 5) -> list[SearchHit]:
        return self._workshop.search(Path(media), modality, limit, lambda _: None)

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

    # --------------------------------------------------------------------------------------------- our own footage

    def enrol_programme(
        self,
        media: Path | str,
        title: str = "",
        outlet: str = "",
        keep_references: bool = False,
        is_photograph: bool = False,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> tuple[Programme, bool]:
        """The programme, and whether the same bytes were enrolled before, which is answered at once."""
        path = Path(media)
        earlier = self._footage.find_media(_sha256(path))
        if earlier is not None:
            return earlier, True
        found = self._workshop.enrol_programme(path, keep_references, on_progress, is_photograph)
        if isinstance(found, Programme):
            return found, True
        return self._footage.add(found, title or path.name, outlet), False

    def get_programme(self, programme_id: str) -> Programme:
        return self._footage.get(programme_id)

    def programmes(self) -> Iterator[Programme]:
        return _all(lambda token: self._footage.programmes(page_token=token))

    def search_footage(self, clip: Path | str, with_pairs: bool = False) -> FootageSearch:
        return self._workshop.search_footage(Path(clip), with_pairs, lambda _: None)

    def delete_programme(self, programme_id: str) -> None:
        self._footage.delete(programme_id)

    def is_file_seen(self, key: str) -> bool:
        """Whether a watched folder's file (``footage.store.file_key``) needs no second look."""
        return self._footage.is_seen(key)

    def remember_file(self, key: str, programme_id: str, reason: str = "") -> None:
        self._footage.remember_file(key, programme_id, reason)

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
