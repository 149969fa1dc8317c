from __future__ import annotations

import pytest

from anchorproof.captions.matching import find_claims
from anchorproof.types import Box, Caption, CaptionRole, RosterEntry, Span

ROSTER = (
    RosterEntry("kang-hui", ("康辉", "Kang Hui"), "CCTV"),
    RosterEntry("ada", ("Ada Example",), "Example News"),
    RosterEntry("jose", ("José Ramírez",), "RTV"),
    RosterEntry("li", ("Li",), ""),
    RosterEntry("lin", ("林晓峰",), "海东卫视"),
)


def caption(text: str, role: CaptionRole = CaptionRole.LOWER_THIRD, span: Span | None = None) -> Caption:
    return Caption(text, span or Span(1.0, 4.0), Box(0, 0, 100, 30), 30.0, role, 0.99)


def named(text: str, role: CaptionRole = CaptionRole.LOWER_THIRD) -> list[str]:
    return [claim.anchor_id for claim in find_claims([caption(text, role)], ROSTER)[0]]


def outlets(text: str, role: CaptionRole = CaptionRole.LOWER_THIRD) -> list[str]:
    return [claim.outlet for claim in find_claims([caption(text, role)], ROSTER)[1]]


@pytest.mark.parametrize(
    ("text", "anchor_id"),
    [
        ("康辉", "kang-hui"),
        ("主播 康辉", "kang-hui"),
        ("主播康辉", "kang-hui"),
        ("KANG HUI", "kang-hui"),
        ("KangHui", "kang-hui"),
        ("Ｋａｎｇ　Ｈｕｉ", "kang-hui"),
        ("Ada Example", "ada"),
        ("ADA EXAMPLE | NEWS", "ada"),
        ("Ada Exomple", "ada"),  # one letter misread
        ("Ada Exarnple", "ada"),  # m read as rn
        ("Ada Examp1e", "ada"),  # look-alike
        ("Jose Ramirez", "jose"),
        ("林晓峰", "lin"),
    ],
)
def test_names_are_found(text: str, anchor_id: str) -> None:
    assert named(text) == [anchor_id]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "康",
        "林晓蜂",  # a Chinese name has too few letters to forgive one
        "Ada Sample",
        "Canada Exampleville",
        "Ada Exiles",
        "Li",  # too short for a claim
        "Kang Huifang",
        "the mayor said that Ada Example would speak at the opening of the bridge",  # a mention
        "据悉康辉将于今晚八点主持在北京举行的大型文艺晚会",
    ],
)
def test_what_is_no_claim_is_not_found(text: str) -> None:
    assert named(text) == []


def test_a_misread_name_is_less_similar_than_an_exact_one() -> None:
    (exact,), _ = find_claims([caption("Ada Example")], ROSTER)
    (misread,), _ = find_claims([caption("Ada Exomple")], ROSTER)
    assert exact.similarity == 1.0
    assert misread.similarity == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("CCTV-13 新闻", "CCTV"),
        ("CCTV", "CCTV"),
        ("EXAMPLE NEWS", "Example News"),
        ("海东卫视", "海东卫视"),
        ("RTV", "RTV"),
    ],
)
def test_outlets_are_found_in_channel_marks(text: str, outlet: str) -> None:
    assert outlets(text, CaptionRole.CHANNEL_MARK) == [outlet]


@pytest.mark.parametrize("text", ["CCTX", "CTV", "ARTVIEW", "Example Newspaper", "海东"])
def test_other_marks_are_not_taken_for_an_outlet(text: str) -> None:
    assert outlets(text, CaptionRole.CHANNEL_MARK) == []


def test_text_elsewhere_on_the_screen_claims_no_outlet() -> None:
    assert outlets("CCTV", CaptionRole.OTHER) == []


def test_a_name_in_two_parts_of_one_row_is_found() -> None:
    def part(text: str, x: float, y: float = 0.0) -> Caption:
        return Caption(text, Span(1.0, 4.0), Box(x, y, x + 100, y + 30), 30.0, CaptionRole.CHANNEL_MARK, 0.99)

    beside, below, far = part("News", 130), part("News", 0, 60), part("News", 400)
    assert [claim.outlet for claim in find_claims([beside, part("Example", 0)], ROSTER)[1]] == ["Example News"]
    assert find_claims([part("Example", 0), below], ROSTER)[1] == ()
    assert find_claims([part("Example", 0), far], ROSTER)[1] == ()


def test_spans_of_one_claim_are_joined_where_they_meet() -> None:
    spans = (Span(0.0, 2.0), Span(1.5, 3.0), Span(6.0, 7.0))
    (claim,), _ = find_claims([caption("康辉", span=span) for span in spans], ROSTER)
    assert claim.spans == (Span(0.0, 3.0), Span(6.0, 7.0))


def test_a_flash_claims_nothing_and_a_still_does() -> None:
    assert find_claims([caption("康辉", span=Span(1.0, 1.2))], ROSTER)[0] == ()
    assert len(find_claims([caption("康辉", span=Span(0.0, 0.0))], ROSTER)[0]) == 1
