"""``python -m benchmarks corpus``: enrol people of a labelled corpus over gRPC, then analyse its other clips.

Who is enrolled, from which clip, and which clips are analysed follow from the manifest by rule; nothing is picked by
hand.
"""

from __future__ import annotations

import contextlib
import csv
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from anchorproof.client import Client, EnrolmentWish, ServiceError
from anchorproof.types import Decision, Report
from benchmarks.manifests import Protocol, Row, applicable, read_manifest, spread
from benchmarks.progress import Meter

#: Clips longer than this are not used: the demonstration should end while one watches.
LONGEST_S = 65.0
OUTLET = "benchmark corpus"
#: Anchor ids by modality.
References = Mapping[str, Collection[str]]


class Kind(StrEnum):
    """What a clip shows, as far as the manifest says."""

    SAME_PERSON = "enrolled, genuine"
    """Another genuine clip of an enrolled person."""
    DUB = "enrolled, synthetic voice"
    """An enrolled person's genuine picture, often that of the clip enrolled from, with a synthetic voice."""
    FAKE_OF_ENROLLED = "enrolled, fake"
    STRANGER = "not enrolled, genuine"
    OTHER_FAKE = "not enrolled, fake"
    """A fake of somebody else, or of nobody stated: who is seen may be anybody."""


@dataclass(frozen=True, slots=True)
class Case:
    """One clip to analyse; ``anchor_id`` of the enrolled person it is of, if any."""

    row: Row
    kind: Kind
    anchor_id: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is enrolled from which rows, by anchor id; and what is analysed then."""

    enrolled: Mapping[str, Sequence[Row]]
    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the service answered about a clip."""

    case: Case
    wall_s: float
    report: Report | None
    error: str = ""

    @property
    def decision(self) -> str:
        return self.report.verdict.decision.value if self.report else "error"

    def recognised(self, modality: str) -> set[str]:
        """Anchor ids recognised by face or by voice."""
        findings: Sequence[Any] = () if self.report is None else getattr(self.report, f"{modality}s")
        return {finding.anchor_id for finding in findings if finding.anchor_id}


# --------------------------------------------------------------------------- who and what


def plan(rows: Sequence[Row], anchors: int, per_anchor: int, others: int) -> Plan:
    """Chooses by rule.

    Enrolled: people with two or more clips, at least one genuine with a picture; those with the most genuine clips
    first, then by name. A person is enrolled from the genuine clip with sound that lasts longest, or else from the
    longest silent one and the longest recording of their voice. Analysed: up to ``per_anchor`` other clips of each,
    ``others`` genuine clips of people not enrolled and ``others`` fakes, spread over the manifest. Composites (several
    pictures in one) and clips over :data:`LONGEST_S` are not used.
    """
    usable = [row for row in applicable(rows, Protocol.VERDICT) if _is_usable(row)]
    people: dict[str, list[Row]] = defaultdict(list)
    for row in usable:
        if _person(row):
            people[_person(row)].append(row)
    worth = {name: shown for name, shown in people.items() if len(shown) > 1 and any(map(_is_enrollable, shown))}
    ranked = sorted(worth, key=lambda name: (-sum(map(_is_genuine, worth[name])), name))[:anchors]
    ids = {name: f"bench-{place:02d}" for place, name in enumerate(ranked, 1)}
    enrolled = {ids[name]: _for_enrolment(worth[name]) for name in ranked}
    cases = [case for name in ranked for case in _cases_of(worth[name], enrolled[ids[name]], ids[name])[:per_anchor]]
    rest = [row for row in usable if _person(row) not in ids]
    for kind, side in ((Kind.STRANGER, True), (Kind.OTHER_FAKE, False)):
        shown = [row for row in rest if _is_genuine(row) == side and row.modality != "audio"]
        cases += [Case(row, kind, None) for row in (spread(shown, others) if shown and others else [])]
    return Plan(enrolled, cases)


def _is_usable(row: Row) -> bool:
    return (
        row.columns.get("label") in ("bonafide", "fake")
        and "composite=1" not in row.columns.get("notes", "")
        and 0 < _seconds(row) <= LONGEST_S
    )


def _seconds(row: Row) -> float:
    try:
        return float(row.columns.get("duration_s") or 0)
    except ValueError:
        return 0.0


def _is_genuine(row: Row) -> bool:
    return row.columns.get("label") == "bonafide"


def _is_enrollable(row: Row) -> bool:
    return _is_genuine(row) and row.modality in ("av", "video")


def _person(row: Row) -> str:
    """The manifest's name without case, spaces and hyphens, which its sources spell differently; empty: not stated."""
    name = "".join(filter(str.isalnum, row.columns.get("identity", ""))).casefold()
    return "" if name in ("none", "unknown") else name


def _for_enrolment(shown: Sequence[Row]) -> list[Row]:
    best = max(filter(_is_enrollable, shown), key=lambda row: (row.modality == "av", _seconds(row), row.row_id))
    sounds = [row for row in shown if _is_genuine(row) and row.modality == "audio"]
    if best.modality == "av" or not sounds:
        return [best]
    return [best, max(sounds, key=lambda row: (_seconds(row), row.row_id))]


