"""One failing detector leaves the rest of the report standing."""

from __future__ import annotations

import logging

import pytest

from anchorproof.errors import ClipUnreadable
from anchorproof.pipeline import DETECTOR_FAILED, spared
from anchorproof.types import Unassessed


def test_fault_of_one_detector_is_said_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> int:
        raise ZeroDivisionError("a detail that is nobody's business")

    with caplog.at_level(logging.ERROR):
        found = spared("visual", fail)
    assert isinstance(found, Unassessed)
    assert (found.source, found.reason) == ("visual", DETECTOR_FAILED)
    assert "nobody's business" not in found.message
    assert "ZeroDivisionError" in caplog.text


def test_errors_about_the_whole_clip_pass() -> None:
    def reject() -> int:
        raise ClipUnreadable("not media")

    with pytest.raises(ClipUnreadable):
        spared("visual", reject)
    assert spared("visual", lambda: 5) == 5
