"""The worker's side: loads everything once, does one task after the other, says that it lives, dies with its parent."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from anchorproof.jobs.messages import Beat, Cancel, Cancelled, Done, Failed, Order, Spent
from anchorproof.logs import bound, configure
from anchorproof.settings import LoggingSettings
from anchorproof.types import ModelUse, Progress

_log = logging.getLogger(__name__)

#: A worker says so often that it lives; one that was stopped, or holds Python's lock for ever, does not.
BEAT_S = 1.0


def serve_parent(connection: Connection, load: str, arguments: tuple[Any, ...], logs: LoggingSettings | None) -> None:
    """The process' whole life."""
    os.setpgid(0, 0)
    if logs is not None:
        configure(logs, "worker")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A service manager may tell all processes to end. The parent decides when its workers do; children of ours, which
    # would inherit that a signal is ignored but not a handler, do end.
    signal.signal(signal.SIGTERM, lambda *_: None)
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        _serve(connection, load, arguments)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception:  # multiprocessing would print it with all that it quotes
        _log.exception("a worker ended by a fault")
        sys.exit(1)


def _follow_parent() -> None:
    """Die with the parent, however it ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)


def _serve(connection: Connection, load: str, arguments: tuple[Any, ...]) -> None:
    module, _, name = load.partition(":")
    try:
        workshop = getattr(importlib.import_module(module), name)(*arguments)
    except Exception as error:
        connection.send(Failed.of(error))
        return
    connection.send(Done(None))
    while True:
        order = connection.recv()
        if isinstance(order, Order):  # or a cancellation that came too late
            with bound(order.context):
                begun = time.perf_counter()
                answer = _answer(order, workshop, connection)
                words = (type(order.task).__name__, type(answer).__name__.lower())
                _log.debug("%s is %s after %.3f s", *words, time.perf_counter() - begun)
            _give_back_memory()
            if uses := _uses(workshop):
                connection.send(Spent(uses))
            connection.send(answer)


def _uses(workshop: Any) -> tuple[ModelUse, ...]:
    asked = getattr(workshop, "model_use", None)
    return asked() if asked else ()


def _give_back_memory() -> None:
    """Return freed memory to the system: the C library would keep it, scattered, and grow with each clip."""
    with contextlib.suppress(OSError, AttributeError):  # a C library without malloc_trim (musl, macOS)
        ctypes.CDLL(None).malloc_trim(0)


def _answer(order: Order, workshop: Any, connection: Connection) -> Done | Failed:
    sending = threading.Lock()

    def on_progress(progress: Progress) -> None:
        while connection.poll():
            if connection.recv() == Cancel(order.number):
                raise Cancelled
        with sending:
            connection.send(progress)

    with _beating(connection, sending):
        try:
            return Done(order.task.run(workshop, on_progress))
        except (Exception, Cancelled) as error:
            return Failed.of(error)


@contextlib.contextmanager
def _beating(connection: Connection, sending: threading.Lock) -> Iterator[None]:
    done = threading.Event()

    def beat() -> None:
        with contextlib.suppress(OSError):
            while not done.wait(BEAT_S):
                with sending:
                    connection.send(Beat())

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
