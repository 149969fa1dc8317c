"""Reports become reviews: what the queue is filtered and shown by, copied from the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from anchorproof.databases import Session
from anchorproof.reviews.books import Books
from anchorproof.times import to_number
from anchorproof.types import Report, Verdict

#: The outlet in an anchor's record; empty: none, or no such anchor any more.
OutletOf = Callable[[str], str]
#: Reports taken up in one transaction.
BATCH_REPORTS = 200


class Items:
    """The queue's items. ``source`` of a report is who sent its clip (empty: not said)."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def position(self) -> int:
        """The sequence number up to which the report store was read."""
        with self._books.database.reading() as session:
            row = session.row("get_progress")
        return int(row["report_sequence"]) if row is not None else 0

    def take_up(self, reports: Sequence[tuple[int, Report, str]], outlet_of: OutletOf) -> int:
        """Make reviews of reports, given with their sequence numbers and sources; how many were new.

        A report that has its review already changes nothing, so several processes may do this at once.
        """
        if not reports:
            return 0
        rows = [(_columns(report, source, outlet_of), _tags(report, outlet_of)) for _, report, source in reports]
        with self._books.database.writing() as session:
            added = sum(_insert(session, columns, tags) for columns, tags in rows)
            session.run("put_progress", report_sequence=max(sequence for sequence, *_ in reports))
        return added


def _insert(session: Session, columns: dict[str, Any], tags: Iterable[tuple[str, str]]) -> int:
    if session.row("get_review_sequence", review_id=columns["review_id"]) is not None:
        return 0
    session.run("insert_review", **columns)
    for kind, value in tags:
        session.run("count_tag", kind=kind, value=value)
        session.run("insert_tagged", kind=kind, value=value, review_id=columns["review_id"])
    return 1


def _columns(report: Report, source: str, outlet_of: OutletOf) -> dict[str, Any]:
    verdict = report.verdict
    return {
        "review_id": report.report_id,
        "report_time": to_number(report.create_time),
        "clip_name": report.clip_name,
        "clip_sha256": report.clip.sha256,
        "duration_s": report.clip.duration_s,
        "decision": verdict.decision.value,
        "confidence": verdict.confidence,
        "spoof_posterior": verdict.spoof_posterior,
        "scenarios": _list(guess.scenario for guess in verdict.scenarios),
        "flags": _list(verdict.flags),
        "anchors": _list(_anchors(report)),
        "outlets": _list(_outlets(report, outlet_of)),
        "source": source,
        "summary": verdict.summary,
        "summaries": _summaries(verdict),
    }


def _summaries(verdict: Verdict) -> str:
    """By language, those that the summary is not in: it is the first explanation's."""
    texts = {one.language: one.paragraph for one in verdict.explanations if one.paragraph != verdict.summary}
    return json.dumps(texts, ensure_ascii=False)


def _tags(report: Report, outlet_of: OutletOf) -> list[tuple[str, str]]:
    found = [("scenario", guess.scenario) for guess in report.verdict.scenarios]
    found += [("anchor", anchor_id) for anchor_id in _anchors(report)]
    found += [("outlet", tag_key(outlet)) for outlet in _outlets(report, outlet_of)]
    return sorted({(kind, value) for kind, value in found if value})


def tag_key(text: str) -> str:
    """Outlets are found whatever the case and the blanks."""
    return " ".join(text.split()).casefold()


def _anchors(report: Report) -> list[str]:
    """Seen, heard, or named in writing, in this order."""
    ids = [face.anchor_id for face in report.faces] + [voice.anchor_id for voice in report.voices]
    ids += [claim.anchor_id for claim in report.claims.anchors] if report.claims else []
    return [*dict.fromkeys(anchor_id for anchor_id in ids if anchor_id)]


def _outlets(report: Report, outlet_of: OutletOf) -> list[str]:
    """Shown in the picture, then those of the anchors."""
    names = [claim.outlet for claim in report.claims.outlets] if report.claims else []
    names += [outlet_of(anchor_id) for anchor_id in _anchors(report)]
    return [*dict.fromkeys(name for name in names if name)]


def _list(values: Iterable[str]) -> str:
    return json.dumps([*dict.fromkeys(values)], ensure_ascii=False)
