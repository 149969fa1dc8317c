"""Killed in the middle of a decision: wholly there or not at all, and the page says which."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_decisions_made_in_a_browser_outlive_kills_or_never_were(browser: Any, tmp_path: Path) -> None:
    from benchmarks.reviews import page_kills

    found = page_kills.run(tmp_path, kills=8, seed=2, browser=browser)
    assert found["decisions_cut_off_by_servers"] >= 8
    assert found["faults"] == []
    assert found["audit_log_sound"]
