"""A review for the record: JSON, a PDF for people, or a signed bundle of all that."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof import bundling
from anchorproof.api import convert, review_convert
from anchorproof.errors import RequestInvalid
from anchorproof.reports.store import ReportStore
from anchorproof.review_pdf import LANGUAGES, evidence_pdf
from anchorproof.reviews.desk import Desk
from anchorproof.settings import Settings
from anchorproof.types import LogEntry, Report, Review

KINDS = {"json": "application/json", "pdf": "application/pdf", "bundle": "application/zip"}
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

    def __init__(self, desk: Desk, reports: ReportStore, settings: Settings) -> None:
        self._desk = desk
        self._reports = reports
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
        with tempfile.TemporaryDirectory(prefix="anchorproof-") as folder:
            target = Path(folder) / "bundle.zip"
            made = bundling.make(target, report, convert.report_json(report), self._settings, extra=extra)
            return made.read_bytes()

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
