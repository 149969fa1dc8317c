"""Changes told in order, whoever made them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from anchorproof.errors import NotFound
from anchorproof.queue.feed import ChangeFeed
from anchorproof.queue.queue import Told
from anchorproof.types import JobRequest, JobState
from tests.queues import sqlite_queues


def _run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 30))


def test_follower_sees_each_state_once_and_the_end_last(tmp_path: Path) -> None:
    async def story() -> None:
        make = sqlite_queues(tmp_path)
        here, elsewhere = make(), make()  # as two processes would have it
        feed = ChangeFeed(here, 0.02)
        await feed.start()
        job, other = elsewhere.submit([JobRequest("ada", "clip", "ab" * 32)] * 2)
        seen = []

        async def follow() -> None:
            async for state in feed.follow(job.job_id):
                seen.append(state)

        following = asyncio.create_task(follow())
        await asyncio.sleep(0.1)
        lease = elsewhere.lease("h")
        assert lease is not None
        await asyncio.sleep(0.1)
        elsewhere.renew(lease, Told("faces", 0.5, ()))
        elsewhere.cancel(other.job_id)
        await asyncio.sleep(0.1)
        elsewhere.complete(lease, 0)
        await following
        assert [state.state for state in seen] == [
            JobState.QUEUED,
            JobState.RUNNING,
            JobState.RUNNING,
            JobState.SUCCEEDED,
        ]
        assert [state.sequence for state in seen] == sorted({state.sequence for state in seen})
        later = [state async for state in feed.follow(job.job_id, seen[1].sequence)]
        assert [state.state for state in later] == [JobState.SUCCEEDED]
        assert [state async for state in feed.follow(job.job_id, seen[-1].sequence)] == []
        with pytest.raises(NotFound):
            await anext(feed.follow("nothing"))
        await feed.stop()
        here.close()
        elsewhere.close()

    _run(story())


def test_poke_is_seen_long_before_the_next_look(tmp_path: Path) -> None:
    async def story() -> None:
        queue = sqlite_queues(tmp_path)()
        feed = ChangeFeed(queue, 1000.0)
        await feed.start()
        (job,) = queue.submit([JobRequest("ada", "clip", "ab" * 32)])
        changes = feed.follow(job.job_id)
        assert (await anext(changes)).state is JobState.QUEUED
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.05)
        queue.cancel(job.job_id)
        feed.poke()
        assert (await asyncio.wait_for(waiting, 5)).state is JobState.CANCELLED
        await changes.aclose()
        await feed.stop()
        queue.close()

    _run(story())
