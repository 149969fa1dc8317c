"""The decoding child as it is, and one that does not work."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from anchorproof.doctor import decoding
from anchorproof.doctor.findings import State, looked
from anchorproof.media.trial import Trial
from anchorproof.settings import Settings
from tests.unit.doctor.conftest import said


def test_made_picture_and_sound_are_decoded(settings: Settings) -> None:
    assert said(decoding.look_at_decoding(settings), "decoding")[0] is State.SOUND


@pytest.mark.parametrize("script", ["exit 1", "kill -SEGV $$", "printf 'ffffffffffffffff'"])
def test_child_that_does_not_work_is_broken(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    program = tmp_path / "impostor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    for check, look in (("decoding", decoding.look_at_decoding), ("confinement", decoding.look_at_confinement)):
        found = looked(check, lambda look=look: look(settings))  # type: ignore[misc]
        assert said(found, check)[0] is State.BROKEN


@pytest.mark.parametrize(
    ("trial", "confinement", "is_landlock_told"),
    [
        (Trial(True, (), ()), State.SOUND, False),
        (Trial(True, ("connect",), ()), State.WARNING, False),
        (Trial(False, ("read a file",), ("make a folder",)), State.WARNING, True),
        (Trial(False, (), ()), State.SOUND, True),
    ],
)
def test_what_a_child_could_do_is_told(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    trial: Trial,
    confinement: State,
    is_landlock_told: bool,
) -> None:
    monkeypatch.setattr(decoding, "try_confinement", lambda _: trial)
    findings = list(decoding.look_at_confinement(settings))
    state, words = said(findings, "confinement")
    assert state is confinement
    assert all(what in words for what in trial.decoding)
    assert any(finding.check == "Landlock" for finding in findings) is is_landlock_told
