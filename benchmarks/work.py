"""Work that survives being killed: an append-only file of answers, and workers that fill it."""

from __future__ import annotations

import hashlib
import json
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from anchorproof.errors import AnalysisTimedOut, AnchorproofError
from anchorproof.jobs.messages import Task, WorkerFault
from anchorproof.jobs.process import Patience, WorkerDied, WorkerProcess
from anchorproof.settings import Settings
from benchmarks.steps import LOAD, Answer, unscored

#: A file that kills its worker is tried this often.
ATTEMPTS = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One file's work; ``key`` names all that its answer depends on."""

    key: str
    task: Task[Answer]


# --------------------------------------------------------------------------- the work file


class WorkFile:
    """Answers by key, one JSON object per line; a line cut short by a kill is ignored and computed again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        is_cut = self._path.exists() and not self._path.read_bytes().endswith(b"\n") and self._path.stat().st_size > 0
        self._file = self._path.open("a", encoding="utf-8")
        if is_cut:
            self._file.write("\n")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def answers(self) -> dict[str, Answer]:
        """What was answered so far."""
        found: dict[str, Answer] = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    entry = json.loads(line)
                    found[entry["key"]] = entry["answer"]
                except (ValueError, KeyError, TypeError):
                    continue
        return found

    def put(self, key: str, answer: Answer) -> None:
        """Keep one answer; it is on its way to the disk when this returns."""
        if self._file is None:
            raise ValueError("the work file is not open")
        self._file.write(json.dumps({"key": key, "answer": answer}, ensure_ascii=False) + "\n")
        self._file.flush()


def key_of(path: Path, fingerprint: str) -> str:
    """Changes with the file's content and with whatever ``fingerprint`` covers; None of it with the file's name."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024**2):
            digest.update(block)
    return f"{digest.hexdigest()}-{fingerprint}"


def fingerprint_of(parts: Mapping[str, Any]) -> str:
    """A short digest of plain data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


# --------------------------------------------------------------------------- the workers


@dataclass(frozen=True, slots=True)
class Finished:
    """A job's answer. One that is not ``is_final`` (a crash, a timeout) is tried again by the next run."""

    job: Job
    answer: Answer
    is_final: bool


class Workers:
    """``count`` processes that answer jobs; leaving the ``with`` block ends them at once, Ctrl-C included."""

    def __init__(self, settings: Settings, count: int, load: str = LOAD) -> None:
        self._limit_s = settings.server.analysis_timeout_s
        self._processes = [WorkerProcess(load, (settings,)) for _ in range(max(1, count))]
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for process in self._processes:
            process.kill()

    def run(self, jobs: Sequence[Job]) -> Iterator[Finished]:
        """Answers as they come, not in order.

        Raises:
            AnchorproofError: the workers cannot be started (a model or calibration is missing).
        """
        waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        for job in jobs:
            waiting.put(job)
        answers: queue.SimpleQueue[Finished | AnchorproofError] = queue.SimpleQueue()
        for process in self._processes[: len(jobs)]:
            threading.Thread(target=self._serve, args=(process, waiting, answers), daemon=True).start()
        for _ in jobs:
            answer = answers.get()
            if isinstance(answer, AnchorproofError):
                raise answer
            yield answer

    def _serve(
        self,
        process: WorkerProcess,
        waiting: queue.SimpleQueue[Job],
        answers: queue.SimpleQueue[Finished | AnchorproofError],
    ) -> None:
        try:
            process.start()
        except AnchorproofError as error:
            answers.put(error)
            return
        except (WorkerDied, WorkerFault) as error:
            answers.put(AnchorproofError(f"a worker could not start: {error}"))
            return
        while not self._stopping.is_set():
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            answers.put(self._attempt(process, job))

    def _attempt(self, process: WorkerProcess, job: Job) -> Finished:
        for _ in range(ATTEMPTS):
            if self._stopping.is_set():
                break
            try:
                answer = process.run(job.task, lambda _: None, Patience(self._limit_s))
                return Finished(job, answer, is_final=True)
            except AnalysisTimedOut as error:
                return Finished(job, unscored(error.reason, str(error)), is_final=False)
            except AnchorproofError as error:
                return Finished(job, unscored(error.reason, str(error)), is_final=False)
            except WorkerFault as error:
                return Finished(job, unscored("INTERNAL", str(error)), is_final=False)
            except WorkerDied:
                continue
        return Finished(job, unscored("ANALYSIS_FAILED", "the worker died on this file"), is_final=False)
