"""What goes over the pipe between a worker and its parent: tasks one way; progress, results and beats the other."""

from __future__ import annotations

import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from anchorproof.errors import AnchorproofError
from anchorproof.logs import LogContext, Quotable, faults_of
from anchorproof.types import ModelUse, Progress

OnProgress = Callable[[Progress], None]
R = TypeVar("R")


class Task(abc.ABC, Generic[R]):
    """Work for one worker: sent to it pickled, so made of plain data."""

    @abc.abstractmethod
    def run(self, workshop: Any, on_progress: OnProgress) -> R:
        """The result, made in the worker with what its ``load`` function returned."""


class WorkerFault(Quotable):
    """A task raised what no caller could have expected; the text says where, and quotes nothing."""


class TaskCancelled(Exception):
    """The task was dropped because nobody waits for it any more."""


class Cancelled(BaseException):
    """Passes through the pipeline's own error handling."""


@dataclass(frozen=True, slots=True)
class Order:
    number: int
    task: Task[Any]
    context: LogContext


@dataclass(frozen=True, slots=True)
class Cancel:
    number: int


@dataclass(frozen=True, slots=True)
class Done:
    result: Any


@dataclass(frozen=True, slots=True)
class Beat:
    """The worker lives."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Which networks ran for the task that is answered next."""

    uses: tuple[ModelUse, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """An exception in plain data: most of our errors' constructors take other things than the message."""

    kind: type[Exception]
    message: str
    attributes: dict[str, Any]

    @classmethod
    def of(cls, error: BaseException) -> Failed:
        if isinstance(error, AnchorproofError):
            return cls(type(error), str(error), dict(vars(error)))
        if isinstance(error, Cancelled):
            return cls(TaskCancelled, "", {})
        return cls(WorkerFault, "; from ".join(map(str, faults_of(error))), {})

    def error(self) -> Exception:
        error = self.kind.__new__(self.kind)
        Exception.__init__(error, self.message)
        vars(error).update(self.attributes)
        return error
