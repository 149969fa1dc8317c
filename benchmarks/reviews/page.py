"""How long the queue's page takes in a real browser until it can be used, with a long queue behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

from anchorproof.reviews.desk import open_desk
from anchorproof.settings import Settings
from anchorproof.web.app import create_app
from benchmarks.reviews.filling import PASSWORD, fill
from benchmarks.reviews.queue import served
from tests.browsers import chromium

#: What is measured: the document's modules have run, so every key and button works (W3C Navigation Timing).
_READY = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
ADDRESSES = ("/queue", "/queue?decision=spoof", "/queue?scenario=A2&order=most_likely_spoof_first", "/queue?state=all")


def measure(data_dir: Path, reviews: int, loads: int, seed: int) -> dict[str, Any]:
    """Each address so many times, after one that warms the browser's cache of scripts."""
    settings = Settings(data_dir=data_dir)
    with open_desk(settings) as desk:
        fill(desk, reviews, seed)
        with (
            served(settings, desk) as target,
            _page(settings, target) as page,
            chromium() as browser,
            closing(browser.new_context(viewport={"width": 1366, "height": 768})) as context,
        ):
            tab = context.new_page()
            tab.goto(f"{page}/sign-in")
            tab.fill("input[name=account]", "remo")
            tab.fill("input[name=password]", PASSWORD)
            tab.press("input[name=password]", "Enter")
            tab.wait_for_selector("#clips")
            return {address: _summary(_load(tab, page + address, loads)) for address in ADDRESSES}


def _load(tab: Any, address: str, loads: int) -> list[float]:
    taken = []
    for _ in range(loads):
        tab.goto(address, wait_until="domcontentloaded")
        tab.wait_for_function(f"({_READY})() > 0")
        taken.append(float(tab.evaluate(_READY)))
    return taken


def _summary(taken: list[float]) -> dict[str, float]:
    middle, late = np.percentile(taken, [50, 95])
    return {"loads": len(taken), "p50_ms": round(middle, 1), "p95_ms": round(late, 1), "max_ms": round(max(taken), 1)}


@contextmanager
def _page(settings: Settings, target: str) -> Iterator[str]:
    config = uvicorn.Config(create_app(settings, target), port=0, log_level="error", access_log=False)
    with closing(config.bind_socket()) as socket:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([socket],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
