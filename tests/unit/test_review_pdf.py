"""The evidence report for people."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdf
import pytest

from anchorproof.review_pdf import evidence_pdf
from anchorproof.types import Review, ReviewState
from tests.desks import made_report, no_clip

REPORT = made_report("one", no_clip(10.0))
REVIEW = Review(
    *("one", ReviewState.OPEN, "etag", REPORT.create_time, "one.mp4", "0" * 64, 10.0),
    *(REPORT.verdict.decision, 0.92, 0.92, ("A1",), (), ("ada",), (), "rosa", "So."),
)


def text_of(content: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Where the picture detector looked"), ("zh", "图像检测器关注的位置")]
)
def test_where_the_detector_looked_is_drawn_in_both_languages(language: str, words: str) -> None:
    text = text_of(evidence_pdf(REVIEW, REPORT, (), language))
    assert words in text
    assert "LLR +0.70" in text
    assert "5.0-10.0 s" in text


def test_report_without_looks_says_nothing_of_them() -> None:
    bare = replace(REPORT, evidence=tuple(replace(item, looks=()) for item in REPORT.evidence))
    assert "Where the picture detector looked" not in text_of(evidence_pdf(REVIEW, bare, (), "en"))


def test_same_review_gives_the_same_bytes() -> None:
    assert evidence_pdf(REVIEW, REPORT, (), "en") == evidence_pdf(REVIEW, REPORT, (), "en")
