"""Installations to be broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anchorproof.doctor.findings import Finding, State
from anchorproof.settings import Settings

MakeSettings = Callable[..., Settings]


@pytest.fixture
def make_settings(tmp_path: Path) -> MakeSettings:
    """Settings over a data folder of the test's own; groups are changed by dictionaries."""

    def make(**changes: Any) -> Settings:
        plain = Settings(data_dir=tmp_path / "data")
        groups = {
            name: replace(getattr(plain, name), **value) if isinstance(value, dict) else value
            for name, value in changes.items()
        }
        return plain.model_copy(update=groups)

    return make


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    made = make_settings()
    made.data_dir.mkdir(mode=0o700)
    return made


def only(findings: Iterable[Finding], check: str) -> Finding:
    """The one finding of that check."""
    (found,) = [finding for finding in findings if finding.check == check]
    return found


def said(findings: Iterable[Finding], check: str) -> tuple[State, str]:
    found = only(findings, check)
    return found.state, found.words
