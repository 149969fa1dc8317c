"""Analyses in progress: one per request id, however many clients wait for it."""

from __future__ import annotations

import asyncio
import functools
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path

from anchorproof.jobs.tasks import AnalyzeTask
from anchorproof.jobs.workers import WorkerPool
from anchorproof.reports.store import ReportStore
from anchorproof.types import Progress, Report

WAITING = Progress("waiting", 0.0)


class Analyses:
    """Runs analyses and stores their reports; a repeated request id joins the analysis it repeats."""

    def __init__(self, pool: WorkerPool, store: ReportStore) -> None:
        self._pool = pool
        self._store = store
        self._running: dict[str, Analysis] = {}

    async def find(self, request_id: str) -> Analysis | Report | None:
        """What an earlier call with this id started or, when that is done, its report."""
        if not request_id:
            return None
        if running := self._running.get(request_id):
            return running
        report = await asyncio.to_thread(self._store.find_request, request_id)
        return report or self._running.get(request_id)  # started while we looked

    def start(self, clip: Path, clip_name: str, request_id: str) -> Analysis:
        """Start analysing a clip, whose file is then this object's to remove."""
        key = request_id or uuid.uuid4().hex
        analysis = self._running[key] = Analysis()
        task = asyncio.ensure_future(self._analyze(analysis, clip, clip_name, request_id))
        task.add_done_callback(functools.partial(self._finish, key, clip))
        analysis.task = task
        return analysis

    async def _analyze(self, analysis: Analysis, clip: Path, clip_name: str, request_id: str) -> Report:
        report = await self._pool.run(AnalyzeTask(uuid.uuid4().hex, clip, clip_name), analysis.tell)
        return await asyncio.to_thread(self._store.save, report, request_id)

    def _finish(self, key: str, clip: Path, task: asyncio.Task[Report]) -> None:
        clip.unlink(missing_ok=True)
        self._running.pop(key).finish()
        if not task.cancelled():
            task.exception()  # nobody may be left to take it


class Analysis:
    """One analysis and those who follow it."""

    task: asyncio.Task[Report]

    def __init__(self) -> None:
        self._last = WAITING
        self._followers: set[asyncio.Queue[Progress | None]] = set()

    async def follow(self) -> AsyncGenerator[Progress | Report, None]:
        """Progress, then the stored report. The analysis is stopped when its last follower leaves."""
        news: asyncio.Queue[Progress | None] = asyncio.Queue()
        news.put_nowait(self._last)
        if self.task.done():
            news.put_nowait(None)
        self._followers.add(news)
        try:
            while (progress := await news.get()) is not None:
                yield progress
            yield await asyncio.shield(self.task)
        finally:
            self._followers.discard(news)
            if not self._followers:
                self.task.cancel()

    def tell(self, progress: Progress) -> None:
        self._last = progress
        self._put(progress)

    def finish(self) -> None:
        self._put(None)

    def _put(self, item: Progress | None) -> None:
        for news in self._followers:
            news.put_nowait(item)
