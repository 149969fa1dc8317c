"""Findings, and looks that fail themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from anchorproof.doctor.findings import Finding, State, broken, exit_code, looked, skipped, sound, warning
from anchorproof.errors import StorageFailed


def test_what_is_wrong_comes_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="what to do"):
        Finding("disk", State.BROKEN, "it is full")


def test_look_that_fails_is_a_finding_and_keeps_what_it_found_before() -> None:
    def look() -> Iterator[Finding]:
        yield sound("a", "fine")
        raise StorageFailed("the disk is full")

    first, second = looked("b", look)
    assert first.state is State.SOUND
    assert (second.check, second.state) == ("b", State.BROKEN)
    assert second.words == "the disk is full [STORAGE_FAILED]"


def test_look_that_fails_for_a_fault_says_where_and_quotes_nothing() -> None:
    def look() -> Iterator[Finding]:
        raise ZeroDivisionError("secret detail")

    (found,) = looked("b", look)
    assert found.state is State.BROKEN
    assert "ZeroDivisionError at" in found.words
    assert "secret" not in found.words


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([sound("a", ""), skipped("b", "")], 0),
        ([sound("a", ""), warning("b", "", "look")], 1),
        ([warning("b", "", "look"), broken("c", "", "mend"), sound("a", "")], 2),
    ],
)
def test_exit_code_is_of_the_worst(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code
