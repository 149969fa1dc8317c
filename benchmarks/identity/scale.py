"""A registry of 100,000 templates: opening it, searching it while more are enrolled, and what it holds in memory."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchorproof.identity.compare import compare
from anchorproof.identity.enrolments import EnrolmentMaterial
from anchorproof.identity.keys import KeyFile
from anchorproof.identity.registry import SCHEMA, Registry
from anchorproof.sqlite import Database
from anchorproof.types import CalibrationMap, Modality, Question, Template
from benchmarks.memory import resident_bytes

MODEL_ID = "made-512-1"
PER_ENROLMENT = 8
BATCH_ANCHORS = 250
CALIBRATION = CalibrationMap("made", MODEL_ID, "00", "none", Question.IDENTITY, 10.0, -3.0, (-2.0, 4.0))

Numbers = NDArray[np.float32]


def opened(folder: Path) -> Registry:
    return Registry(Database(folder / "registry.sqlite3", SCHEMA), KeyFile(folder / "registry.key"))


def run(folder: Path, templates: int, more: int, seed: int) -> dict[str, Any]:
    """All figures; the registry is left in ``folder``."""
    chance = np.random.default_rng(seed)
    begun = time.perf_counter()
    with opened(folder) as registry:
        _fill(registry, templates, chance)
    figures: dict[str, Any] = {"templates": templates, "fill_s": round(time.perf_counter() - begun, 1), "seed": seed}
    before = resident_bytes([_own_id()])
    begun, begun_cpu = time.perf_counter(), time.process_time()
    with opened(folder) as registry:
        references = registry.references()
        figures["reopen_s"] = round(time.perf_counter() - begun, 3)
        figures["reopen_cpu_s"] = round(time.process_time() - begun_cpu, 3)
        figures["memory_mb"] = round((resident_bytes([_own_id()]) - before) / 1e6)
        figures["matrix_mb"] = round(references.by_model[MODEL_ID].matrix.nbytes / 1e6)
        figures["file_mb"] = round((folder / "registry.sqlite3").stat().st_size / 1e6)
        begun_cpu = time.process_time()
        figures["search_alone"] = _latencies(list(_search(registry, chance, 200)))
        figures["search_alone"]["cpu_ms_each"] = round((time.process_time() - begun_cpu) / 200 * 1e3, 2)
        figures |= _search_while_enrolling(registry, more, chance)
        figures["templates_after"] = len(registry.references())
        figures["follows"] = len(registry.references()) == templates + more
    figures["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    return figures


def _own_id() -> int:
    return int(Path("/proc/self").resolve().name)


def _vectors(chance: np.random.Generator, centre: Numbers, count: int) -> Numbers:
    """Templates of one person: cosines of about .6 to each other, of about 0 to others'."""
    noise = chance.standard_normal((count, len(centre))).astype(np.float32)
    found = centre + 0.8 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _centre(chance: np.random.Generator) -> Numbers:
    centre = chance.standard_normal(512).astype(np.float32)
    return np.asarray(centre / np.linalg.norm(centre), np.float32)


def _material(chance: np.random.Generator, label: str, centre: Numbers, count: int) -> EnrolmentMaterial:
    made = tuple(Template(Modality.FACE, MODEL_ID, vector, 60.0) for vector in _vectors(chance, centre, count))
    return EnrolmentMaterial(label, made, (), 0.0)


def _fill(registry: Registry, templates: int, chance: np.random.Generator) -> None:
    for number in range(templates // PER_ENROLMENT):
        anchor = registry.create_anchor(f"Anchor {number}", anchor_id=f"a{number}")
        registry.add_enrolment(anchor.anchor_id, _material(chance, f"m{number}", _centre(chance), PER_ENROLMENT))


def _search(registry: Registry, chance: np.random.Generator, times: int) -> Iterator[tuple[float, float]]:
    """Seconds that each search took, and those of its thread's CPU: what a shared machine adds is between them."""
    for _ in range(times):
        probe = Template(Modality.FACE, MODEL_ID, _centre(chance), 60.0)
        begun, begun_cpu = time.perf_counter(), time.thread_time()
        compare(probe, registry.references(), CALIBRATION, 5)
        yield time.perf_counter() - begun, time.thread_time() - begun_cpu


def _search_while_enrolling(registry: Registry, more: int, chance: np.random.Generator) -> dict[str, Any]:
    """One thread enrols ``more`` templates one by one, the other searches until it is done."""
    done = threading.Event()
    latencies: list[tuple[float, float]] = []
    probes = np.random.default_rng(chance.integers(2**32))

    def search() -> None:
        while not done.is_set():
            latencies.extend(_search(registry, probes, 1))

    searcher = threading.Thread(target=search)
    searcher.start()
    begun = time.perf_counter()
    for number in range(more):
        registry.add_enrolment(f"a{number}", _material(chance, f"more {number}", _centre(chance), 1))
    enrol_s = time.perf_counter() - begun
    done.set()
    searcher.join()
    return {"enrolled_more": more, "enrol_s": round(enrol_s, 1), "search_while_enrolling": _latencies(latencies)}


def _latencies(seconds: list[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = np.array(seconds).T * 1e3
    quantiles = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}
    shown = {name: round(float(np.quantile(wall, at)), 2) for name, at in quantiles.items()}
    shown |= {f"thread_cpu_{name}": round(float(np.quantile(cpu, at)), 2) for name, at in quantiles.items()}
    return {"searches": len(wall), **shown, "max_ms": round(float(wall.max()), 2)}
