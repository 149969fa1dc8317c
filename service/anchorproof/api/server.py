"""The gRPC server: its parts put together, started, and stopped without losing what is under way."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.longrunning import operations_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from anchorproof.api.account_service import AccountServicer
from anchorproof.api.analysis_service import AnalysisServicer
from anchorproof.api.calls import CallInterceptor
from anchorproof.api.footage_service import FootageServicer
from anchorproof.api.registry_service import RegistryServicer
from anchorproof.api.review_exports import Exporter
from anchorproof.api.review_service import ReviewServicer
from anchorproof.api.running_jobs import RunningJobs, running_jobs
from anchorproof.api.spool import Spool
from anchorproof.api.status import StatusInterceptor
from anchorproof.errors import RequestInvalid
from anchorproof.footage.store import FootageStore
from anchorproof.identity.opening import open_registry
from anchorproof.jobs.tasks import LOAD, ListModelsTask
from anchorproof.jobs.workers import WorkerPool
from anchorproof.logs import log_loop_fault
from anchorproof.metrics.exposing import exposing
from anchorproof.metrics.meters import Meters
from anchorproof.metrics.state import State, data_folders
from anchorproof.reports.opening import open_reports
from anchorproof.review_feed import Feed
from anchorproof.reviews.desk import open_desk
from anchorproof.settings import Settings
from anchorproof.v1 import (
    account_pb2,
    account_pb2_grpc,
    analysis_pb2,
    analysis_pb2_grpc,
    footage_pb2,
    footage_pb2_grpc,
    jobs_pb2,
    registry_pb2,
    registry_pb2_grpc,
    review_pb2,
    review_pb2_grpc,
    uploads_pb2,
)

_log = logging.getLogger(__name__)

SERVICES = tuple(
    module.DESCRIPTOR.services_by_name[name].full_name
    for module, name in (
        (registry_pb2, "RegistryService"),
        (analysis_pb2, "AnalysisService"),
        (footage_pb2, "FootageService"),
        (review_pb2, "ReviewService"),
        (account_pb2, "AccountService"),
        (uploads_pb2, "UploadService"),
        (jobs_pb2, "JobService"),
        (operations_pb2, "Operations"),
    )
)
KEEPALIVE_MS = 20_000
#: Calls and analyses wait in these for disks and databases.
THREADS = 32
_MESSAGE_MARGIN_BYTES = 3 * 1024**2


class Server:
    """One server with its embedded stores and its workers; started and stopped once.

    Args:
        load: what the workers load, ``module:function(settings, threads)``.
    """

    def __init__(self, settings: Settings, load: str = LOAD) -> None:
        self._settings = settings
        self._load = load
        self._meters = Meters()
        #: Where the metrics are read; 0: nowhere.
        self.metrics_port = 0
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]  # missing in its stubs
        self._parts = contextlib.AsyncExitStack()

    async def start(self) -> int:
        """Start workers, then listen; returns the port.

        Raises:
            ModelUnavailable, CalibrationUnavailable, StorageFailed: this installation is not fit to serve.
            RequestInvalid: the address to listen on cannot be used.
        """
        async with contextlib.AsyncExitStack() as parts:
            limits = self._settings.server
            self.metrics_port = parts.enter_context(exposing(self._settings.metrics.listen, self._meters.registry))
            registry = parts.enter_context(open_registry(self._settings))
            store = parts.enter_context(open_reports(self._settings))
            archive = parts.enter_context(
                FootageStore(self._settings.footage_path, self._settings.footage_references_dir)
            )
            uploads = limits.limit_waiting + limits.workers
            spool = parts.enter_context(
                Spool(self._settings.spool_dir, self._settings.media.limit_bytes, uploads, self._meters)
            )
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "anchorproof-io"))
            pool = WorkerPool(self._settings, self._load, self._meters)
            parts.push_async_callback(pool.stop)
            await pool.start()
            models = await pool.run(ListModelsTask(), lambda _: None)
            self._meters.models_in_use(models)
            jobs = await parts.enter_async_context(running_jobs(self._settings, pool, store, self._meters))
            self._meters.registry.register(State(jobs.queue.depth, pool.census, data_folders(self._settings)))
            server = self._make_server()
            jobs.add_to(server)
            registry_pb2_grpc.add_RegistryServiceServicer_to_server(
                RegistryServicer(registry, pool, spool, limits), server
            )
            analysis_pb2_grpc.add_AnalysisServiceServicer_to_server(
                AnalysisServicer(store, pool, jobs.queue, jobs.analyses, spool, self._settings, models), server
            )
            footage_pb2_grpc.add_FootageServiceServicer_to_server(FootageServicer(archive, pool, spool, limits), server)
            desk = parts.enter_context(open_desk(self._settings))
            feed = Feed(store, desk, registry, jobs.queue, self._settings.reviews.poll_s)
            parts.push_async_callback(feed.stop)
            review_pb2_grpc.add_ReviewServiceServicer_to_server(
                ReviewServicer(desk, store, registry, feed, Exporter(desk, store, jobs.clips, self._settings)), server
            )
            account_pb2_grpc.add_AccountServiceServicer_to_server(AccountServicer(desk), server)
            feed.start()
            port = _listen(server, limits.listen)
            parts.push_async_callback(self._stop_server, server, jobs)
            await server.start()
            await self._tell_health(health_pb2.HealthCheckResponse.SERVING)
            self._parts = parts.pop_all()
        return port

    async def stop(self) -> None:
        """Tell health checks first, let calls under way end for up to ``drain_s``, then stop the workers."""
        await self._parts.aclose()

    def _make_server(self) -> grpc.aio.Server:
        options = (
            ("grpc.so_reuseport", 0),  # a second server on the same port is a mistake, not a spare
            # Above the limit on chunks, so that it is we who answer, with a reason.
            ("grpc.max_receive_message_length", self._settings.server.limit_chunk_bytes + _MESSAGE_MARGIN_BYTES),
            # A client whose machine vanished is noticed; clients may ask as often.
            ("grpc.keepalive_time_ms", KEEPALIVE_MS),
            ("grpc.keepalive_timeout_ms", KEEPALIVE_MS // 2),
            ("grpc.http2.min_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
        )
        server = grpc.aio.server(interceptors=(CallInterceptor(self._meters), StatusInterceptor()), options=options)
        # grpc.aio waits for the next call of each registered method, of all of them anew with every call: 17 us for as
        # many as we have. The generic handlers, which the generated code adds as well, answer the same calls.
        server.add_registered_method_handlers = _leave_out  # type: ignore[attr-defined]  # missing in its stubs
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        reflection.enable_server_reflection((*SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME), server)
        return server

    async def _tell_health(self, status: health_pb2.HealthCheckResponse.ServingStatus) -> None:
        for service in ("", *SERVICES):
            await self._health.set(service, status)

    async def _stop_server(self, server: grpc.aio.Server, jobs: RunningJobs) -> None:
        await self._health.enter_graceful_shutdown()
        drain_s = self._settings.server.drain_s
        await asyncio.gather(server.stop(drain_s), jobs.drain(drain_s))


def _leave_out(service_name: str, method_handlers: dict[str, grpc.RpcMethodHandler]) -> None:  # type: ignore[type-arg]
    """Registered methods of a service that has generic handlers, too."""


def _listen(server: grpc.aio.Server, address: str) -> int:
    try:
        return server.add_insecure_port(address)
    except RuntimeError as error:
        raise RequestInvalid(f"cannot listen on {address}: is it free, and is it host:port?", "listen") from error


async def serve(settings: Settings, on_started: Callable[[int], None] = lambda _: None, load: str = LOAD) -> None:
    """Serve until SIGINT or SIGTERM; ``on_started`` gets the port."""
    server = Server(settings, load)
    port = await server.start()
    try:
        told = _on_signal()
        asyncio.get_running_loop().set_exception_handler(log_loop_fault)
        # What was made so far stays to the end. Left out of full collections, of which each kept all calls waiting for
        # some 50 ms, it costs none of them anything.
        gc.collect()
        gc.freeze()
        _log.info("listening on port %d", port)
        on_started(port)
        await told.wait()
    finally:
        await server.stop()


def _on_signal() -> asyncio.Event:
    """Set by SIGINT or SIGTERM; a second one ends the process at once."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        told.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, tell)
    return told
