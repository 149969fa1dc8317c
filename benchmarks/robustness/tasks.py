"""What a worker of the ladder does: treat one clip, then score it with the service's own steps."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from anchorproof.errors import ClipRejected
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.settings import Settings
from benchmarks.manifests import Protocol
from benchmarks.robustness.rungs import LADDERS
from benchmarks.robustness.sound import read_sound
from benchmarks.steps import Answer, detect, unscored, weighed
from benchmarks.steps import load as load_engine

if TYPE_CHECKING:
    from anchorproof.engine import Engine

LOAD = "benchmarks.robustness.tasks:load"


class Workshop:
    """One engine per data folder: each holds another detector."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._engines: dict[Path, Engine] = {}

    def engine(self, data_dir: Path | None) -> Engine:
        """The engine whose ``data_dir/models`` come before the packaged ones; None: the settings' own."""
        folder = data_dir or self._settings.data_dir
        if folder not in self._engines:
            self._engines[folder] = load_engine(self._settings.model_copy(update={"data_dir": folder}))
        return self._engines[folder]


def load(settings: Settings) -> Workshop:
    """Called once in each worker."""
    return Workshop(settings)


@dataclass(frozen=True, slots=True)
class RungTask(Task[Answer]):
    """A clip's ``score``, ``llr``, ``decision`` and ``reason`` on one rung, by the detector in ``data_dir``."""

    protocol: Protocol
    path: Path
    rung: str
    seconds: float
    data_dir: Path | None = None

    def run(self, workshop: Workshop, on_progress: OnProgress) -> Answer:
        with tempfile.TemporaryDirectory(prefix="anchorproof-rung-") as folder:
            try:
                treated = LADDERS[self.protocol][self.rung].make(self.path, Path(folder), self.seconds)
            except (av.FFmpegError, ValueError) as error:
                return unscored("CLIP_UNREADABLE", str(error))
            engine = workshop.engine(self.data_dir)
            try:
                if self.protocol is Protocol.AUDIO:
                    return hear(treated, engine)
                return detect(treated, self.protocol, engine, on_progress)
            except ClipRejected as error:
                return unscored(error.reason, str(error))


def hear(sound_file: Path, engine: Engine) -> Answer:
    """The audio detector's answer to sound that was written here, which needs no sandbox to be decoded in.

    Starting the service's decoding child twice a clip took ten times as long as all the rest.
    """
    from anchorproof.pipeline import judge_sound
    from anchorproof.senses import Sound
    from anchorproof.types import Unassessed, Waveform
    from anchorproof.voices.speech import find_speech

    rate_hz = engine.settings.media.sample_rate_hz
    waveform = Waveform(np.clip(read_sound(sound_file, 0.0, rate_hz), -1, 1), rate_hz)
    speech = find_speech(waveform, engine.models.load_default("speech_activity"), engine.settings.voices)
    silent = None if speech else Unassessed("audio", "NO_SPEECH", "no speech was found in the sound")
    return weighed(judge_sound(Sound(waveform, speech, silent), engine), engine)
