"""A real server on a free port, in a thread, with its stores on disk and real worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from anchorproof.api.server import Server
from anchorproof.client import Client
from anchorproof.settings import Settings
from tests import small_workshop
from tests.media_samples import tone, write_clip

LIMIT_BYTES = 40_000_000


@dataclass(frozen=True)
class Running:
    """A server under test."""

    settings: Settings
    target: str
    #: Where its metrics are read, if the settings let them.
    metrics: str = ""

    @property
    def spooled(self) -> list[Path]:
        return [path for path in self.settings.spool_dir.rglob("*") if path.is_file() and path.name != ".lock"]


StartServer = Callable[..., contextlib.AbstractContextManager[Running]]


@contextlib.contextmanager
def start_server(data_dir: Path, load: str = small_workshop.LOAD, **changes: dict[str, Any]) -> Iterator[Running]:
    """``changes`` replace fields of a settings group: ``media={"limit_duration_s": 5}``."""
    plain = Settings(data_dir=data_dir)
    groups = {"server": {"listen": "127.0.0.1:0", "workers": 1, "drain_s": 1.0} | changes.pop("server", {}), **changes}
    settings = plain.model_copy(update={name: replace(getattr(plain, name), **group) for name, group in groups.items()})
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def wait_for(story: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(story, loop).result(120)

    try:
        server = Server(settings, load)
        port = wait_for(server.start())
        try:
            metrics = f"http://127.0.0.1:{server.metrics_port}/metrics" if server.metrics_port else ""
            yield Running(settings, f"127.0.0.1:{port}", metrics)
        finally:
            wait_for(server.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for the tests of a module that need no settings of their own."""
    media = {"limit_duration_s": 5.0, "limit_bytes": LIMIT_BYTES}
    with start_server(tmp_path_factory.mktemp("data"), media=media) as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    with Client(server.target) as made:
        yield made


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second with a picture and a sound."""
    return write_clip(tmp_path_factory.mktemp("media") / "clip.mp4", 0.5, sound=tone(440))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Running]:
    """A server of this test's own, because it watches what the workers did."""
    with start_server(tmp_path / "data") as running:
        yield running


def wait_until(is_true: Callable[[], bool], limit_s: float = 30.0) -> None:
    """Fails when it has not become true by then."""
    end = time.monotonic() + limit_s
    while not is_true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def begun(server: Running) -> list[str]:
    """The clips whose analysis the small workshop began, in order."""
    log = server.settings.data_dir / "analyses"
    return log.read_text().splitlines() if log.exists() else []
