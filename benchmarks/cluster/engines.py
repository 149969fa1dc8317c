"""Our lease table, on PostgreSQL and in a file, beside ``procrastinate`` on the same server: jobs that do nothing, so
that only queues are measured.

``procrastinate`` is no dependency: ``pip install --target FOLDER procrastinate``, and ``PYTHONPATH=FOLDER``. Take its
``psycopg`` out of the folder, so that both use ours, which is compiled.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from benchmarks.chaos.database import Postgres

BATCH = 1000


class Engine(Protocol):
    """A queue of jobs that do nothing; pickled, and opened anew in every process."""

    def accept(self, jobs: int) -> None:
        """One after the other, each on disk before the next."""

    def fill(self, jobs: int) -> None:
        """As fast as the engine can."""

    def work(self, jobs: int) -> int:
        """Until so many were done here, or none is left; how many."""


class Ours:
    """``StoredQueue``: taken and completed as the dispatcher does it, the next one with the end of the one before."""

    def __init__(self, url: str, path: Path = Path()) -> None:
        self._url = url
        self._path = path

    def _queue(self) -> Any:
        from anchorproof.opening import open_database
        from anchorproof.queue.store import SCHEMA, StoredQueue
        from anchorproof.settings import QueueSettings

        settings = QueueSettings(limit_queued=10**9, limit_per_client=10**9, keep_other_clips_days=0)
        return StoredQueue(open_database(self._url, self._path, SCHEMA), settings)

    def accept(self, jobs: int) -> None:
        queue = self._queue()
        for number in range(jobs):
            queue.submit([_request(number)])
        queue.close()

    def fill(self, jobs: int) -> None:
        queue = self._queue()
        for first in range(0, jobs, BATCH):
            queue.submit([_request(number) for number in range(first, min(jobs, first + BATCH))])
        queue.close()

    def work(self, jobs: int) -> int:
        queue = self._queue()
        try:
            return _work(queue, jobs)
        finally:
            queue.close()


class OursInFile(Ours):
    """The same in a SQLite file: one process, as the server is there, with a thread for each worker."""

    def work_in_threads(self, each: int, workers: int) -> tuple[float, int]:
        queue = self._queue()
        begun = time.monotonic()
        with ThreadPoolExecutor(workers) as threads:
            done = sum(threads.map(lambda _: _work(queue, each), range(workers)))
        seconds = time.monotonic() - begun
        queue.close()
        return seconds, done


def _work(queue: Any, jobs: int) -> int:
    done, lease = 0, queue.lease("bench")
    while lease is not None:
        done += 1
        if done == jobs:
            queue.complete(lease, 0.0)
            break
        _, lease = queue.complete_and_lease(lease, 0.0, "bench")
    return done


def _request(number: int) -> Any:
    from anchorproof.types import JobRequest

    return JobRequest(f"client-{number % 8}", "clip", "ab" * 32)


class Procrastinate:
    """Its own worker, one job at a time, which ends when nothing is left."""

    def __init__(self, url: str) -> None:
        self._url = url

    def _app(self, on_job: Callable[[], None] = lambda: None) -> tuple[Any, Any]:
        import procrastinate

        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=self._url))

        @app.task(name="nothing")
        async def nothing(number: int) -> None:  # noqa: ARG001
            on_job()

        return app, nothing

    def prepare(self) -> None:
        import asyncio

        async def prepare() -> None:
            app, _ = self._app()
            async with app.open_async():
                await app.schema_manager.apply_schema_async()

        asyncio.run(prepare())

    def accept(self, jobs: int) -> None:
        import asyncio

        async def accept() -> None:
            app, nothing = self._app()
            async with app.open_async():
                for number in range(jobs):
                    await nothing.defer_async(number=number)

        asyncio.run(accept())

    def fill(self, jobs: int) -> None:
        import asyncio

        async def fill() -> None:
            app, nothing = self._app()
            async with app.open_async():
                for first in range(0, jobs, BATCH):
                    wanted = [{"number": number} for number in range(first, min(jobs, first + BATCH))]
                    await nothing.batch_defer_async(*wanted)

        asyncio.run(fill())

    def work(self, jobs: int) -> int:
        import asyncio

        async def work() -> int:
            done = 0

            def count() -> None:
                nonlocal done
                done += 1
                if done >= jobs:
                    worker.cancel()

            app, _ = self._app(count)
            async with app.open_async():
                worker = asyncio.create_task(
                    app.run_worker_async(wait=False, concurrency=1, install_signal_handlers=False, listen_notify=False)
                )
                await asyncio.gather(worker, return_exceptions=True)
            return done

        return asyncio.run(work())


def measure(jobs: int, queued: int, workers: int, rounds: int, with_theirs: bool) -> dict[str, Any]:
    """All engines by turns: accepted one by one, worked off by so many workers, and the same while ``queued`` more
    wait. PostgreSQL is one server for both that use it.

    Returns:
        For each engine its rounds, first with nothing else waiting, then behind ``queued``.
    """
    results: dict[str, Any] = {}
    with Postgres() as database, tempfile.TemporaryDirectory() as folder:
        engines: dict[str, Engine] = {
            "ours on PostgreSQL": Ours(database.url),
            "ours on SQLite": OursInFile("", Path(folder) / "queue.sqlite3"),
        }
        if with_theirs:
            theirs = Procrastinate(database.url)
            theirs.prepare()
            engines["procrastinate"] = theirs
        for name, engine in engines.items():
            engine.fill(10)
            _timed(engine, 10, 1)  # schemas, imports, caches
            results[name] = {}
        _rounds(engines, results, "empty", jobs, workers, rounds)
        if queued:
            for name, engine in engines.items():
                begun = time.monotonic()
                engine.fill(queued)
                results[name]["filled_per_s"] = round(queued / (time.monotonic() - begun))
            database_analyze(database)
            _rounds(engines, results, f"behind_{queued}", jobs, workers, rounds)
    return results


def _rounds(
    engines: dict[str, Engine], results: dict[str, Any], key: str, jobs: int, workers: int, rounds: int
) -> None:
    for _ in range(rounds):
        for name, engine in engines.items():
            results[name].setdefault(key, []).append(_round(engine, jobs, workers))


def _round(engine: Engine, jobs: int, workers: int) -> dict[str, float]:
    begun = time.monotonic()
    engine.accept(jobs)
    accepted_s = time.monotonic() - begun
    worked_s, done = _timed(engine, jobs // workers, workers)
    return {"accepted_per_s": round(jobs / accepted_s, 1), "done_per_s": round(done / worked_s, 1)}


def _timed(engine: Engine, each: int, workers: int) -> tuple[float, int]:
    """Seconds from the moment at which all are ready, and jobs done."""
    if isinstance(engine, OursInFile):
        return engine.work_in_threads(each, workers)
    work = engine.work
    context = multiprocessing.get_context("fork")
    ready, answers = context.Barrier(workers + 1), context.Queue()
    processes = [context.Process(target=_worker, args=(work, each, ready, answers)) for _ in range(workers)]
    for process in processes:
        process.start()
    ready.wait(120)
    begun = time.monotonic()
    done = sum(answers.get(timeout=600) for _ in processes)
    seconds = time.monotonic() - begun
    for process in processes:
        process.join()
    return seconds, done


def _worker(work: Callable[[int], int], each: int, ready: Any, answers: Any) -> None:
    ready.wait(120)
    answers.put(work(each))


def database_analyze(database: Postgres) -> None:
    """Statistics as autovacuum would have gathered them by then."""
    import psycopg

    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("ANALYZE")
