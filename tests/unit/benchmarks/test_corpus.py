"""Who is enrolled and what is analysed, by rule; and how recognitions are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anchorproof.types import (
    Box,
    ClipInfo,
    Decision,
    FaceFinding,
    Report,
    Span,
    Verdict,
    VoiceFinding,
)
from benchmarks.corpus import Case, Kind, Outcome, _figures, _recognition, chosen_from, plan
from benchmarks.manifests import Row


def _row(row_id: str, identity: str = "", label: str = "bonafide", **columns: str) -> Row:
    cells = {"identity": identity, "label": label, "modality": "av", "duration_s": "5", "source_repo": row_id[0]}
    return Row(row_id, Path(f"{row_id}.mp4"), cells | columns)


ROWS = [
    _row("a1", "Ann", duration_s="4"),
    _row("a2", "Ann", duration_s="9"),
    _row("a3", "Ann", duration_s="30", modality="video"),
    _row("a4", "Ann", "fake", fake_type="talkinghead"),
    _row("b1", "Bob"),
    _row("b2", "Bob", "fake", fake_type="tts", notes="x; audio_only_fake=1"),
    _row("c1", "Cy"),  # alone: cannot be enrolled and found again
    _row("d1", "Dee", "fake"),  # nothing genuine to enrol from
    _row("d2", "Dee", "fake"),
    _row("e1", ""),
    _row("e2", "", "fake", generator="G"),
    _row("f1", "Ann", notes="composite=1"),
    _row("g1", "Ann", duration_s="900"),
    _row("h1", "Ann", modality="image"),
]


def test_people_with_a_genuine_and_another_clip_are_enrolled_most_genuine_first() -> None:
    chosen = plan(ROWS, anchors=5, per_anchor=9, others=0)
    assert [rows[0].columns["identity"] for rows in chosen.enrolled.values()] == ["Ann", "Bob"]
    assert plan(ROWS, anchors=1, per_anchor=9, others=0).enrolled.keys() == {"bench-01"}


def test_the_longest_genuine_clip_with_sound_is_enrolled_and_never_analysed() -> None:
    chosen = plan(ROWS, anchors=5, per_anchor=9, others=9)
    assert [row.row_id for row in chosen.enrolled["bench-01"]] == ["a2"]
    assert not {"a2", "b1"} & {case.row.row_id for case in chosen.cases}


def test_somebody_shown_only_in_silence_is_also_enrolled_from_a_recording() -> None:
    rows = [_row(f"v{k}", "Zed", modality="video") for k in range(2)]
    rows += [_row(f"s{k}", "ze-D", modality="audio", duration_s=str(9 - k)) for k in range(2)]
    chosen = plan(rows, anchors=1, per_anchor=9, others=0)
    assert [row.row_id for row in chosen.enrolled["bench-01"]] == ["v1", "s0"]
    assert [case.row.row_id for case in chosen.cases] == ["v0", "s1"]


def test_every_case_has_its_kind_and_the_person_it_is_of() -> None:
    chosen = plan(ROWS, anchors=5, per_anchor=9, others=9)
    kinds = {case.row.row_id: (case.kind, case.anchor_id) for case in chosen.cases}
    assert kinds == {
        "a1": (Kind.SAME_PERSON, "bench-01"),
        "a3": (Kind.SAME_PERSON, "bench-01"),
        "a4": (Kind.FAKE_OF_ENROLLED, "bench-01"),
        "b2": (Kind.DUB, "bench-02"),
        "c1": (Kind.STRANGER, None),
        "e1": (Kind.STRANGER, None),
        "d1": (Kind.OTHER_FAKE, None),
        "d2": (Kind.OTHER_FAKE, None),
        "e2": (Kind.OTHER_FAKE, None),
    }


def test_a_limit_per_person_leaves_some_of_each_kind() -> None:
    chosen = plan(ROWS, anchors=1, per_anchor=2, others=0)
    assert {case.kind for case in chosen.cases} == {Kind.SAME_PERSON, Kind.FAKE_OF_ENROLLED}


def test_a_manifest_without_people_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("id,path,modality,label,identity,duration_s\na,a.mp4,av,bonafide,,5\n")
    with pytest.raises(ValueError, match="names nobody with a genuine clip"):
        chosen_from(path, 3, 3, 3)


def _report(faces: tuple[str | None, ...], voices: tuple[str | None, ...], decision: Decision) -> Report:
    box = Box(0, 0, 9, 9)
    return Report(
        report_id="r",
        create_time=datetime(2020, 1, 1, tzinfo=UTC),
        clip=ClipInfo("ab", 1, "mp4", 5.0, None, None),
        clip_name="c",
        verdict=Verdict(decision, 0.5, 0.5, 0.7, 0.7, (), (), (), ""),
        evidence=(),
        unassessed=(),
        faces=tuple(FaceFinding(f"f{k}", Span(0, 1), 1, 0.0, box, (), who) for k, who in enumerate(faces)),
        voices=tuple(VoiceFinding(f"v{k}", (Span(0, 2),), 2.0, (), who) for k, who in enumerate(voices)),
        identity=(),
        components=(),
        timings=(),
    )


def _outcome(
    anchor_id: str | None, faces: tuple[str | None, ...], kind: Kind, decision: Decision, wall_s: float = 1.0
) -> Outcome:
    row = ROWS[0] if kind in (Kind.SAME_PERSON, Kind.STRANGER) else ROWS[3]
    return Outcome(Case(row, kind, anchor_id), wall_s, _report(faces, (), decision))


def test_recognitions_are_hits_misses_and_wrong_names() -> None:
    same, stranger = Kind.SAME_PERSON, Kind.STRANGER
    outcomes = [
        _outcome("bench-01", ("bench-01",), same, Decision.BONA_FIDE),
        _outcome("bench-01", (None, None), same, Decision.BONA_FIDE),
        _outcome("bench-01", ("bench-02",), same, Decision.BONA_FIDE),
        _outcome(None, (None,), stranger, Decision.BONA_FIDE),
        _outcome(None, ("bench-02",), stranger, Decision.BONA_FIDE),
        _outcome("bench-01", (), same, Decision.INCONCLUSIVE),
    ]
    found = _recognition(outcomes, "face", {"bench-01", "bench-02"})
    assert found == {"hit": 1, "miss": 2, "wrong": 2, "nobody": 1, "silent": 1}
    assert _recognition(outcomes, "face", {"bench-02"}) == {"hit": 0, "miss": 0, "wrong": 2, "nobody": 1, "silent": 4}
    assert _recognition(outcomes, "voice", {"bench-01"})["silent"] == 6


def test_decisions_are_counted_against_the_label_and_errors_are_their_own_column() -> None:
    outcomes = [
        _outcome("bench-01", (), Kind.SAME_PERSON, Decision.BONA_FIDE, 1.0),
        _outcome(None, (), Kind.STRANGER, Decision.SPOOF, 2.0),
        _outcome(None, (), Kind.OTHER_FAKE, Decision.SPOOF, 3.0),
    ]
    outcomes.append(replace(outcomes[2], report=None, error="CLIP_UNREADABLE"))
    found = _figures(outcomes, {"face": {"bench-01"}, "voice": set()})
    assert found["confusion"]["bona_fide"] == {"bona_fide": 1, "inconclusive": 0, "spoof": 1, "error": 0}
    assert found["confusion"]["spoof"] == {"bona_fide": 0, "inconclusive": 0, "spoof": 1, "error": 1}
    assert found["errors"] == {"a4": "CLIP_UNREADABLE"}
    assert found["time_per_clip_s"]["p50"] == pytest.approx(2.5)
