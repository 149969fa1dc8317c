"""Any Python function as a system: ``module:function``, called in the bench's workers."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof.engine import Engine
from anchorproof.jobs.messages import OnProgress, Task
from benchmarks.runs.cases import Case
from benchmarks.steps import Answer, unscored
from benchmarks.systems.score_file import segments_answer
from benchmarks.systems.system import System, Unit


class Callable(System):
    """A function of a path (a clip), of two (a pair) or of a list of paths and one (SASV).

    It returns a number, a mapping with ``score`` and perhaps ``llr``, ``decision``, ``scenario``, a list of
    [score, start, end], or None when it has no answer. Its module is looked for where Python looks and in the current
    folder.
    """

    def __init__(self, name: str, target: str, sign: int) -> None:
        super().__init__(name)
        module, colon, function = target.partition(":")
        if not (module and colon and function):
            raise ValueError(f"a callable is written module:function; got {target!r}")
        self._module, self._function, self._sign = module, function, sign
        self._source = _source_of(module)
        if not callable(getattr(_loaded(module), function, None)):
            raise ValueError(f"{self._source.name} has no function {function!r}")

    def about(self, engine: Engine) -> Mapping[str, Any]:  # noqa: ARG002
        return {
            "kind": "call",
            "function": f"{self._module}:{self._function}",
            "sha256": hashlib.sha256(self._source.read_bytes()).hexdigest(),
            "higher_means": "bona_fide" if self._sign < 0 else "spoof",
        }

    def units(self, case: Case) -> Sequence[Unit]:
        return (Unit(f"call:{self.name}", case.paths),)

    def stamp(self, part: str, engine: Engine) -> Mapping[str, Any]:  # noqa: ARG002
        return self.about(engine)

    def task(self, unit: Unit) -> Task[Answer]:
        return CallTask(self._module, self._function, self._sign, unit.paths)

    def answer(self, case: Case, found: Mapping[Unit, Answer], engine: Engine) -> Answer:  # noqa: ARG002
        return found[self.units(case)[0]]


@dataclass(frozen=True, slots=True)
class CallTask(Task[Answer]):
    """One call; what the function raises is its answer's reason, not the end of the run."""

    module: str
    function: str
    sign: int
    paths: tuple[Path, ...]

    def run(self, workshop: Any, on_progress: OnProgress) -> Answer:  # noqa: ARG002
        function = getattr(_loaded(self.module), self.function)
        names = [str(path) for path in self.paths]
        arguments: list[Any] = names if len(names) <= 2 else [names[:-1], names[-1]]
        try:
            return _as_answer(function(*arguments), self.sign)
        except Exception as error:  # whatever a stranger's function raises
            return unscored("SYSTEM_FAILED", f"{type(error).__name__}: {error}"[:500])


def _as_answer(value: Any, sign: int) -> Answer:
    if value is None:
        return unscored("NO_SCORE", "the function has no answer for this")
    if isinstance(value, (list, tuple)):
        return segments_answer(value)
    given = dict(value) if isinstance(value, Mapping) else {"score": value}
    numbers = {key: None if given.get(key) is None else sign * float(given[key]) for key in ("score", "llr")}
    if not all(math.isfinite(number) for number in numbers.values() if number is not None):
        return unscored("NO_SCORE", "the function's answer is not finite")
    reason = str(given.get("reason") or ("" if numbers["score"] is not None else "NO_SCORE"))
    named = {"scenario": str(given["scenario"])} if given.get("scenario") else {}
    return {**numbers, "decision": str(given.get("decision") or ""), "reason": reason, **named}


def _source_of(module: str) -> Path:
    _look_here()
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise ValueError(f"no module {module!r} is where Python looks, nor in this folder")
    return Path(spec.origin)


def _loaded(module: str) -> Any:
    _look_here()
    try:
        return importlib.import_module(module)
    except Exception as error:  # whatever a stranger's module raises
        raise ValueError(f"the module {module!r} cannot be loaded: {type(error).__name__}: {error}") from error


def _look_here() -> None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
