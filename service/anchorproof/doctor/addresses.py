"""Where the service listens, what it calls, and whether a service runs here already."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import grpc
from cryptography import x509
from grpc_health.v1 import health_pb2, health_pb2_grpc

from anchorproof.doctor.findings import Finding, broken, skipped, sound, warning
from anchorproof.provenance.origin import check_trust_list
from anchorproof.settings import Settings

_PATIENCE_S = 5.0
_LEAST_SECRET = 16
_SOON = timedelta(days=30)


def look_at_listen(settings: Settings) -> Iterator[Finding]:
    """The address is free, or a service of ours answers there."""
    listen = settings.server.listen
    if listen.startswith("unix:"):
        yield skipped("listen", f"{listen} is a socket in the file system")
        return
    fault = _fault_of(listen)
    if not fault:
        yield sound("listen", f"{listen} is free")
    elif (status := _health(listen)) == "SERVING":
        yield sound("listen", f"the service runs at {listen} and says that it serves")
    elif status:
        todo = "it is starting or stopping; if that lasts, look at its log"
        yield warning("listen", f"a gRPC service at {listen} answers that it is {status}", todo)
    else:
        todo = "end the other program, or name another address (server.listen)"
        yield broken("listen", f"{listen} cannot be listened on, and no service of ours is there: {fault}", todo)


def look_at_metrics(settings: Settings) -> Iterator[Finding]:
    for setting, listen in (
        ("metrics.listen", settings.metrics.listen),
        ("metrics.web_listen", settings.metrics.web_listen),
    ):
        if not listen:
            continue
        fault = _fault_of(listen)
        if not fault:
            yield sound("metrics", f"{listen} is free ({setting})")
        elif _shows_metrics(listen):
            yield sound("metrics", f"they are shown at {listen} ({setting})")
        else:
            todo = f"end the other program, or name another address ({setting})"
            yield broken("metrics", f"{listen} cannot be listened on, and shows no metrics of ours: {fault}", todo)
    if not settings.metrics.listen and not settings.metrics.web_listen:
        yield skipped("metrics", "none are shown (metrics.listen)")


def look_at_webhooks(settings: Settings) -> Iterator[Finding]:
    if not settings.queue.webhooks:
        yield skipped("webhooks", "no address may be called (queue.webhooks)")
        return
    if len(settings.webhook_secret.get_secret_value()) < _LEAST_SECRET:
        words = f"addresses may be called, and webhook_secret has fewer than {_LEAST_SECRET} characters"
        yield broken("webhooks", words, "set one (ANCHORPROOF_WEBHOOK_SECRET); the server does not start without")
        return
    plain = [address for address in settings.queue.webhooks if address.startswith("http://")]
    if plain:
        yield warning("webhooks", f"{len(plain)} addresses are http: what is told can be read", "use https addresses")
    else:
        yield sound("webhooks", f"{len(settings.queue.webhooks)} addresses may be called, signed")


def look_at_trust_list(settings: Settings) -> Iterator[Finding]:
    path = settings.provenance.trust_list
    if path is None:
        yield skipped("trust list", "no signer of content credentials is trusted (provenance.trust_list)")
        return
    check_trust_list(path)
    try:
        certificates = x509.load_pem_x509_certificates(path.read_bytes())
    except ValueError:
        yield broken("trust list", f"{path.name} holds something that is no certificate", "get the list again")
        return
    now = datetime.now(UTC)
    over = [one for one in certificates if one.not_valid_after_utc < now]
    soon = [one for one in certificates if now <= one.not_valid_after_utc < now + _SOON]
    words = f"{len(certificates)} certificates"
    if over or soon:
        yield warning("trust list", f"{words}; {len(over)} are over, {len(soon)} within a month", "get the newest list")
    else:
        yield sound("trust list", f"{words}, all valid for a month at least")


def look_at_extras(settings: Settings) -> Iterator[Finding]:
    wanted = {
        "web": (("fastapi", "jinja2", "uvicorn", "argon2", "reportlab"), False),
        "postgres": (
            ("psycopg",),
            bool(settings.database_url.get_secret_value() or settings.registry_url.get_secret_value()),
        ),
    }
    for extra, (modules, is_needed) in wanted.items():
        missing = [module for module in modules if importlib.util.find_spec(module) is None]
        if not missing:
            yield sound(f"extra: {extra}", "installed")
        elif is_needed:
            todo = f"pip install 'anchorproof[{extra}]'"
            yield broken(f"extra: {extra}", f"the settings need it, and it lacks {', '.join(missing)}", todo)
        else:
            yield skipped(f"extra: {extra}", f"not installed: pip install 'anchorproof[{extra}]'")


def _fault_of(listen: str) -> str:
    """Why this address cannot be listened on; empty: it can."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        return "it is not host:port"
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does: an address that a server has just left can be taken at once.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (OSError, OverflowError) as error:
        return getattr(error, "strerror", None) or "no such address"
    return ""


def _health(listen: str) -> str:
    """What a gRPC service answers there; empty: there is none."""
    try:
        with grpc.insecure_channel(_reachable(listen)) as channel:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=_PATIENCE_S)
    except grpc.RpcError:
        return ""
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


def _shows_metrics(listen: str) -> bool:
    host, _, port = _reachable(listen).rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), _PATIENCE_S) as plug:
            plug.sendall(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")
            with plug.makefile("rb") as answer:
                return any(b"anchorproof_build_info" in line for line in answer)
    except OSError:
        return False


def _reachable(listen: str) -> str:
    host, _, port = listen.rpartition(":")
    return f"{ {'0.0.0.0': '127.0.0.1', '[::]': '[::1]'}.get(host, host) }:{port}"
