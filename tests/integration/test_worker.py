"""Machines of workers beside front ends, on one database and one clip store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from anchorproof.client import Client
from anchorproof.errors import RequestInvalid
from anchorproof.settings import Settings
from anchorproof.types import JobState
from anchorproof.worker import check_shared
from tests.integration.conftest import wait_until
from tests.media_samples import tone, write_clip

WORK = """
import asyncio
from anchorproof.settings import Settings
from anchorproof.worker import work
from tests import small_workshop
if __name__ == "__main__":
    asyncio.run(work(Settings(), lambda: print("works", flush=True), small_workshop.LOAD))
"""
SERVE = """
import asyncio
from anchorproof.api.server import serve
from anchorproof.settings import Settings
from tests import small_workshop
if __name__ == "__main__":
    asyncio.run(serve(Settings(), lambda port: print(port, flush=True), small_workshop.LOAD))
"""
_LIMIT_S = 60.0


@contextmanager
def process(folder: Path, script: str, data_dir: Path, shared: dict[str, str]) -> Iterator[tuple[str, int]]:
    """What it says first, and its id; ended with the block."""
    file = folder / f"{len(list(folder.glob('*.py')))}.py"
    file.write_text(script)
    search_path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    own = {
        "PYTHONPATH": search_path,
        "ANCHORPROOF_DATA_DIR": str(data_dir),
        "ANCHORPROOF_SERVER__LISTEN": "127.0.0.1:0",
        "ANCHORPROOF_SERVER__WORKERS": "1",
        "ANCHORPROOF_QUEUE__LEASE_S": "5",
    }
    started = subprocess.Popen(
        [sys.executable, str(file)], stdout=subprocess.PIPE, text=True, env=os.environ | own | shared
    )
    assert started.stdout is not None
    try:
        yield started.stdout.readline().strip(), started.pid
    finally:
        started.terminate()
        started.wait(_LIMIT_S)
        started.stdout.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_job_of_one_front_end_is_done_by_any_worker_and_seen_at_the_other(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 0.5, sound=tone(440))
    folders = [tmp_path / name for name in ("a", "b", "c")]
    shared: dict[str, str] = {}
    if engine == "postgres":
        url = str(request.getfixturevalue("postgres_url"))
        shared = {
            "ANCHORPROOF_DATABASE_URL": url,
            "ANCHORPROOF_CLIPS_URL": (tmp_path / "clips").as_uri(),
            "ANCHORPROOF_REGISTRY_KEY_FILE": str(tmp_path / "registry.key"),
        }
    else:
        folders = folders[:1] * 3
    with ExitStack() as stack:
        one, first_pid = stack.enter_context(process(tmp_path, SERVE, folders[0], shared))
        two, _ = stack.enter_context(process(tmp_path, SERVE, folders[1], shared))
        says, worker_pid = stack.enter_context(process(tmp_path, WORK, folders[2], shared))
        assert says == "works"
        here = stack.enter_context(Client(f"127.0.0.1:{one}"))
        there = stack.enter_context(Client(f"127.0.0.1:{two}"))
        held = [here.submit(clip, "hold") for _ in range(3)]
        wait_until(lambda: all(there.get_job(job.job_id).state is JobState.RUNNING for job in held))
        there.cancel_job(held[0].job_id)
        wait_until(lambda: here.get_job(held[0].job_id).state is JobState.CANCELLED)
        os.kill(worker_pid, signal.SIGKILL)
        os.kill(first_pid, signal.SIGKILL)
        for folder in folders:
            (folder / "release").touch()
        reports = {there.wait_for_job(job.job_id).report_id for job in held[1:]}
        assert len(reports) == 2
        assert {report.report_id for report in there.reports()} == reports


def test_shared_database_beside_clips_of_one_s_own_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(RequestInvalid, match="clips_url is not"):
        check_shared(Settings(data_dir=tmp_path, database_url="postgresql://db/anchorproof"))
    check_shared(Settings(data_dir=tmp_path))
