"""Clients that upload and submit without pause, and write down everything that was acknowledged to them."""

from __future__ import annotations

import contextlib
import io
import json
import random
import threading
import time
import wave
from collections import Counter
from collections.abc import Sequence
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
    """What clients were told, by all of them.

    ``journal`` has a line of JSON for each of it, so that a bench that is ended itself can be gone on with, and counts
    what was acknowledged before (``read_back``).
    """

    journal: Path | None = None
    #: How often the bench was started on this journal; names of clips begin with it, so that none is used twice.
    life: int = 1
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
    #: What was killed, by kind.
    kills: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read_back(cls, journal: Path) -> Acknowledged:
        """What earlier starts of the bench noted there; nothing where there is no journal yet."""
        noted = cls(journal)
        text = journal.read_text(encoding="utf-8") if journal.exists() else ""
        whole = text[: text.rfind("\n") + 1]  # the last line may be half written
        for line in whole.splitlines():
            noted._read(json.loads(line))
        journal.write_text(whole, encoding="utf-8")
        noted._write(life=noted.life)
        return noted

    def job(self, job_id: str, name: str) -> None:
        with self.lock:
            self.uploads += 1
            self.jobs[job_id] = name
            self._write(job=job_id, name=name)

    def report(self, job_id: str, report_id: str) -> None:
        with self.lock:
            self.reports[job_id] = report_id
            self._write(report=report_id, job=job_id)

    def fault(self, text: str) -> None:
        with self.lock:
            self.faults.append(text)
            self._write(fault=text)

    def kill(self, kind: str) -> None:
        with self.lock:
            self.kills[kind] += 1
            self._write(kill=kind)

    def _write(self, **line: object) -> None:
        if self.journal is not None:
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    def _read(self, line: dict[str, Any]) -> None:
        if "life" in line:
            self.life = int(line["life"]) + 1
        elif "report" in line:
            self.reports[line["job"]] = line["report"]
        elif "job" in line:
            self.uploads += 1
            self.jobs[line["job"]] = line["name"]
        elif "fault" in line:
            self.faults.append(line["fault"])
        elif "kill" in line:
            self.kills[line["kill"]] += 1


class NotingClient(Client):
    """A client that holds the service to every offset it has acknowledged."""

    noted: Acknowledged
    has_one_disk = True

    def _found_again(self, upload: Upload, error: Any, pause: Any) -> Upload:
        found = super()._found_again(upload, error, pause)
        with self.noted.lock:
            self.noted.resumed += 1
            self.noted.spared_bytes += found.offset
        if found.offset < upload.offset and self.has_one_disk:
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


def unlike(path: Path, original: Path, chance: random.Random) -> Path:
    """The same MP4 with another hash: a box that players skip is added at its end (ISO/IEC 14496-12, ``free``)."""
    content = chance.randbytes(16)
    path.write_bytes(original.read_bytes() + (8 + len(content)).to_bytes(4, "big") + b"free" + content)
    return path


@dataclass(frozen=True)
class Sender:
    """One client: clip after clip until told to stop; half of the jobs are waited for at once.

    Args:
        target: ``host:port``; several front ends as ``ipv4:host:port,host:port``: the next one is taken when one dies.
        clip: an MP4 to send copies of, instead of noise.
        has_one_disk: uploads go on at the offset that was acknowledged; not so where the next front end has a disk of
            its own, at which they begin anew.
    """

    target: str
    number: int
    seed: int
    folder: Path
    clip: Path | None = None
    has_one_disk: bool = True

    def run(self, noted: Acknowledged, stop: threading.Event) -> None:
        chance = random.Random(f"{self.seed} {noted.life} {self.number}")
        with contextlib.closing(NotingClient(self.target, timeout_s=20.0, client_id=f"client-{self.number}")) as client:
            client.noted, client.patience_s, client.has_one_disk = noted, PATIENCE_S, self.has_one_disk
            turn = 0
            while not stop.is_set():
                turn += 1
                self._send(client, f"{noted.life}-{self.number}-{turn}", chance)

    def _send(self, client: NotingClient, name: str, chance: random.Random) -> None:
        clip, noted = self._make_clip(name, chance), client.noted
        try:
            job = client.submit(clip, name, request_id=f"{self.seed}-{name}")
            noted.job(job.job_id, name)
            if chance.random() < 0.5:
                noted.report(job.job_id, client.wait_for_job(job.job_id).report_id)
        except ServiceError as error:
            if error.reason in REFUSALS:
                with noted.lock:
                    noted.refused[error.reason] += 1
            else:
                noted.fault(f"{name}: {error}")
            time.sleep(1)
        finally:
            clip.unlink()

    def _make_clip(self, name: str, chance: random.Random) -> Path:
        if self.clip is not None:
            return unlike(self.folder / f"{name}.mp4", self.clip, chance)
        return random_clip(self.folder / f"{name}.wav", chance, chance.choice((200_000, 1_000_000, 4_000_000)))


def sending(senders: Sequence[Sender], noted: Acknowledged, stop: threading.Event) -> list[threading.Thread]:
    """All of them at work, each in a thread."""
    threads = [threading.Thread(target=sender.run, args=(noted, stop)) for sender in senders]
    for thread in threads:
        thread.start()
    return threads