def _cases_of(shown: Sequence[Row], enrolled_from: Sequence[Row], anchor_id: str) -> list[Case]:
    """The person's other clips, kinds in turn, so that a limit leaves some of each."""
    by_kind: dict[Kind, list[Case]] = defaultdict(list)
    for row in shown:
        if row not in enrolled_from:
            kind = _kind(row)
            by_kind[kind].append(Case(row, kind, anchor_id))
    turns = max(map(len, by_kind.values()), default=0)
    return [by_kind[kind][turn] for turn in range(turns) for kind in sorted(by_kind) if turn < len(by_kind[kind])]


def _kind(row: Row) -> Kind:
    if _is_genuine(row):
        return Kind.SAME_PERSON
    return Kind.DUB if "audio_only_fake=1" in row.columns.get("notes", "") else Kind.FAKE_OF_ENROLLED


# --------------------------------------------------------------------------- over gRPC


def demonstrate(chosen: Plan, address: str, jobs: int) -> dict[str, Any]:
    """Enrols, analyses, deletes what it enrolled; returns all figures.

    Raises:
        ServiceError: the service cannot be reached, or an anchor of that id is already there.
    """
    with Client(address) as client, _enrolled(chosen, client) as enrolments:
        outcomes = list(_analysed(chosen.cases, client, jobs))
    order = {id(case): place for place, case in enumerate(chosen.cases)}
    outcomes.sort(key=lambda outcome: order[id(outcome.case)])
    return {
        "enrolled": enrolments,
        **_figures(outcomes, _referenced(enrolments)),
        "clips": [_line(outcome) for outcome in outcomes],
    }


@contextlib.contextmanager
def _enrolled(chosen: Plan, client: Client) -> Iterator[list[dict[str, Any]]]:
    """Anchors with their enrolments, erased with the block."""
    made: list[str] = []
    entries = []
    try:
        with Meter("enrol", len(chosen.enrolled)) as meter:
            for anchor_id, rows in chosen.enrolled.items():
                client.create_anchor(rows[0].columns["identity"], outlet=OUTLET, anchor_id=anchor_id)
                made.append(anchor_id)
                entries += [_enrol(anchor_id, row, client) for row in rows]
                meter.advance()
        yield entries
    finally:
        for anchor_id in made:
            client.delete_anchor(anchor_id)


def _enrol(anchor_id: str, row: Row, client: Client) -> dict[str, Any]:
    entry: dict[str, Any] = {"anchor_id": anchor_id, "identity": row.columns["identity"], "id": row.row_id}
    try:
        # A genuine clip that is taken for a spoof is counted, and enrolled: recognition is measured apart from that.
        wish = EnrolmentWish(override_reason="labelled genuine")
        enrolment = client.enrol(anchor_id, row.path, wish=wish)
    except ServiceError as error:
        return entry | {"rejected": error.reason, "message": error.message}
    reasons = sorted({f"{rejection.modality}:{rejection.reason}" for rejection in enrolment.rejections})
    counts = {"face_templates": enrolment.face_templates, "voice_templates": enrolment.voice_templates}
    taken_for_spoof = enrolment.assessment is not None and enrolment.assessment.decision is Decision.SPOOF
    seen = {"speech_s": round(enrolment.speech_s, 2), "not_used": reasons, "taken_for_spoof": taken_for_spoof}
    return entry | counts | seen


def _analysed(cases: Sequence[Case], client: Client, jobs: int) -> Iterator[Outcome]:
    pool = ThreadPoolExecutor(max(1, jobs))
    try:
        with Meter("analyse", len(cases)) as meter:
            for done in as_completed([pool.submit(_analyse, case, client) for case in cases]):
                meter.advance()
                yield done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _analyse(case: Case, client: Client) -> Outcome:
    begun = time.perf_counter()
    try:
        report = client.analyze(case.row.path)
    except (ServiceError, OSError) as error:
        reason = error.reason if isinstance(error, ServiceError) else "FILE_MISSING"
        return Outcome(case, time.perf_counter() - begun, None, reason)
    return Outcome(case, time.perf_counter() - begun, report)


# --------------------------------------------------------------------------- figures


def _referenced(enrolments: Sequence[Mapping[str, Any]]) -> References:
    """The anchors that have a face, and a voice, to compare with."""
    return {
        modality: {entry["anchor_id"] for entry in enrolments if entry.get(f"{modality}_templates")}
        for modality in ("face", "voice")
    }


