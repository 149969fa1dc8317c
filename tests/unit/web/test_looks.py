"""What the page shows of where a detector looked."""

from __future__ import annotations

import json
from dataclasses import replace

from anchorproof.types import Question
from anchorproof.web.looks import looks_data, looks_of, shown_looks
from tests.desks import made_report, no_clip

REPORT = made_report("one", no_clip(10.0))


def test_faces_are_named_and_faint_cells_left_clear() -> None:
    (first, second) = shown_looks(REPORT, {"ada": "Ada Example"}.__getitem__)
    assert (first.number, first.name, first.region) == (0, "Ada Example", "lower_centre")
    assert [(cell.row, cell.column, cell.kind, cell.strength) for cell in first.cells] == [
        (0, 0, "less", 0.8),
        (4, 2, "more", 1.0),
        (4, 3, "more", 1.0),
    ]
    assert (second.number, second.region) == (1, "upper_left")


def test_script_gets_places_in_source_pixels() -> None:
    data = looks_data(shown_looks(REPORT, str))
    assert json.loads(json.dumps(data)) == data
    assert (data[0]["rows"], data[0]["columns"], data[0]["span"]) == (6, 6, [0.0, 5.0])
    assert data[0]["path"][0] == [0.0, 14.0, -6.0, 206.0, 186.0]


def test_report_without_looks_and_looks_on_identity_show_nothing() -> None:
    visual = REPORT.evidence[1]
    assert looks_of(replace(REPORT, evidence=(replace(visual, looks=()),))) == []
    assert looks_of(replace(REPORT, evidence=(replace(visual, question=Question.IDENTITY),))) == []
