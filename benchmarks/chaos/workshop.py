"""A light load for the workers: the clip is opened and inspected in the sandboxed child, and held for a while.

The way of a clip through uploads, queue, leases, workers and stores is the service's own; only the networks are left
out, so that hundreds of clips pass in minutes. ``ANCHORPROOF_BENCH_ANALYSIS_S`` is how long a clip is held.
"""

from __future__ import annotations

import os
import select
import time
from datetime import UTC, datetime
from pathlib import Path

from anchorproof.jobs.messages import OnProgress
from anchorproof.media.info import read_info
from anchorproof.settings import Settings
from anchorproof.types import ClipInfo, Component, Decision, ModelInfo, Progress, Report, Verdict

LOAD = "benchmarks.chaos.workshop:load"
ANALYSIS_S = "ANCHORPROOF_BENCH_ANALYSIS_S"
_STEP_S = 0.1


def load(settings: Settings, threads: int) -> LightWorkshop:  # noqa: ARG001  (the workers' contract)
    return LightWorkshop(settings)


class LightWorkshop:
    """Analyses without networks; everything else a worker may be asked for is missing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._analysis_s = float(os.environ.get(ANALYSIS_S, "0.5"))

    def analyze(self, clip: Path, report_id: str, clip_name: str, on_progress: OnProgress) -> Report:
        begun = time.monotonic()
        on_progress(Progress("inspect", 0.0))
        info = read_info(clip, self._settings.media)
        while (spent := time.monotonic() - begun) < self._analysis_s:
            on_progress(Progress("hold", spent / self._analysis_s))
            # Not ``time.sleep``: it waits for a moment, which libfaketime moves with the clock and may then refuse.
            select.select([], [], [], min(_STEP_S, self._analysis_s))
        return light_report(info, report_id, clip_name)

    def models(self) -> tuple[ModelInfo, ...]:
        return ()


def light_report(info: ClipInfo, report_id: str, clip_name: str) -> Report:
    """A report that says nothing but what the container says."""
    verdict = Verdict(Decision.INCONCLUSIVE, 0.0, 0.5, 0.5, 0.5, (), (), (), "only the container was read")
    return Report(
        report_id=report_id,
        create_time=datetime.now(UTC),
        clip=info,
        clip_name=clip_name,
        verdict=verdict,
        evidence=(),
        unassessed=(),
        faces=(),
        voices=(),
        identity=(),
        components=(Component("software", "light-workshop", "1", ""),),
        timings=(),
    )
