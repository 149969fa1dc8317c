"""Clients in processes of their own, several to a process, so that they do not wait for one another's interpreter."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import google_crc32c
import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc

from anchorproof.client import Client, ServiceError
from anchorproof.types import JobState
from anchorproof.v1 import jobs_pb2, jobs_pb2_grpc, uploads_pb2, uploads_pb2_grpc
from benchmarks.chaos.clients import random_clip

R = TypeVar("R")
#: Where nothing else is said: clients that upload or submit wait for the service, not for a processor.
PROCESSES = 4
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Part:
    """One process's share."""

    target: str
    first: int
    #: Clients of this process: threads, or tasks.
    threads: int
    seconds: float
    #: Of one upload, where there are uploads.
    size_bytes: int = 0
    #: An operation and an upload to ask for.
    names: tuple[str, str] = ("", "")
    #: Seconds between two jobs of one client.
    pause_s: float = 0.0


def in_processes(work: Callable[[Part], list[R]], parts: list[Part]) -> list[R]:
    """The answers of all parts together."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(parts), mp_context=context) as pool:
        return [answer for answers in pool.map(work, parts) for answer in answers]


def ask(part: Part) -> list[float]:
    """Seconds that each question about a job or an upload took; clients ask one after the other, with ``pause_s``
    between two questions. All clients of a process share one event loop: threads would wait for its interpreter, and
    that would be counted as the service's time."""
    return asyncio.run(_ask_all(part))


async def _ask_all(part: Part) -> list[float]:
    numbers = range(part.first, part.first + part.threads)
    return [took for each in await asyncio.gather(*(_ask(part, number) for number in numbers)) for took in each]


async def _ask(part: Part, number: int) -> list[float]:
    operation = operations_pb2.GetOperationRequest(name=part.names[0])
    upload = uploads_pb2.GetUploadRequest(name=part.names[1])
    chance, took = random.Random(number), []
    async with grpc.aio.insecure_channel(part.target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        operations: Any = operations_pb2_grpc.OperationsStub(channel)
        uploads: Any = uploads_pb2_grpc.UploadServiceStub(channel)
        await operations.GetOperation(operation)  # the connection
        end = time.monotonic() + part.seconds
        while time.monotonic() < end:
            begun = time.perf_counter()
            if chance.random() < 0.5:
                await operations.GetOperation(operation)
            else:
                await uploads.GetUpload(upload)
            took.append(time.perf_counter() - begun)
            if part.pause_s:
                await asyncio.sleep(part.pause_s)
    return took


def upload(part: Part) -> list[tuple[int, float, float]]:
    """Bytes, begin and end of each client's upload, the final check left out; the bytes are all new to the service."""

    def client(number: int) -> list[tuple[int, float, float]]:
        data = random.Random(number).randbytes(part.size_bytes)
        chunks = [
            uploads_pb2.UploadChunk(offset=at, data=piece, crc32c=google_crc32c.value(piece))
            for at in range(0, len(data), CHUNK_BYTES)
            for piece in (data[at : at + CHUNK_BYTES],)
        ]
        with grpc.insecure_channel(part.target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            stub = uploads_pb2_grpc.UploadServiceStub(channel)
            made = stub.CreateUpload(uploads_pb2.CreateUploadRequest(clip_name=f"load-{number}", size_bytes=len(data)))
            header = uploads_pb2.WriteUploadRequest(header=uploads_pb2.WriteUploadHeader(name=made.upload.name))
            begun = time.time()
            answer = stub.WriteUpload(iter([header, *(uploads_pb2.WriteUploadRequest(chunk=each) for each in chunks)]))
            ended = time.time()
            if answer.upload.offset != len(data):
                raise RuntimeError(f"{answer.upload.offset} of {len(data)} bytes arrived")
            stub.DeleteUpload(uploads_pb2.DeleteUploadRequest(name=made.upload.name))
        return [(len(data), begun, ended)]

    return _threads(part, client)


def offer(part: Part) -> list[tuple[str, float]]:
    """What came of each job that was offered, and when (s since 1970): a gRPC code, or OK when it was accepted."""

    def client(number: int) -> list[tuple[str, float]]:
        told = []
        with Client(part.target, client_id=f"load-{number}") as client, tempfile.TemporaryDirectory() as folder:
            client.patience_s = 60.0
            clip = random_clip(Path(folder) / "clip.wav", random.Random(number), 200_000)
            sent = client.upload(clip)
            name = f"uploads/{sent.upload_id}"
            with grpc.insecure_channel(part.target, [("grpc.use_local_subchannel_pool", 1)]) as channel:
                stub = jobs_pb2_grpc.JobServiceStub(channel)
                end = time.monotonic() + part.seconds
                while time.monotonic() < end:
                    begun = time.monotonic()
                    told.append((_code(stub, name), time.time()))
                    time.sleep(max(0.0, part.pause_s - (time.monotonic() - begun)))
        return told

    return _threads(part, client)


def _code(stub: jobs_pb2_grpc.JobServiceStub, upload_name: str) -> str:
    try:
        stub.AnalyzeVideo(jobs_pb2.AnalyzeVideoRequest(upload=upload_name), timeout=30)
    except grpc.RpcError as error:
        return str(error.code().name)
    return "OK"


def _threads(part: Part, client: Callable[[int], list[R]]) -> list[R]:
    with ThreadPoolExecutor(part.threads) as threads:
        numbers = range(part.first, part.first + part.threads)
        return [answer for answers in threads.map(client, numbers) for answer in answers]


def parts(target: str, clients: int, seconds: float, processes: int = PROCESSES, **fields: object) -> list[Part]:
    """The clients, shared out over the processes."""
    share = max(1, clients // processes)
    return [Part(target, first, share, seconds, **fields) for first in range(0, clients, share)]  # type: ignore[arg-type]


def states(target: str) -> Counter[JobState]:
    """How many jobs are in each state."""
    with Client(target) as client:
        client.patience_s = 60.0
        try:
            return Counter(job.state for job in client.jobs())
        except ServiceError as error:
            raise RuntimeError("the server cannot be asked for its jobs") from error
