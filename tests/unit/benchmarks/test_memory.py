"""Memory of a process and its children."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks.memory import PROC, PeakMemory, resident_bytes, tree

pytestmark = pytest.mark.skipif(not (PROC / "self" / "status").exists(), reason="needs /proc")
MEGABYTE = 1024**2
# The parent's child holds 64 MB for a moment after it has been told to.
_CHILD = "import sys; sys.stdin.readline(); block = bytearray(b'x') * (64 * 1024 ** 2); sys.stdin.readline()"


def test_a_child_is_in_the_tree_and_its_memory_in_the_peak() -> None:
    child = subprocess.Popen([sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, text=True)
    assert child.stdin is not None
    try:
        assert child.pid in tree(os.getpid())
        with PeakMemory(child.pid) as peak:
            before = resident_bytes([child.pid])
            child.stdin.write("now\n")
            child.stdin.flush()
            deadline = 200
            while resident_bytes([child.pid]) < before + 60 * MEGABYTE and deadline:
                deadline -= 1
                os.sched_yield()
                with pytest.raises(subprocess.TimeoutExpired):
                    child.wait(0.05)
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(0.2)  # several samples
        assert peak.resident > before + 60 * MEGABYTE
        assert peak.proportional <= peak.resident
    finally:
        child.communicate("end\n")


def test_a_process_that_is_gone_holds_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert resident_bytes([child.pid]) == 0
    assert tree(child.pid) == [child.pid]
