"""The pool with real spawned processes and small tasks."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from anchorproof.errors import AnalysisFailed, AnalysisTimedOut, ClipTooLong, ModelUnavailable, Overloaded
from anchorproof.jobs import process
from anchorproof.jobs.messages import WorkerFault
from anchorproof.jobs.workers import WorkerPool
from anchorproof.settings import Settings
from anchorproof.types import Progress
from tests.worker_tasks import LOAD, LOAD_BROKEN, LOAD_DYING, Die, Hoard, Refuse, Sleep, StartChild, Stumble, Tell


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return _settings(tmp_path)


def _settings(folder: Path, **server: Any) -> Settings:
    plain = Settings(data_dir=folder)
    return plain.model_copy(update={"server": replace(plain.server, **({"workers": 1} | server))})


@contextlib.asynccontextmanager
async def _pool(settings: Settings) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(settings, LOAD)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def _run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def _ignore(_: Progress) -> None:
    pass


async def _until(is_true: Any, limit_s: float = 10.0) -> None:
    end = time.monotonic() + limit_s
    while not is_true():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.01)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_task_runs_in_another_process_and_tells_progress_in_order(settings: Settings) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            told: list[float] = []
            pid, threads = await pool.run(Tell(steps=4), lambda progress: told.append(progress.fraction))
            again, _ = await pool.run(Tell(), _ignore)
        assert pid != os.getpid()
        assert again == pid, "the worker is kept between tasks"
        assert threads >= 1
        assert told == [0, 0.25, 0.5, 0.75]

    _run(story())


def test_errors_keep_their_class_reason_and_message(settings: Settings) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            with pytest.raises(ClipTooLong, match=r"clip lasts 7\.5 s; the limit is 5\.0 s") as caught:
                await pool.run(Refuse(), _ignore)
            assert caught.value.reason == "CLIP_TOO_LONG"
            with pytest.raises(WorkerFault, match=r"^ZeroDivisionError at tests\.worker_tasks:\d+ run < "):
                await pool.run(Stumble(), _ignore)
            await pool.run(Tell(), _ignore)

    _run(story())


def test_task_whose_worker_dies_once_is_repeated_in_a_new_worker(settings: Settings, tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            before, _ = await pool.run(Tell(), _ignore)
            assert await pool.run(Die(tmp_path / "runs", times=1), _ignore) == 1
            after, _ = await pool.run(Tell(), _ignore)
        assert before != after

    _run(story())


def test_task_whose_worker_dies_twice_is_answered_with_an_error_and_the_pool_goes_on(
    settings: Settings, tmp_path: Path
) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            with pytest.raises(AnalysisFailed):
                await pool.run(Die(tmp_path / "runs", times=9), _ignore)
            assert (tmp_path / "runs").read_bytes() == b"xx"
            await pool.run(Tell(), _ignore)

    _run(story())


def test_worker_that_dies_while_idle_is_replaced(settings: Settings) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            pid, _ = await pool.run(Tell(), _ignore)
            os.kill(pid, signal.SIGKILL)
            await _until(lambda: not _is_running(pid))
            again, _ = await pool.run(Tell(), _ignore)
        assert again != pid

    _run(story())


def test_task_over_its_time_is_killed_with_all_it_started(tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(_settings(tmp_path, analysis_timeout_s=1.0)) as pool:
            with pytest.raises(AnalysisTimedOut, match="longer than 1 s"):
                await pool.run(StartChild(tmp_path / "pid"), _ignore)
            child = int((tmp_path / "pid").read_text())
            await _until(lambda: not _is_running(child))
            await pool.run(Tell(), _ignore)

    _run(story())


def test_cancelled_task_stops_and_the_worker_is_kept(settings: Settings, tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            pid, _ = await pool.run(Tell(), _ignore)
            started = asyncio.Event()
            running = asyncio.ensure_future(pool.run(Sleep(60, tmp_path / "mark"), lambda _: started.set()))
            await started.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            again, _ = await asyncio.wait_for(pool.run(Tell(), _ignore), 5)
        assert again == pid
        assert not (tmp_path / "mark").exists()

    _run(story())


def test_cancelled_task_that_does_not_notice_is_killed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "CANCEL_GRACE_S", 0.2)

    async def story() -> None:
        async with _pool(settings) as pool:
            pid, _ = await pool.run(Tell(), _ignore)
            started = asyncio.Event()
            sleep = Sleep(60, tmp_path / "mark", is_talkative=False)
            running = asyncio.ensure_future(pool.run(sleep, lambda _: started.set()))
            await started.wait()
            running.cancel()
            again, _ = await asyncio.wait_for(pool.run(Tell(), _ignore), 10)
        assert again != pid

    _run(story())


def test_tasks_over_the_waiting_limit_are_turned_away(tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(_settings(tmp_path, limit_waiting=1)) as pool:
            started = asyncio.Event()
            running = asyncio.ensure_future(pool.run(Sleep(0.3, tmp_path / "mark"), lambda _: started.set()))
            await started.wait()
            waiting = asyncio.ensure_future(pool.run(Tell(), _ignore))
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                pool.check_room()
            with pytest.raises(Overloaded, match="1 clips are waiting"):
                await pool.run(Tell(), _ignore)
            assert await running == "slept"
            await waiting
            pool.check_room()

    _run(story())


def test_two_workers_work_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(_settings(tmp_path, workers=2)) as pool:
            both_run = asyncio.Event()
            runs: set[str] = set()

            def note(name: str) -> Any:
                def tell(_: Progress) -> None:
                    runs.add(name)
                    if len(runs) == 2:
                        both_run.set()

                return tell

            sleeps = [
                asyncio.ensure_future(pool.run(Sleep(600, tmp_path / name), note(name))) for name in ("one", "two")
            ]
            await asyncio.wait_for(both_run.wait(), 10)
            for sleep in sleeps:
                sleep.cancel()

    _run(story())


@pytest.mark.parametrize(("load", "error"), [(LOAD_BROKEN, ModelUnavailable), (LOAD_DYING, AnalysisFailed)])
def test_start_tells_why_a_worker_does_not_come_up(settings: Settings, load: str, error: type[Exception]) -> None:
    async def story() -> None:
        with pytest.raises(error):
            await WorkerPool(settings, load).start()

    _run(story())


def test_stop_ends_the_workers(settings: Settings) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            pid, _ = await pool.run(Tell(), _ignore)
        await _until(lambda: not _is_running(pid))

    _run(story())


_PARENT = """
import asyncio, sys
from pathlib import Path
from anchorproof.jobs.workers import WorkerPool
from anchorproof.settings import Settings
from tests.worker_tasks import LOAD, Sleep, Tell

