"""Who is gone: told by locks, that the system frees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from anchorproof.queue.holders import Holder, clear

_HOLD = """
import sys, time
from pathlib import Path
from anchorproof.queue.holders import Holder
holder = Holder(Path(sys.argv[1]))
print(holder.name, flush=True)
time.sleep(60)
"""


def test_holder_is_gone_once_its_process_was_killed(tmp_path: Path) -> None:
    ours = Holder(tmp_path)
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name = process.stdout.readline().strip()
        assert not ours.is_gone(name)
        assert not ours.is_gone(ours.name)
        process.kill()
        process.wait(10)
    assert ours.is_gone(name)
    assert ours.is_gone(name), "and stays gone when its file was removed"
    ours.close()
    assert list(tmp_path.iterdir()) == []


def test_files_of_the_dead_are_cleared_and_those_of_the_living_stay(tmp_path: Path) -> None:
    (tmp_path / "dead").touch()
    ours = Holder(tmp_path)
    clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [ours.name]
    assert not ours.is_gone("../elsewhere")
    ours.close()
