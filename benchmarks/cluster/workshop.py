"""Work that keeps a processor busy, and no network: the clip is decoded, all of it, in the sandboxed child.

What lies around it is the service's own: the clip comes from the shared store, the lease is renewed, the report
is stored.
"""

from __future__ import annotations

from pathlib import Path

from anchorproof.jobs.process import OnProgress
from anchorproof.media.audio import read_audio
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.settings import Settings
from anchorproof.types import Progress, Report
from benchmarks.chaos.workshop import LightWorkshop, light_report

LOAD = "benchmarks.cluster.workshop:load"


def load(settings: Settings, threads: int) -> DecodingWorkshop:  # noqa: ARG001  (the workers' contract)
    return DecodingWorkshop(settings)


class DecodingWorkshop(LightWorkshop):
    """Every sampled picture and all of the sound are decoded, scaled and taken over."""

    def analyze(self, clip: Path, report_id: str, clip_name: str, on_progress: OnProgress) -> Report:
        media = self._settings.media
        on_progress(Progress("inspect", 0.0))
        info = read_info(clip, media)
        for frame in sample_frames(clip, info, media):
            on_progress(Progress("decode", min(1.0, frame.time_s / info.duration_s)))
        if info.audio is not None:
            read_audio(clip, info, media)
        return light_report(info, report_id, clip_name)
