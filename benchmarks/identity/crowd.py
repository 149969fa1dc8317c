"""Threads of several processes on one registry at once; and processes that are killed while they enrol."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.errors import ChangedMeanwhile
from anchorproof.identity.compare import compare
from anchorproof.identity.enrolments import EnrolmentMaterial
from anchorproof.identity.registry import Registry
from anchorproof.types import CalibrationMap, Modality, Question, Template
from benchmarks.identity.scale import opened

ROOT = Path(__file__).resolve().parents[2]
MODEL_ID = "made-128-1"
CALIBRATION = CalibrationMap("made", MODEL_ID, "00", "none", Question.IDENTITY, 10.0, -3.0, (-2.0, 4.0))
#: A crowd or a killed process that takes longer than this is broken.
LIMIT_S = 900.0
PER_ENROLMENT = 9


def material(label: str, count: int = 3) -> EnrolmentMaterial:
    """Templates that follow from the label."""
    digest = hashlib.sha256(label.encode()).hexdigest()
    vectors = np.random.default_rng(int(digest[:12], 16)).standard_normal((count, 128)).astype(np.float32)
    made = tuple(Template(Modality.FACE, MODEL_ID, vector / np.linalg.norm(vector), 50.0) for vector in vectors)
    return EnrolmentMaterial(digest, made, (), 0.0)


# --------------------------------------------------------------------------- the crowd


def crowd(folder: Path, processes: int, threads: int, rounds: int) -> dict[str, Any]:
    """Everybody creates, enrols, updates one shared record, searches and deletes; then everything is counted."""
    with opened(folder) as registry:
        registry.create_anchor("Shared", anchor_id="shared", notes="0")
    begun = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.identity.crowd", str(folder), str(threads), str(rounds)]
    started = [subprocess.Popen([*command, f"p{number}"], cwd=ROOT) for number in range(processes)]
    codes = [process.wait(timeout=LIMIT_S) for process in started]
    wall_s = time.perf_counter() - begun
    people = processes * threads
    with opened(folder) as registry:
        anchors = _all_anchors(registry)
        counted = int(registry.get_anchor("shared").notes)
        templates = len(registry.references())
        deleted = sum(1 for number in range(rounds) if number % 3 == 2) * people
    expected = people * rounds - deleted
    return {
        "processes": processes,
        "threads_each": threads,
        "rounds": rounds,
        "wall_s": round(wall_s, 1),
        "exit_codes": codes,
        "anchors": {"expected": expected, "found": len(anchors) - 1},
        "templates": {"expected": 3 * expected, "found": templates},
        "updates_of_one_record": {"expected": people * rounds, "found": counted},
        **_integrity(folder),
    }


def work(folder: Path, threads: int, rounds: int, name: str) -> None:
    """What one process of the crowd does."""
    with opened(folder) as registry, ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda thread: _one_thread(registry, rounds, f"{name} {thread}"), range(threads)))


def _one_thread(registry: Registry, rounds: int, name: str) -> None:
    for number in range(rounds):
        label = f"{name} {number}"
        anchor = registry.create_anchor(label, outlet=f"Outlet {number}")
        kept = material(f"{label} kept")
        registry.add_enrolment(anchor.anchor_id, kept)
        gone = registry.add_enrolment(anchor.anchor_id, material(f"{label} gone"))
        best = compare(kept.templates[0], registry.references(), CALIBRATION, 1)
        assert best[0].anchor_id == anchor.anchor_id, "an acknowledged enrolment must be found at once"
        registry.delete_enrolment(anchor.anchor_id, gone.enrolment_id)
        _count_up(registry)
        if number % 3 == 2:
            registry.delete_anchor(anchor.anchor_id)


def _count_up(registry: Registry) -> None:
    while True:
        shared = registry.get_anchor("shared")
        try:
            registry.update_anchor("shared", {"notes": str(int(shared.notes) + 1)}, shared.etag)
        except ChangedMeanwhile:
            time.sleep(random.uniform(0, 0.005))
        else:
            return


# --------------------------------------------------------------------------- the kills


def kills(folder: Path, times: int, seed: int) -> dict[str, Any]:
    """A process enrols and prints each acknowledged id until it is killed, at a random moment, again and again."""
    with opened(folder) as registry:
        registry.create_anchor("Name", anchor_id="a")
    chance = random.Random(seed)
    acknowledged: list[str] = []
    begun = time.perf_counter()
    for kill in range(times):
        command = [sys.executable, "-m", "benchmarks.identity.crowd", str(folder), f"run {kill}"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            acknowledged.append(process.stdout.readline().strip())
            time.sleep(chance.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            acknowledged += [line.strip() for line in process.stdout if line.endswith("\n")]
    with opened(folder) as registry:
        found: dict[str, int] = {}
        token = ""
        while True:
            page, token = registry.list_enrolments("a", 1000, token)
            found |= {enrolment.enrolment_id: enrolment.face_templates for enrolment in page}
            if not token:
                break
        templates = len(registry.references())
    acknowledged = [enrolment_id for enrolment_id in acknowledged if enrolment_id]
    return {
        "kills": times,
        "wall_s": round(time.perf_counter() - begun, 1),
        "acknowledged": len(acknowledged),
        "acknowledged_but_lost": len(set(acknowledged) - found.keys()),
        "half_enrolments": sum(count != PER_ENROLMENT for count in found.values()),
        "stored": len(found),
        "templates_readable": templates == PER_ENROLMENT * len(found),
        "seed": seed,
        **_integrity(folder),
    }


def enrol_forever(folder: Path, name: str) -> None:
    """Until killed; at most for ``LIMIT_S``."""
    end = time.monotonic() + LIMIT_S
    with opened(folder) as registry:
        number = 0
        while time.monotonic() < end:
            made = registry.add_enrolment("a", material(f"{name} {number}", PER_ENROLMENT))
            sys.stdout.write(made.enrolment_id + "\n")
            sys.stdout.flush()
            number += 1


# --------------------------------------------------------------------------- afterwards


def _all_anchors(registry: Registry) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        page, token = registry.list_anchors(1000, token)
        found += [anchor.anchor_id for anchor in page]
        if not token:
            return found


def _integrity(folder: Path) -> dict[str, Any]:
    connection = sqlite3.connect(folder / "registry.sqlite3")
    try:
        dangling = "SELECT count(*) FROM templates WHERE enrolment_id NOT IN (SELECT enrolment_id FROM enrolments)"
        return {
            "integrity_check": connection.execute("PRAGMA integrity_check").fetchone()[0],
            "foreign_key_faults": len(connection.execute("PRAGMA foreign_key_check").fetchall()),
            "dangling_templates": connection.execute(dangling).fetchone()[0],
        }
    finally:
        connection.close()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if len(sys.argv) == 5:
        work(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        enrol_forever(Path(sys.argv[1]), sys.argv[2])
