"""``anchorproof web``: the reviewers' page, in a process of its own so that it never keeps a gRPC call waiting."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Annotated

import typer

from anchorproof.console import UNFIT, Refused, caution, examples, load_settings
from anchorproof.logs import configure
from anchorproof.settings import Settings

DEFAULT_LISTEN = "127.0.0.1:8080"
_STOP_TIMEOUT_S = 15.0


def web(
    context: typer.Context,
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where browsers find the page.")] = DEFAULT_LISTEN,
    server: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The service; by default the one that the settings name.")
    ] = "",
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True)] = False,
) -> None:
    """Run the reviewers' page until Ctrl-C or SIGTERM, as a client of a service that runs already.

    It needs the service's data folder (or the same clips_url and registry_url): players seek in the clips themselves.
    """
    settings = load_settings(context)
    if until_eof:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    serve_page(settings, listen, server or settings.server.listen)


EPILOG = examples("anchorproof web", "anchorproof web --listen 127.0.0.1:8080 --server 127.0.0.1:50551")


def serve_page(settings: Settings, listen: str, target: str) -> None:
    """Serve until told to stop.

    Raises:
        Refused: the web extra is not installed, or the address cannot be used.
    """
    try:
        import uvicorn

        from anchorproof.metrics.exposing import exposing
        from anchorproof.metrics.page import PageMeters
        from anchorproof.web.app import create_app
    except ImportError as error:
        raise Refused("EXTRA_MISSING", "the page needs: pip install 'anchorproof[web]'") from error
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise Refused("INVALID_ARGUMENT", f"the page's address must be host:port; got {listen!r}")
    if host.strip("[]") not in ("localhost", "127.0.0.1", "::1") and not settings.web.https:
        caution(
            settings,
            f"the page listens on {listen} without encryption: passwords can be read on the way. Put a proxy that "
            "speaks https in front of it, and say so (ANCHORPROOF_WEB__HTTPS=true).",
        )
    configure(settings.logging, "page")
    meters = PageMeters()
    config = uvicorn.Config(
        create_app(settings, target, meters),
        host=host.strip("[]"),
        port=int(port),
        log_config=None,  # its loggers' records come to ours
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=settings.web.https,
        timeout_graceful_shutdown=5,
    )
    try:
        socket = config.bind_socket()
    except (SystemExit, OSError) as error:  # as uvicorn says that it cannot listen
        raise Refused("INVALID_ARGUMENT", f"cannot listen on {listen}: is it free?") from error
    with exposing(settings.metrics.web_listen, meters.registry, "metrics.web_listen"):
        socket.listen(config.backlog)  # whoever reads the address may come at once
        print(f"the reviewers' page is at http://{host}:{socket.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run([socket])


def _end_with_parent() -> None:
    """Standard input ends when the process that started this one is gone, however it went."""
    with contextlib.suppress(OSError, ValueError):
        while sys.stdin.buffer.read(1):
            pass
    os._exit(UNFIT)


@contextlib.contextmanager
def page_process(settings: Settings, listen: str, target: str) -> Iterator[None]:
    """The page beside a service of this process; it ends with the block, or with this process."""
    command = [sys.executable, "-m", "anchorproof.cli", "--data-dir", str(settings.data_dir), "web"]
    command += ["--listen", listen, "--server", target, "--until-eof"]
    logs = settings.logging  # the command line may have said otherwise than the environment
    told = {"ANCHORPROOF_LOGGING__FORMAT": logs.format, "ANCHORPROOF_LOGGING__LEVEL": logs.level}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | told) as page:
        try:
            yield
        finally:
            page.terminate()
            try:
                page.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                page.kill()