KEPT = []  # so that nothing is closed by garbage collection

async def main():
    settings = Settings(data_dir=Path(sys.argv[1]))
    pool = WorkerPool(settings, LOAD)
    KEPT.append(pool)
    await pool.start()
    pid, _ = await pool.run(Tell(), lambda _: None)
    print(pid, flush=True)
    if sys.argv[2] != "leave":
        busy = Sleep(600, Path(sys.argv[1], "mark"), is_talkative=False)
        await pool.run(busy, lambda _: print("busy", flush=True))

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("end", ["kill", "leave"])
def test_workers_end_with_their_parent_however_it_ends(tmp_path: Path, end: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    search_path = os.pathsep.join(filter(None, [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH")]))
    arguments = [sys.executable, str(script), str(tmp_path), end]
    environment = os.environ | {"PYTHONPATH": search_path, "ANCHORPROOF_SERVER__WORKERS": "1"}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        if end == "kill":
            assert parent.stdout.readline() == "busy\n"
            assert _is_running(worker)
            parent.kill()
        parent.wait(10)
    asyncio.run(_until(lambda: not _is_running(worker)))


def test_worker_that_was_stopped_is_ended_and_its_task_goes_to_another(tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(_settings(tmp_path, hang_s=2.5)) as pool:
            pid, _ = await pool.run(Tell(), _ignore)
            started = asyncio.Event()
            sleep = Sleep(3.5, tmp_path / "mark", is_talkative=False)
            running = asyncio.ensure_future(pool.run(sleep, lambda _: started.set()))
            await started.wait()
            os.kill(pid, signal.SIGSTOP)
            assert await running == "slept", "silent for longer than hang_s, but alive"
            assert not _is_running(pid)

    _run(story())


def test_task_that_is_tried_once_says_what_happened_to_its_worker(tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(_settings(tmp_path, hang_s=1.5)) as pool:
            pid, _ = await pool.run(Tell(), _ignore)
            started = asyncio.Event()
            sleep = Sleep(60, tmp_path / "mark", is_talkative=False)
            running = asyncio.ensure_future(pool.run(sleep, lambda _: started.set(), attempts=1))
            await started.wait()
            os.kill(pid, signal.SIGSTOP)
            with pytest.raises(AnalysisFailed, match=r"stood still for 1\.5 s"):
                await running

    _run(story())


def test_task_that_takes_too_much_memory_loses_its_worker(tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(_settings(tmp_path, limit_worker_memory_bytes=200 * 1024**2)) as pool:
            with pytest.raises(AnalysisFailed, match="more than 209,715,200 bytes of memory"):
                await pool.run(Hoard(400 * 1024**2), _ignore, attempts=1)
            await pool.run(Tell(), _ignore)

    _run(story())


def test_worker_goes_on_when_a_service_manager_tells_all_processes_to_end(settings: Settings, tmp_path: Path) -> None:
    async def story() -> None:
        async with _pool(settings) as pool:
            pid, _ = await pool.run(Tell(), _ignore)
            started = asyncio.Event()
            running = asyncio.ensure_future(
                pool.run(Sleep(0.5, tmp_path / "mark"), lambda _: started.set(), attempts=1)
            )
            await started.wait()
            os.kill(pid, signal.SIGTERM)
            assert await running == "slept"

    _run(story())
