"""A stranger's detectors for the tests of runs: they know the truth from the file, and note every call they get."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path


def good(path: str) -> float:
    """Nearly right, with noise that depends on the file alone; notes the call, and takes a while."""
    _note(path)
    time.sleep(float(os.environ.get("STRANGER_SLEEP_S", "0")))
    return _truth(path) + _noise(path, "good")


def bad(path: str) -> float:
    """Noise with a hint of the truth."""
    return 0.3 * _truth(path) + 2 * _noise(path, "bad")


def alike(first: str, second: str) -> float:
    """Whether two files were written for the same person, with noise."""
    same = Path(first).read_text().split()[1] == Path(second).read_text().split()[1]
    return float(same) + _noise(first + second, "pair") * 0.3


def claimed(enrolment: list[str], probe: str) -> float:
    """Targets score high, spoofs in between."""
    kind = Path(probe).read_text().split()[0]
    return {"target": 2.0, "spoof": 1.0, "nontarget": 0.0}[kind] + 0.1 * len(enrolment)


def stretches(path: str) -> list[list[float]]:
    """One stretch per spoof, right in two of three cases."""
    if _truth(path) < 1:
        return [[0.1, 0.0, 1.0]]
    return [[0.9, 1.0, 2.0] if _noise(path, "where") > -0.3 else [0.8, 5.0, 6.0]]


def _note(path: str) -> None:
    if log := os.environ.get("STRANGER_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{Path(path).name}\n")


def _truth(path: str) -> float:
    return float(Path(path).read_text().startswith("fake"))


def _noise(text: str, salt: str) -> float:
    digest = hashlib.sha256((Path(text).name + salt).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 * 2 - 1
