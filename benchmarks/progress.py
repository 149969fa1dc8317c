"""How far a run is: a bar with time left on a terminal, a line now and then elsewhere. Both on stderr."""

from __future__ import annotations

import time
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINE_EVERY_S = 15.0


class Meter:
    """Counts ``total`` things; ``known`` says how many others needed no work."""

    def __init__(self, name: str, total: int, known: int = 0) -> None:
        self._console = Console(stderr=True)
        self._name, self._total, self._known, self._done = name, total, known, 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        left = (TextColumn("left"), TimeRemainingColumn())
        self._bar = Progress(*columns, *left, console=self._console, disable=not self._console.is_terminal)
        self._begun = self._said = time.monotonic()

    def __enter__(self) -> Self:
        if self._known:
            self._console.print(f"{self._name}: {self._known} answers taken over from an earlier run", highlight=False)
        self._bar.start()
        self._task = self._bar.add_task(self._name, total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self) -> None:
        """One more is done."""
        self._done += 1
        self._bar.advance(self._task)
        now = time.monotonic()
        if self._bar.disable and (now - self._said >= LINE_EVERY_S or self._done == self._total):
            self._said = now
            left_s = (now - self._begun) / self._done * (self._total - self._done)
            text = f"{self._name}: {self._done} of {self._total}, about {left_s:.0f} s left"
            self._console.print(text, highlight=False)
