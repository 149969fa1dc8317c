"""A review for the record: JSON, a PDF for people, or a signed bundle of all that."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof import bundling
from anchorproof.api import convert, review_convert
from anchorproof.errors import AnchorproofError, ClipRejected, RequestInvalid
from anchorproof.reports.store import ReportStore
from anchorproof.review_pdf import LANGUAGES, evidence_pdf
from anchorproof.reviews.desk import Desk
from anchorproof.settings import Settings
from anchorproof.storage.clips import ClipStore
from anchorproof.types import LogEntry, Report, Review

KINDS = {"json": "application/json", "pdf": "application/pdf", "bundle": "application/zip"}
_log = logging.getLogger(__name__)
_SUFFIXES = {"json": "json", "pdf": "pdf", "bundle": "zip"}


@dataclass(frozen=True, slots=True)
class Exported:
    """One file."""

    file_name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Exporter:
    """Makes files of reviews; each export is noted in the audit log before it is handed out."""

    def __init__(self, desk: Desk, reports: ReportStore, clips: ClipStore, settings: Settings) -> None:
        self._desk = desk
        self._reports = reports
        self._clips = clips
        self._settings = settings

    def export(self, review_id: str, kind: str, language: str, actor: str) -> Exported:
        """One of ``KINDS``; ``language`` ("en", "zh"; empty: en) is of the words in a PDF.

        Raises:
            NotFound, RequestInvalid
            ExtraMissing: what a PDF needs is not installed.
            BundleKeyUnusable: the key that signs bundles cannot be used.
        """
        language = language or "en"
        if kind not in KINDS or language not in LANGUAGES:
            raise RequestInvalid(f"an export is one of {', '.join(KINDS)}, in one of {', '.join(LANGUAGES)}", "format")
        review, report = self._desk.get(review_id), self._reports.load(review_id)
        entries = self._desk.log_of(review_id)
        content = self._content(kind, language, review, report, entries)
        made = Exported(f"review-{review_id}.{_SUFFIXES[kind]}", KINDS[kind], content)
        subject = review_convert.review_name(review_id)
        self._desk.record(actor, "review.exported", subject, format=kind, sha256=made.sha256)
        return made

    def _content(self, kind: str, language: str, review: Review, report: Report, entries: Sequence[LogEntry]) -> bytes:
        if kind == "json":
            return self._json(review, report, entries)
        if kind == "pdf":
            return evidence_pdf(review, report, entries, language)
        extra = {"review.json": self._json(review, report, entries)}
        with tempfile.TemporaryDirectory(prefix="anchorproof-") as folder, self._clip(report) as clip:
            return self._bundle(Path(folder) / "bundle.zip", report, clip, extra)

    @contextlib.contextmanager
    def _clip(self, report: Report) -> Iterator[Path | None]:
        """The clip's file while it is needed; None: it is not kept any more, or its store cannot be reached."""
        with contextlib.ExitStack() as held:
            try:
                found = self._clips.find(report.clip.sha256)
                clip = held.enter_context(self._clips.local(report.clip.sha256)) if found else None
            except AnchorproofError as error:
                _log.warning("a bundle is made without pictures: %s", error.reason)
                clip = None
            yield clip

    def _bundle(self, target: Path, report: Report, clip: Path | None, extra: dict[str, bytes]) -> bytes:
        """With key frames where the clip is at hand and can be decoded."""
        text = convert.report_json(report)
        try:
            return bundling.make(target, report, text, self._settings, clip, extra).read_bytes()
        except ClipRejected as error:
            _log.warning("a bundle is made without pictures: %s", error.reason)
            return bundling.make(target, report, text, self._settings, None, extra).read_bytes()

    def _json(self, review: Review, report: Report, entries: Sequence[LogEntry]) -> bytes:
        document: dict[str, Any] = {
            "review": json.loads(convert.message_json(review_convert.review_message(review))),
            "report": json.loads(convert.report_json(report)),
            "auditEntries": [
                json.loads(convert.message_json(review_convert.entry_message(entry))) for entry in entries
            ],
            "auditKey": self._desk.public_key,
        }
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
