"""Cases -> answers of every system: in parallel, each piece of work once, going on where a killed run was."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from anchorproof.engine import Engine
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.settings import Settings
from benchmarks.progress import Meter
from benchmarks.runs.cases import Case
from benchmarks.steps import Answer, unscored
from benchmarks.systems.system import System, Unit, rounded
from benchmarks.work import Finished, Job, Workers, WorkFile, fingerprint_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TimedTask(Task[Answer]):
    """Another task, its wall seconds in its answer."""

    task: Task[Answer]

    def run(self, workshop: Any, on_progress: OnProgress) -> Answer:
        begun = time.perf_counter()
        answer = self.task.run(workshop, on_progress)
        return answer | {"wall_s": round(time.perf_counter() - begun, 4)}


@dataclass(frozen=True, slots=True)
class Answered:
    """Answers of each system in the order of the cases, and the wall seconds each spent on media."""

    answers: dict[str, list[Answer]]
    wall_s: dict[str, float]


def answer_cases(
    cases: Sequence[Case],
    systems: Sequence[System],
    folder: Path,
    jobs: int,
    settings: Settings,
    is_fresh: bool = False,
) -> Answered:
    """Everything that the work file in ``folder`` does not hold yet is computed; the answers do not depend on ``jobs``.

    An answer is kept under the content of its media and all that made it; a unit that fails by a crash or a timeout is
    tried again by the next run.

    Raises:
        AnchorproofError: this installation is not fit to work.
    """
    engine = Engine.load(settings)
    folder.mkdir(parents=True, exist_ok=True)
    if is_fresh:
        (folder / "work.jsonl").unlink(missing_ok=True)
    units = {system.name: [system.units(case) for case in cases] for system in systems}
    owners = {unit: system for system in systems for needed in units[system.name] for unit in needed}
    with Digests(folder / "digests.jsonl") as digests:
        keys = dict(_keys(owners, digests, engine))
    found = _computed(keys, owners, folder, jobs, settings)
    missing = unscored("FILE_MISSING", "a file of this case is not there")
    by_unit = {unit: found[key] if key else missing for unit, key in keys.items()}
    return Answered(
        {system.name: [rounded(_answer(system, case, by_unit, engine)) for case in cases] for system in systems},
        {
            system.name: sum(
                by_unit[unit].get("wall_s") or 0.0
                for unit in dict.fromkeys(unit for needed in units[system.name] for unit in needed)
            )
            for system in systems
        },
    )


def _answer(system: System, case: Case, by_unit: Mapping[Unit, Answer], engine: Engine) -> Answer:
    """Without the time it took: results must not depend on it."""
    answer = system.answer(case, by_unit, engine)
    return {key: value for key, value in answer.items() if key != "wall_s"}


def _keys(owners: Mapping[Unit, System], digests: Digests, engine: Engine) -> Iterable[tuple[Unit, str]]:
    stamps: dict[str, str] = {}
    for unit, system in owners.items():
        if unit.part not in stamps:
            stamps[unit.part] = fingerprint_of(dict(system.stamp(unit.part, engine)) | {"part": unit.part})
        contents = [digests.of(path) for path in unit.paths]
        yield unit, "+".join([*contents, stamps[unit.part]]) if all(contents) else ""


def _computed(
    keys: Mapping[Unit, str], owners: Mapping[Unit, System], folder: Path, jobs: int, settings: Settings
) -> dict[str, Answer]:
    with WorkFile(folder / "work.jsonl") as work:
        known = work.answers()
        todo = {key: unit for unit, key in keys.items() if key and key not in known}
        with Meter("answers", len(todo), sum(key in known for key in keys.values())) as meter:
            if todo:
                with Workers(settings, jobs) as workers:
                    for finished in workers.run(
                        [Job(key, TimedTask(owners[unit].task(unit))) for key, unit in todo.items()]
                    ):
                        _keep(finished, known, work)
                        meter.advance()
    return known


def _keep(finished: Finished, known: dict[str, Answer], work: WorkFile) -> None:
    known[finished.job.key] = finished.answer
    if finished.is_final:
        work.put(finished.job.key, finished.answer)
    else:
        _log.warning("%s: %s", finished.job.task, finished.answer["message"])


# --------------------------------------------------------------------------- content hashes


class Digests:
    """SHA-256 of files, kept by path, size and time of change, so that a large data set is read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    entry = json.loads(line)
                    self._known[entry["file"]] = entry["sha256"]
                except (ValueError, KeyError, TypeError):
                    continue  # a line cut short by a kill
        self._file = self._path.open("a", encoding="utf-8")
        self._file.write("\n")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def of(self, path: Path) -> str:
        """The digest, or an empty string when there is no such file."""
        try:
            stat = path.stat()
        except OSError:
            return ""
        name = f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}"
        if name not in self._known:
            with path.open("rb") as file:
                self._known[name] = hashlib.file_digest(file, "sha256").hexdigest()
            self._file.write(json.dumps({"file": name, "sha256": self._known[name]}) + "\n")
            self._file.flush()
        return self._known[name]
