"""``python -m benchmarks speed``: how fast one clip is analysed, which step takes how much, and the memory it takes."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Group
from rich.table import Table

from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.jobs.process import Patience, WorkerProcess
from anchorproof.settings import Settings
from benchmarks.memory import PeakMemory

if TYPE_CHECKING:
    from anchorproof.pipeline import Engine

LOAD = "benchmarks.speed:load"
DURATION_S = 30.0
_TEXT = (
    "Good evening. The council has approved the new budget after a long debate. Trains on the northern line are "
    "running again this morning, and the harbour bridge will open on Thursday. Now the weather: mild and mostly dry. "
)


@dataclass(frozen=True, slots=True)
class Lap:
    """One analysis: wall and processor seconds (decoder included), wall seconds by step."""

    wall_s: float
    cpu_s: float
    duration_s: float
    steps: dict[str, float]
    faces: int
    speech_s: float


def load(settings: Settings, threads: int) -> Engine:
    """Called once in the worker."""
    import cv2

    from anchorproof.pipeline import Engine

    cv2.setNumThreads(threads)
    return Engine.load(settings, threads)


@dataclass(frozen=True, slots=True)
class LapTask(Task[Lap]):
    """The whole analysis of a clip, with nobody enrolled."""

    clip: Path

    def run(self, workshop: Engine, on_progress: OnProgress) -> Lap:
        from anchorproof.identity.compare import ReferenceSet
        from anchorproof.pipeline import AnalysisRequest, analyze

        begun, used = time.perf_counter(), _cpu_s()
        request = AnalysisRequest("speed", self.clip.name)
        report = analyze(self.clip, request, workshop, ReferenceSet.of([], {}), on_progress)
        wall_s = time.perf_counter() - begun
        return Lap(
            wall_s=wall_s,
            cpu_s=_cpu_s() - used,
            duration_s=report.clip.duration_s,
            steps={step.step: step.wall_s for step in report.timings},
            faces=len(report.faces),
            speech_s=sum(voice.speech_s for voice in report.voices),
        )


def measure(clip: Path, settings: Settings, threads: int, laps: int) -> dict[str, Any]:
    """One analysis by a worker that has just started, then ``laps`` more; the figures are the median of those.

    Raises:
        AnchorproofError: the clip is refused, or the installation is not fit to analyse.
    """
    worker = WorkerProcess(LOAD, (settings, threads))
    try:
        begun = time.perf_counter()
        worker.start()
        start_s = time.perf_counter() - begun
        assert worker.pid is not None
        with PeakMemory(worker.pid) as peak:
            patience = settings.server.analysis_timeout_s
            found = [worker.run(LapTask(clip), lambda _: None, Patience(patience)) for _ in range(1 + laps)]
    finally:
        worker.kill()
    first, *later = found
    return {
        "clip": clip.name,
        "duration_s": round(first.duration_s, 2),
        "threads": threads,
        "start_s": round(start_s, 2),
        "first_wall_s": round(first.wall_s, 2),
        **_typical(later or [first]),
        "peak_resident_bytes": peak.resident,
        "peak_proportional_bytes": peak.proportional,
        "laps": [asdict(lap) for lap in found],
    }


def _typical(laps: Sequence[Lap]) -> dict[str, Any]:
    wall_s = float(np.median([lap.wall_s for lap in laps]))
    steps = {step: float(np.median([lap.steps[step] for lap in laps])) for step in laps[0].steps}
    return {
        "wall_s": round(wall_s, 3),
        "cpu_s": round(float(np.median([lap.cpu_s for lap in laps])), 3),
        "real_time_factor": round(wall_s / laps[0].duration_s, 4) if laps[0].duration_s else None,
        "steps": {step: {"wall_s": round(s, 3), "share": round(s / wall_s, 4)} for step, s in steps.items()},
    }


def _cpu_s() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def make_clip(path: Path, duration_s: float = DURATION_S) -> None:
    """A 720p H.264/AAC clip of a public-domain portrait that drifts and a synthesised voice that reads."""
    from benchmarks.demo.clips import Take, astronaut, write_newscast
    from benchmarks.demo.speech import SAMPLE_RATE_HZ, formant_voice

    speech = formant_voice(_TEXT * 3)
    samples = round(duration_s * SAMPLE_RATE_HZ)
    write_newscast(path, astronaut(), np.resize(speech, samples), Take("SPEED (synthetic stand-in)"))


def speed_lines(results: dict[str, Any]) -> Group:
    """The figures for people to read."""
    table = Table()
    table.add_column("step")
    for heading in ("seconds", "share"):
        table.add_column(heading, justify="right")
    for step, part in results["steps"].items():
        table.add_row(step, f"{part['wall_s']:.2f}", f"{part['share']:.0%}")
    return Group(*_headline(results), table, *_notes(results))


def _headline(results: dict[str, Any]) -> Iterator[str]:
    factor = results["real_time_factor"]
    yield f"{results['clip']}: {results['duration_s']:.0f} s analysed in {results['wall_s']:.1f} s"
    if factor is not None:
        yield f"real-time factor {factor:.2f}"


def _notes(results: dict[str, Any]) -> Iterator[str]:
    megabytes = {key: results[f"peak_{key}_bytes"] / 1e6 for key in ("resident", "proportional")}
    yield f"{results['threads']} threads, {results['cpu_s']:.1f} s of processor time"
    yield f"a worker's first clip: {results['first_wall_s']:.1f} s, after {results['start_s']:.1f} s of starting"
    shared = f"{megabytes['proportional']:,.0f} MB with shared pages counted once"
    yield f"peak memory of the process tree: {megabytes['resident']:,.0f} MB resident ({shared})"
