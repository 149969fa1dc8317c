"""Networks, their checksums and calibrations, and whether ONNX Runtime runs here; in a process of its own.

A library built for another processor does not raise: it takes its process with it, which is then what is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from anchorproof.doctor.findings import Finding, broken, looked, sound, warning
from anchorproof.engine import Engine
from anchorproof.errors import AnalysisTimedOut, AnchorproofError
from anchorproof.footage.weighing import load_calibration
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.jobs.process import Patience, WorkerDied, WorkerProcess
from anchorproof.runtime import ModelEntry
from anchorproof.settings import Settings
from anchorproof.types import HigherMeans, Question, Waveform
from anchorproof.voices.speech import find_speech

LOAD = "anchorproof.doctor.networks:load"
_LIMIT_S = 300.0
_REINSTALL = "install anchorproof again; a network of your own: add it again (anchorproof models add)"


def load(settings: Settings) -> Settings:
    """Called in the process that looks."""
    return settings


@dataclass(frozen=True, slots=True)
class LookTask(Task[list[Finding]]):
    """Everything about networks."""

    def run(self, workshop: Settings, on_progress: OnProgress) -> list[Finding]:  # noqa: ARG002
        return [*looked("networks", lambda: _look(workshop))]


def look_at_networks(settings: Settings) -> Iterator[Finding]:
    process = WorkerProcess(LOAD, (settings,))
    try:
        yield from process.run(LookTask(), lambda _: None, Patience(_LIMIT_S))
    except (WorkerDied, AnalysisTimedOut) as error:
        yield broken(
            "networks",
            f"the process that looked at them ended: {error}",
            "is this processor one that the libraries are built for (x86-64-v2, arm64)? Is there memory?",
        )
    finally:
        process.kill()


def _look(settings: Settings) -> Iterator[Finding]:
    engine = Engine.load(settings)
    entries = [engine.models.entry(part.component_id) for part in engine.components() if part.kind == "model"]
    faults = [fault for entry in entries if (fault := _fault_of(engine, entry))]
    if faults:
        for fault in faults:
            yield broken("networks", fault, _REINSTALL)
    else:
        yield sound("networks", f"{len(entries)} files are those that the manifest describes, and open")
    yield from looked("ONNX Runtime", lambda: _run_one(engine))
    yield from looked("calibrations", lambda: _look_at_calibrations(engine, entries))


def _fault_of(engine: Engine, entry: ModelEntry) -> str:
    try:
        engine.models.load(entry.model_id)
        engine.cohort(entry.model_id)
    except AnchorproofError as error:
        return str(error)
    return ""


def _run_one(engine: Engine) -> Iterator[Finding]:
    """A tone is looked through for speech: there is none."""
    rate_hz = engine.settings.media.sample_rate_hz
    tone = np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz).astype(np.float32) * np.float32(0.3)
    network = engine.models.load_default("speech_activity")
    spans = find_speech(Waveform(tone, rate_hz), network, engine.settings.voices)
    if spans:
        todo = "do not trust its answers: install onnxruntime again, or another version of it"
        yield broken("ONNX Runtime", f"{network.model_id} runs, and hears speech in a steady tone", todo)
    else:
        yield sound("ONNX Runtime", f"{network.model_id} runs, and hears no speech in a steady tone")


def _look_at_calibrations(engine: Engine, entries: list[ModelEntry]) -> Iterator[Finding]:
    faults = []
    scored = [entry for entry in entries if entry.higher_means]
    for entry in scored:
        is_identity = entry.higher_means is HigherMeans.SAME_SOURCE
        try:
            engine.calibrations.for_model(entry, Question.IDENTITY if is_identity else Question.AUTHENTICITY)
        except AnchorproofError as error:
            faults.append(str(error))
    for fault in faults:
        yield broken("calibrations", fault, "put a calibration that was fitted for this file into models/calibration")
    load_calibration()
    fusion: Any = engine.fusion
    if not faults:
        yield sound(
            "calibrations", f"{len(scored)} networks' scores can be weighed; {fusion.calibration_id} fuses them"
        )
    unused = {map_.model_id for map_ in engine.calibrations} - {entry.model_id for entry in engine.models.entries()}
    if unused:
        todo = "remove their files from models/calibration of the data folder, or add the networks"
        yield warning("calibrations", f"of networks that are not here: {', '.join(sorted(unused))}", todo)