def _figures(outcomes: Sequence[Outcome], referenced: References) -> dict[str, Any]:
    return {
        "confusion": {
            truth: _decisions([o for o in outcomes if _is_genuine(o.case.row) == genuine])
            for truth, genuine in (("bona_fide", True), ("spoof", False))
        },
        "confusion_by_kind": {kind.value: _decisions([o for o in outcomes if o.case.kind is kind]) for kind in Kind},
        "identity": {kind.value: _identity([o for o in outcomes if o.case.kind is kind], referenced) for kind in Kind},
        "time_per_clip_s": _times([outcome.wall_s for outcome in outcomes]),
        "time_per_media_s": _times([o.wall_s / _seconds(o.case.row) for o in outcomes if o.report]),
        "errors": {o.case.row.row_id: o.error for o in outcomes if o.error},
    }


def _decisions(outcomes: Sequence[Outcome]) -> dict[str, int]:
    names = ("bona_fide", "inconclusive", "spoof", "error")
    return {name: sum(outcome.decision == name for outcome in outcomes) for name in names}


def _identity(outcomes: Sequence[Outcome], referenced: References) -> dict[str, dict[str, int]]:
    return {modality: _recognition(outcomes, modality, known) for modality, known in referenced.items()}


def _recognition(outcomes: Sequence[Outcome], modality: str, referenced: Collection[str]) -> dict[str, int]:
    """``hit``: the person was named; ``wrong``: somebody else was; ``silent``: there was nothing to compare."""
    found = {"hit": 0, "miss": 0, "nobody": 0, "wrong": 0, "silent": 0}
    for outcome in outcomes:
        anchor_id, named = outcome.case.anchor_id, outcome.recognised(modality)
        found["wrong"] += bool(named - {anchor_id})
        if outcome.report is None or not getattr(outcome.report, f"{modality}s"):
            found["silent"] += 1
        elif anchor_id is None:
            found["nobody"] += not named
        elif anchor_id not in referenced:
            found["silent"] += 1
        else:
            found["hit" if anchor_id in named else "miss"] += 1
    return found


def _times(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {name: round(float(np.quantile(values, at)), 3) for name, at in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}


def _line(outcome: Outcome) -> dict[str, Any]:
    row, verdict = outcome.case.row, outcome.report.verdict if outcome.report else None
    return {
        "id": row.row_id,
        "kind": outcome.case.kind.value,
        "truth": "bona_fide" if _is_genuine(row) else "spoof",
        "generator": row.generator,
        "identity": row.columns.get("identity", ""),
        "anchor_id": outcome.case.anchor_id or "",
        "decision": outcome.decision,
        "llr": round(verdict.llr, 4) if verdict else None,
        "confidence": round(verdict.confidence, 4) if verdict else None,
        "face": " ".join(sorted(outcome.recognised("face"))),
        "voice": " ".join(sorted(outcome.recognised("voice"))),
        "reasons": " ".join(dict.fromkeys(reason.code for reason in verdict.reasons)) if verdict else outcome.error,
        "wall_s": round(outcome.wall_s, 3),
    }


# --------------------------------------------------------------------------- to read


def write_lines(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """The clips as CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]) if lines else ["id"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def corpus_tables(results: Mapping[str, Any]) -> list[Table]:
    """Decisions against truth, and who was recognised."""
    return [_confusion_table(results), _identity_table(results["identity"])]


def _confusion_table(results: Mapping[str, Any]) -> Table:
    times = results["time_per_clip_s"]
    caption = (
        f"time per clip: p50 {times['p50']:.1f} s, p95 {times['p95']:.1f} s, longest {times['max']:.1f} s"
        if times
        else ""
    )
    table = Table(title="Decisions", caption=caption)
    columns = ("bona_fide", "inconclusive", "spoof", "error")
    table.add_column("truth")
    for name in columns:
        table.add_column(name, justify="right")
    for truth, counts in results["confusion"].items():
        table.add_row(f"[bold]{truth}[/bold]", *(str(counts[name]) for name in columns))
    table.add_section()
    for kind, counts in results["confusion_by_kind"].items():
        table.add_row(kind, *(str(counts[name]) for name in columns))
    return table


def _identity_table(identity: Mapping[str, Any]) -> Table:
    """A line per kind of clip and modality, kinds without any clip left out."""
    caption = "wrong: named somebody who it is not; silent: nothing to compare, in the clip or enrolled"
    table = Table(title="Recognition of the enrolled", caption=caption)
    names = ("hit", "miss", "nobody", "wrong", "silent")
    table.add_column("clips")
    table.add_column("by")
    for name in names:
        table.add_column(name, justify="right")
    for kind, parts in identity.items():
        for modality, counts in parts.items():
            if any(counts.values()):
                table.add_row(kind, modality, *(str(counts[name]) for name in names))
    return table


def chosen_from(manifest: Path, anchors: int, per_anchor: int, others: int) -> Plan:
    """The plan for a manifest.

    Raises:
        ValueError: nobody in it has a genuine clip to enrol and another to analyse.
    """
    chosen = plan(read_manifest(manifest), anchors, per_anchor, others)
    if not chosen.enrolled:
        raise ValueError(f"{manifest.name} names nobody with a genuine clip to enrol and another clip to analyse")
    return chosen
