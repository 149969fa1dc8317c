"""How long a page of the queue takes, with every kind of filter, over gRPC."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import numpy as np

from anchorproof.api.account_service import AccountServicer
from anchorproof.api.review_exports import Exporter
from anchorproof.api.review_service import ReviewServicer
from anchorproof.api.status import StatusInterceptor
from anchorproof.identity.opening import open_registry
from anchorproof.queue.opening import open_queue
from anchorproof.reports.opening import open_reports
from anchorproof.review_client import ReviewClient
from anchorproof.review_feed import Feed
from anchorproof.reviews.desk import Desk, open_desk
from anchorproof.settings import Settings
from anchorproof.storage.clips import ClipStore
from anchorproof.storage.opening import open_clips
from anchorproof.types import (
    WAITING,
    Decision,
    ReviewAge,
    ReviewFilters,
    ReviewHolder,
    ReviewOrder,
    ReviewOutcome,
    ReviewState,
)
from anchorproof.v1 import account_pb2_grpc, review_pb2_grpc
from benchmarks.reviews.filling import PASSWORD, decide_some, fill

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Timed:
    """One kind of filter: milliseconds of each call, by the clock, and of processor time (client and service together).

    On a machine that does other work too, the second says what the first would be without it.
    """

    name: str
    wall_ms: tuple[float, ...]
    cpu_ms: tuple[float, ...]

    def summary(self) -> dict[str, Any]:
        return {
            "filter": self.name,
            "calls": len(self.wall_ms),
            "p50_ms": round(float(np.percentile(self.wall_ms, 50)), 2),
            "p99_ms": round(float(np.percentile(self.wall_ms, 99)), 2),
            "max_ms": round(max(self.wall_ms), 2),
            "cpu_p50_ms": round(float(np.percentile(self.cpu_ms, 50)), 2),
            "cpu_p99_ms": round(float(np.percentile(self.cpu_ms, 99)), 2),
        }


def filters() -> dict[str, ReviewFilters]:
    """Each filter alone, and together: from those that leave all to those that leave next to nothing."""
    now = datetime.now(UTC)
    return {
        "none": ReviewFilters(),
        "waiting": ReviewFilters(states=WAITING),
        "decided": ReviewFilters(states=(ReviewState.DECIDED,)),
        "decision": ReviewFilters(decision=Decision.SPOOF),
        "scenario": ReviewFilters(scenario="A2"),
        "frequent anchor": ReviewFilters(anchor_id="anchor-0"),
        "rare anchor": ReviewFilters(anchor_id="anchor-399"),
        "outlet": ReviewFilters(outlet="outlet 0"),
        "high confidence": ReviewFilters(lowest_confidence=0.999999),
        "confidence band": ReviewFilters(lowest_confidence=0.6, highest_confidence=0.7),
        "age": ReviewFilters(age=ReviewAge.UNDER_A_DAY),
        "old": ReviewFilters(age=ReviewAge.A_WEEK_OR_MORE),
        "times": ReviewFilters(reported_from=now - timedelta(days=9), reported_before=now - timedelta(days=8)),
        "source": ReviewFilters(source="client-3"),
        "unknown source": ReviewFilters(source="nobody"),
        "held by me": ReviewFilters(holder=ReviewHolder.ME),
        "held by nobody": ReviewFilters(holder=ReviewHolder.NOBODY),
        "held by others": ReviewFilters(holder=ReviewHolder.SOMEBODY_ELSE),
        "outcome": ReviewFilters(outcome=ReviewOutcome.CANNOT_TELL),
        "reviewer": ReviewFilters(reviewer="rosa"),
        "outlet, scenario, decision": ReviewFilters(outlet="Outlet 0", scenario="A2", decision=Decision.SPOOF),
        "all tags": ReviewFilters(outlet="Outlet 0", scenario="B1", anchor_id="anchor-0", states=WAITING),
        "nothing fits": ReviewFilters(states=WAITING, outlet="Outlet 0", lowest_confidence=1.0, source="client-1"),
    }


def measure(data_dir: Path, reviews: int, decided: int, calls: int, seed: int) -> list[Timed]:
    """Fill a desk, serve it on loopback, and ask for pages: each filter in each order, so many calls of each."""
    settings = Settings(data_dir=data_dir)
    with open_desk(settings) as desk:
        fill(desk, reviews, seed)
        decide_some(desk, decided)
        with served(settings, desk) as target, ReviewClient(target) as client:
            client.sign_in("remo", PASSWORD)
            client.lease_next()
            return [_time(client, name, wanted, calls, seed) for name, wanted in filters().items()]


def _time(client: ReviewClient, name: str, wanted: ReviewFilters, calls: int, seed: int) -> Timed:
    """First pages and pages further on, in turn over the orders; every call with its counts."""
    dice = random.Random(seed)
    taken: list[float] = []
    worked: list[float] = []
    token, order = "", ReviewOrder.OLDEST_FIRST
    for number in range(calls):
        if not token or dice.random() < 0.5:
            token, order = "", list(ReviewOrder)[number % len(ReviewOrder)]
        start, busy = time.perf_counter(), time.process_time()
        page = client.review_page(wanted, order, PAGE_ROWS, token)
        taken.append(1000 * (time.perf_counter() - start))
        worked.append(1000 * (time.process_time() - busy))
        token = page.next_page_token
    return Timed(name, tuple(taken), tuple(worked))


@contextlib.contextmanager
def served(settings: Settings, desk: Desk, listen: str = "127.0.0.1:0") -> Iterator[str]:
    """The desk's real services in a thread, without the workers that it does not need."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def wait_for(story: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(story, loop).result(60)

    with (
        open_reports(settings) as reports,
        open_registry(settings) as registry,
        contextlib.closing(open_queue(settings)) as jobs,
        contextlib.closing(open_clips(settings)) as clips,
    ):
        started = wait_for(_start(settings, desk, reports, registry, jobs, clips, listen))
        try:
            yield started[0]
        finally:
            wait_for(started[1].stop(1.0))
            wait_for(started[2].stop())
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def _start(
    settings: Settings, desk: Desk, reports: Any, registry: Any, jobs: Any, clips: ClipStore, listen: str
) -> tuple[str, Any, Feed]:
    server = grpc.aio.server(interceptors=(StatusInterceptor(),))
    feed = Feed(reports, desk, registry, jobs, settings.reviews.poll_s)
    servicer = ReviewServicer(desk, reports, registry, feed, Exporter(desk, reports, clips, settings))
    review_pb2_grpc.add_ReviewServiceServicer_to_server(servicer, server)
    account_pb2_grpc.add_AccountServiceServicer_to_server(AccountServicer(desk), server)
    port = server.add_insecure_port(listen)
    await server.start()
    feed.start()
    return f"127.0.0.1:{port}", server, feed
