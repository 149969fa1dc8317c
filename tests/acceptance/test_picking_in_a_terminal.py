"""``enrol --pick ask`` as somebody at a terminal meets it: people are shown, a question is asked, keys are typed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import stat
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from matplotlib import cbook
from matplotlib.image import imread

from tests.acceptance.conftest import COMMAND, LIMIT_S, Shell
from tests.media_samples import Image, write_clip, write_still

SIZE = (320, 320)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``astronaut.png``, ``admiral.png``, and ``both.mp4`` in which the two take turns, the astronaut for longer."""
    folder = tmp_path_factory.mktemp("media")
    astronaut: Image = np.ascontiguousarray(skimage.data.astronaut()[:320, 70:390, :3])
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        admiral: Image = np.ascontiguousarray(imread(file, format="jpg")[20:340, 90:410, :3])
    write_still(folder / "astronaut.png", astronaut)
    write_still(folder / "admiral.png", admiral)

    def turns(time_s: float) -> Image:
        return np.roll(astronaut if time_s < 2.2 else admiral, round(8 * np.sin(4 * time_s)), axis=1)

    write_clip(folder / "both.mp4", 3.6, SIZE, picture=turns)
    return folder


class Terminal:
    """A command whose input and output are one terminal."""

    def __init__(self, process: subprocess.Popen[bytes], side: int) -> None:
        self.process = process
        self._side = side
        self.text = ""
        self._read_to = 0

    def read_until(self, words: str) -> None:
        """Waits for the words, behind those that were waited for before."""
        deadline = time.monotonic() + LIMIT_S
        while words not in self.text[self._read_to :]:
            assert time.monotonic() < deadline, self.text
            assert self._read(), f"ended before {words!r}: {self.text}"
        self._read_to = self.text.index(words, self._read_to) + len(words)

    def type(self, keys: str) -> None:
        os.write(self._side, keys.encode())

    def finish(self) -> int:
        while self._read():
            pass
        return self.process.wait(LIMIT_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._side], [], [], LIMIT_S)
        try:
            more = os.read(self._side, 4096) if ready else b""
        except OSError:  # how Linux says that the other side is closed
            return False
        self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", more.decode(errors="replace"))
        return bool(more)


@contextmanager
def at_a_terminal(shell: Shell, *arguments: str | Path) -> Iterator[Terminal]:
    mine, theirs = pty.openpty()
    environment = shell.environment | {"TERM": "xterm"}
    process = subprocess.Popen(
        [COMMAND, *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C reaches it
    )
    os.close(theirs)
    try:
        yield Terminal(process, mine)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(mine)


def test_the_person_that_was_typed_is_enrolled(anchorproof: Shell, media: Path) -> None:
    assert anchorproof("anchors", "create", "Ada", "--id", "ada").code == 0
    with at_a_terminal(anchorproof, "enrol", "ada", media / "both.mp4", "--pick", "ask") as terminal:
        terminal.read_until("who is the anchor?")
        assert "person-1" in terminal.text
        assert "person-2" in terminal.text
        terminal.type("show\n")
        terminal.read_until("until you have answered they are in ")
        terminal.read_until("who is the anchor?")
        folder = Path(re.search(r"they are in (\S+)", terminal.text)[1])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert [imread(folder / f"person-{number}.jpg").shape for number in (1, 2)] == [(224, 224, 3)] * 2
        terminal.type("7\n")
        terminal.read_until("one of person-1, person-2, please")
        terminal.read_until("who is the anchor?")
        terminal.type("2\n")
        asked = len(terminal.text)
        assert terminal.finish() == 0, terminal.text
    assert "Traceback" not in terminal.text
    assert not folder.exists()
    assert re.search(r"person-2 .* s, \d+ across, \d+ down", terminal.text)
    question = terminal.text[:asked].rsplit("please", 1)[1].strip()
    assert question == "who is the anchor? [person-1]:"  # nothing else is drawn over it
    row = next(line for line in terminal.text.splitlines() if "person-2" in line)
    second = "astronaut" if re.search(r"0\.\d", row.split("│")[2]) else "admiral"
    llrs = {who: _llr(anchorproof, media / f"{who}.png") for who in ("astronaut", "admiral")}
    assert llrs.pop(second) > 1
    assert max(llrs.values()) < 0


def test_leaving_at_the_question_enrols_nobody(anchorproof: Shell, media: Path) -> None:
    assert anchorproof("anchors", "create", "Ada", "--id", "ada").code == 0
    with at_a_terminal(anchorproof, "enrol", "ada", media / "both.mp4", "--pick", "ask") as terminal:
        terminal.read_until("who is the anchor?")
        terminal.type("show\n")
        terminal.read_until("who is the anchor?")
        folder = Path(re.search(r"they are in (\S+)", terminal.text)[1])
        terminal.type("\x03")
        assert terminal.finish() != 0
    assert "Traceback" not in terminal.text
    assert not folder.exists()
    assert len(anchorproof("anchors", "show", "ada", "--json").stdout.splitlines()) == 1  # the anchor, no enrolment


def _llr(shell: Shell, picture: Path) -> float:
    """Of the picture's face and the only anchor."""
    done = shell("registry", "search", picture)
    found = re.search(r"LLR ([+-]\d+\.\d+)", done.stdout)
    assert found, done.stdout + done.stderr
    return float(found[1])
