"""The page at which Prometheus reads the metrics: plain HTTP, in a thread, only where the settings say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from anchorproof.errors import RequestInvalid


@contextmanager
def exposing(listen: str, registry: CollectorRegistry, setting: str = "metrics.listen") -> Iterator[int]:
    """``http://HOST:PORT/metrics`` while the block lasts; yields the port, 0 where ``listen`` is empty.

    Raises:
        RequestInvalid: the address, which that setting names, cannot be used.
    """
    if not listen:
        yield 0
        return
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise RequestInvalid(f"{setting} must be host:port; got {listen!r}", setting)
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except (OSError, OverflowError) as error:
        raise RequestInvalid(
            f"cannot show metrics on {listen}: is it free, and an address of this machine? (setting {setting})", setting
        ) from error
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
