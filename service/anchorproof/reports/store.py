"""Reports, over SQLite or PostgreSQL: kept whole as JSON, found by what they say."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import TypeAdapter

from anchorproof import pages
from anchorproof.databases import Database, Session
from anchorproof.errors import AlreadyExists, NotFound, RequestInvalid
from anchorproof.sqlite import Schema
from anchorproof.times import to_number
from anchorproof.types import Decision, Report

SCHEMA = Schema(
    kind="report store", package="anchorproof.reports", application_id=0x414E4350, namespace="reports"
)  # "ANCP"
REQUEST_ID_LENGTH = 200

_REPORT: TypeAdapter[Report] = TypeAdapter(Report)
_END_OF_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ReportFilters:
    """Which reports to list; None lets all pass. Times are aware, ``created_before`` is exclusive.

    ``anchor_id`` is an anchor recognised in the clip, by face or by voice.
    """

    decision: Decision | None = None
    clip_sha256: str | None = None
    anchor_id: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


class ReportStore:
    """All reports of this installation; safe from several threads, processes and, on PostgreSQL, machines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> ReportStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def save(self, report: Report, request_id: str = "") -> Report:
        """Keep the report; it is on disk when this returns.

        Returns:
            The stored report: an earlier one when ``request_id`` already led to one about the same clip.

        Raises:
            RequestInvalid: ``request_id`` was used for another clip.
            AlreadyExists: another report has this id.
        """
        if len(request_id) > REQUEST_ID_LENGTH:
            raise RequestInvalid(
                f"request_id must have at most {REQUEST_ID_LENGTH} characters; got {len(request_id)}", "request_id"
            )
        document = _to_json(report)
        with self._database.writing() as session:
            earlier = _stored(session, report, request_id)
            if earlier is None:
                _insert(session, report, request_id, document)
        return earlier or report

    def load(self, report_id: str) -> Report:
        """Raises NotFound."""
        with self._database.reading() as session:
            row = session.row("get_report", report_id=report_id)
        if row is None:
            raise NotFound("report", report_id)
        return _REPORT.validate_json(row["document"])

    def find_request(self, request_id: str) -> Report | None:
        """The report this request led to; None for a request never seen, or one without an id."""
        with self._database.reading() as session:
            row = session.row("find_request", request_id=request_id) if request_id else None
        return None if row is None else _REPORT.validate_json(row["document"])

    def after(self, sequence: int, rows: int) -> list[tuple[int, Report]]:
        """Reports stored behind ``sequence``, in the order in which they were stored, with their own numbers.

        Writers take turns, so a number that was seen is never followed by a smaller one.
        """
        with self._database.reading() as session:
            found = session.rows("reports_after", sequence=sequence, rows=rows)
        return [(row["sequence"], _REPORT.validate_json(row["document"])) for row in found]

    def list(
        self, page_size: int = 0, page_token: str = "", filters: ReportFilters | None = None
    ) -> tuple[list[Report], str]:
        """One page, newest first, and the next page's token (empty: no more).

        Raises:
            RequestInvalid: a page token of another list or of other filters.
        """
        limit = pages.rows_per_page(page_size)
        columns = _filter_columns(filters or ReportFilters())
        scope = f"reports {json.dumps(columns, sort_keys=True)}"
        end = (_END_OF_TIME, _END_OF_TIME)
        time, sequence = pages.read_token(page_token, scope, 2) if page_token else end
        with self._database.reading() as session:
            rows = session.rows("list_reports", time=time, sequence=sequence, rows=limit + 1, **columns)
        last = rows[limit - 1] if len(rows) > limit else None
        token = pages.write_token([last["create_time"], last["sequence"]], scope) if last else ""
        return [_REPORT.validate_json(row["document"]) for row in rows[:limit]], token


def _stored(session: Session, report: Report, request_id: str) -> Report | None:
    """What an earlier, equal call has stored."""
    row = session.row("find_request", request_id=request_id) if request_id else None
    if row is not None:
        earlier = _REPORT.validate_json(row["document"])
        if earlier.clip.sha256 != report.clip.sha256:
            raise RequestInvalid(
                f"request_id {request_id!r} was used before for another clip; send a new one with every new request",
                "request_id",
            )
        return earlier
    row = session.row("get_report", report_id=report.report_id)
    if row is None:
        return None
    earlier = _REPORT.validate_json(row["document"])
    if earlier != report:
        raise AlreadyExists("report", report.report_id)
    return earlier


def _insert(session: Session, report: Report, request_id: str, document: str) -> None:
    session.run(
        "insert_report",
        report_id=report.report_id,
        request_id=request_id or None,
        create_time=to_number(report.create_time),
        clip_sha256=report.clip.sha256,
        decision=report.verdict.decision.value,
        document=document,
    )
    seen = {face.anchor_id for face in report.faces if face.anchor_id}
    heard = {voice.anchor_id for voice in report.voices if voice.anchor_id}
    for anchor_id in sorted(seen | heard):
        session.run("insert_recognised", report_id=report.report_id, anchor_id=anchor_id)


def _to_json(report: Report) -> str:
    """Raises ValueError when the report would not come back as it is: numbers that JSON has not, a naive time."""
    document = _REPORT.dump_json(report)
    if report.create_time.tzinfo is None or _REPORT.validate_json(document) != report:
        raise ValueError(f"report {report.report_id!r} cannot be stored exactly")
    return document.decode()


def _filter_columns(filters: ReportFilters) -> dict[str, str | int | None]:
    times = {
        field: None if value is None else to_number(value)
        for field, value in asdict(filters).items()
        if field.startswith("created")
    }
    decision = filters.decision.value if filters.decision else None
    return {"decision": decision, "clip_sha256": filters.clip_sha256, "anchor_id": filters.anchor_id, **times}
