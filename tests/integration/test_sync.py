"""From a clip's file to the sync evidence: a portrait that seems to speak, with its own voice, another, and none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from anchorproof.engine import Clock, Engine
from anchorproof.media.info import read_info
from anchorproof.pipeline import judge_sync
from anchorproof.senses import Sound, listen, look
from anchorproof.settings import Settings
from anchorproof.types import RawScore, Span, Unassessed
from tests.media_samples import Image, Wave, write_clip
from tests.talking import RATE, portrait_frame, syllables, voice

SECONDS = 6.0
SIZE = (384, 384)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(Settings(data_dir=tmp_path_factory.mktemp("data")), threads=1)


def talking(path: Path, mouth: NDArray[np.float64], heard: NDArray[np.float64], delay_s: float = 0.0) -> Path:
    samples = voice(heard)

    def picture(time_s: float) -> Image:
        return portrait_frame(float(np.interp(time_s, np.arange(len(mouth)) / 100, mouth)))

    sound: Wave = lambda times_s: np.interp(times_s - delay_s, np.arange(len(samples)) / RATE, samples)  # noqa: E731
    return write_clip(path, SECONDS, SIZE, picture=picture, sound=sound)


def judged(clip: Path, engine: Engine) -> RawScore | Unassessed:
    clock = Clock(lambda _: None)
    info = read_info(clip, engine.settings.media)
    heard = listen(clip, info, engine, clock)
    # The drawn voice is no speech to the speech detector; where it sounds is known.
    sound = Sound(heard.waveform, [Span(0.0, SECONDS)])
    return judge_sync(clip, info, look(clip, info, engine, clock), sound, engine, clock)


def test_own_voice_scores_above_another_and_a_late_one_is_found_late(engine: Engine, tmp_path: Path) -> None:
    mouth, other = syllables(SECONDS, 3), syllables(SECONDS, 77)
    own, swapped, late = (
        judged(clip, engine)
        for clip in (
            talking(tmp_path / "own.mp4", mouth, mouth),
            talking(tmp_path / "swapped.mp4", mouth, other),
            talking(tmp_path / "late.mp4", mouth, mouth, delay_s=0.4),
        )
    )
    assert isinstance(own, RawScore)
    assert isinstance(swapped, RawScore)
    assert isinstance(late, RawScore)
    assert own.score > swapped.score
    # The evidence has the other sign: lips that follow speak for bona fide.
    assert engine.weigh(own).llr < engine.weigh(swapped).llr
    offsets = [segment.offset_s for segment in (own.segments[0], late.segments[0])]
    assert offsets[1] is not None
    assert offsets[0] is not None
    assert offsets[1] - offsets[0] == pytest.approx(0.4, abs=0.13)


def test_a_still_mouth_is_nobody_speaking(engine: Engine, tmp_path: Path) -> None:
    closed = np.zeros(round(SECONDS * 100))
    answer = judged(talking(tmp_path / "still.mp4", closed, syllables(SECONDS, 3)), engine)
    assert isinstance(answer, Unassessed)
    assert (answer.source, answer.reason) == ("sync", "NOBODY_SPEAKS")
