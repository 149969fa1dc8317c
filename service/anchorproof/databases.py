"""What a store asks of its database, whether it is SQLite (``sqlite.py``) or PostgreSQL (``postgres.py``).

Both give the same promises: one consistent snapshot while reading; writers one after the other, over all processes; a
transaction that is on disk when its block ends, or left no trace when it raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Row(Protocol):
    """One row of an answer, its columns by name."""

    def __getitem__(self, column: str, /) -> Any: ...


class Answer(Protocol):
    """What a statement gives, fetched when it is asked for: inside its transaction, or after it was committed."""

    def rows(self) -> Sequence[Row]: ...

    def row(self) -> Row | None:
        """The first row, or None."""


class Session(Protocol):
    """Named queries inside one transaction."""

    def ask(self, query: str, **parameters: Any) -> Answer:
        """Do not wait for the answer: over a network, statements travel together with the next one that is waited for,
        or with the commit. What goes wrong with this one is raised by then at the latest."""

    def ask_many(self, query: str, parameters: Iterable[Mapping[str, Any]]) -> Answer:
        """The same statement again and again: the rows of all answers, in order."""

    def rows(self, query: str, **parameters: Any) -> Sequence[Row]: ...

    def row(self, query: str, **parameters: Any) -> Row | None:
        """The first row, or None."""

    def run(self, query: str, **parameters: Any) -> int:
        """The number of rows changed."""

    def run_many(self, query: str, parameters: Iterable[Mapping[str, Any]]) -> None: ...


class Database(Protocol):
    """Transactions; usable from several threads and processes, never carried over a fork."""

    @property
    def is_at_hand(self) -> bool:
        """Small reads take microseconds: from a file of this machine, and with nobody's lock in the way."""

    def reading(self) -> AbstractContextManager[Session]:
        """One consistent snapshot."""

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction that is on disk when the block ends, or left no trace when it raised."""

    def data_version(self) -> int:
        """A number that differs from the last one when anything was committed in between, by whatever process."""

    def compact(self, patience_s: float = ...) -> bool:
        """Write the data anew, so that nothing of what was deleted is left; False: held up, try again later."""

    def close(self) -> None: ...
