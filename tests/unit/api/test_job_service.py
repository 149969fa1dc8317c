"""What a list of operations may be asked for."""

from __future__ import annotations

import pytest

from anchorproof.api.job_service import read_filter
from anchorproof.errors import RequestInvalid
from anchorproof.queue.queue import JobFilters
from anchorproof.types import JobState


def test_filter_is_read() -> None:
    assert read_filter("") == JobFilters()
    assert read_filter('state=DEAD AND batch_id="b1"') == JobFilters(state=JobState.DEAD, batch_id="b1")
    assert read_filter("client = ada") == JobFilters(client="ada")


@pytest.mark.parametrize("text", ["state=SLEEPING", "colour=red", "state", "state=", "done OR not"])
def test_filter_that_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises(RequestInvalid):
        read_filter(text)
