"""Clients that upload and submit without pause, and write down everything that was acknowledged to them."""

from __future__ import annotations

import io
import random
import threading
import time
import wave
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anchorproof.client import Client, ServiceError
from anchorproof.types import Upload

#: Any outage of the bench is shorter.
PATIENCE_S = 300.0
REFUSALS = {"STORAGE_FAILED", "STORAGE_UNAVAILABLE", "OVERLOADED"}


@dataclass
class Acknowledged:
    """What clients were told, by all of them."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    #: Of finalised uploads.
    uploads: int = 0
    #: Job to its clip's name.
    jobs: dict[str, str] = field(default_factory=dict)
    #: Job to its report.
    reports: dict[str, str] = field(default_factory=dict)
    #: Anything that should not have happened.
    faults: list[str] = field(default_factory=list)
    #: Refusals that a service in trouble may give, by reason: nothing was acknowledged.
    refused: Counter[str] = field(default_factory=Counter)
    #: How often an upload went on after a break, and the bytes that need not be sent again.
    resumed: int = 0
    spared_bytes: int = 0

    def fault(self, text: str) -> None:
        with self.lock:
            self.faults.append(text)


class NotingClient(Client):
    """A client that holds the service to every offset it has acknowledged."""

    noted: Acknowledged

    def _found_again(self, upload: Upload, error: Any, pause: Any) -> Upload:
        found = super()._found_again(upload, error, pause)
        with self.noted.lock:
            self.noted.resumed += 1
            self.noted.spared_bytes += found.offset
        if found.offset < upload.offset:
            self.noted.fault(f"upload {upload.upload_id}: {upload.offset} acknowledged, {found.offset} found")
        return found


def random_clip(path: Path, chance: random.Random, size_bytes: int) -> Path:
    """A sound file of that size that no other is equal to."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(chance.randbytes(size_bytes // 4 * 4))
    path.write_bytes(content.getvalue())
    return path


def send(target: str, number: int, seed: int, folder: Path, noted: Acknowledged, stop: threading.Event) -> None:
    """One client: clip after clip until told to stop; half of the jobs are waited for at once."""
    chance = random.Random(f"{seed} {number}")
    with NotingClient(target, timeout_s=20.0, client_id=f"client-{number}") as client:
        client.noted, client.patience_s = noted, PATIENCE_S
        turn = 0
        while not stop.is_set():
            turn += 1
            name = f"{number}-{turn}"
            clip = random_clip(folder / f"{name}.wav", chance, chance.choice((200_000, 1_000_000, 4_000_000)))
            try:
                job = client.submit(clip, name, request_id=f"{seed}-{name}")
                with noted.lock:
                    noted.uploads += 1
                    noted.jobs[job.job_id] = name
                if chance.random() < 0.5:
                    report = client.wait_for_job(job.job_id)
                    with noted.lock:
                        noted.reports[job.job_id] = report.report_id
            except ServiceError as error:
                if error.reason in REFUSALS:
                    with noted.lock:
                        noted.refused[error.reason] += 1
                else:
                    noted.fault(f"{name}: {error}")
                time.sleep(1)
            finally:
                clip.unlink()
