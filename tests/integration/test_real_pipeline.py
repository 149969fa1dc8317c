"""The service as it is installed: its own models, one worker, tiny made clips."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from anchorproof.client import Client, ServiceError
from anchorproof.jobs.tasks import LOAD
from anchorproof.types import Decision, Progress, Report
from tests.integration.conftest import Running, start_server
from tests.media_samples import Image, Track, tone, write_clip, write_sound

SIZE = (384, 384)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start_server(tmp_path_factory.mktemp("data"), load=LOAD) as running:
        yield running


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A public-domain portrait that drifts slowly, without sound."""
    data = pytest.importorskip("skimage.data", reason="scikit-image carries the portrait")
    whole: Image = data.astronaut()

    def picture(time_s: float) -> Image:
        shift = round(8 * time_s)
        return np.ascontiguousarray(whole[: SIZE[1], 60 + shift : 60 + shift + SIZE[0]])

    return write_clip(tmp_path_factory.mktemp("media") / "portrait.mp4", 1.5, SIZE, picture=picture)


def _codes(report: Report) -> set[str]:
    return {part.reason for part in report.unassessed}


def _check_components(report: Report) -> None:
    kinds = {part.kind for part in report.components}
    assert {"software", "model", "calibration", "preprocessing"} <= kinds
    assert all(len(part.sha256) == 64 for part in report.components if part.kind in {"model", "calibration"})


def test_bars_and_tone_are_analysed_and_nothing_is_claimed(client: Client, tmp_path: Path) -> None:
    told: list[Progress] = []
    clip = write_clip(tmp_path / "bars.mp4", 1.5, sound=tone(440))
    report = client.analyze(clip, on_progress=told.append)
    assert report.verdict.decision is Decision.INCONCLUSIVE
    assert report.faces == ()
    assert len(report.unassessed) == 2
    assert report.clip.video is not None
    assert report.clip.audio is not None
    _check_components(report)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1.0)
    assert {timing.step for timing in report.timings} <= {progress.step for progress in told}
    assert client.get_report(report.report_id) == report


def test_sound_alone_is_no_error(client: Client, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "tone.m4a", 1.0, [Track(tone(440))], container="ipod")
    report = client.analyze(sound)
    assert report.clip.video is None
    assert "NO_PICTURE" in _codes(report)


def test_enrolled_face_is_recognised_in_a_silent_clip(client: Client, portrait: Path) -> None:
    anchor = client.create_anchor("Portrait", outlet="Sample TV")
    enrolment = client.enrol(anchor.anchor_id, portrait)
    assert enrolment.face_templates >= 1
    assert enrolment.voice_templates == 0
    report = client.analyze(portrait)
    assert "NO_SOUND" in _codes(report)
    assert report.faces[0].anchor_id == anchor.anchor_id
    assert report.faces[0].comparisons[0].llr > 1
    client.delete_anchor(anchor.anchor_id)
    assert client.analyze(portrait).faces[0].anchor_id is None


def test_media_without_a_person_cannot_be_enrolled(client: Client, tmp_path: Path) -> None:
    anchor = client.create_anchor("Nobody there")
    with pytest.raises(ServiceError, match="nothing in the media could be enrolled") as caught:
        client.enrol(anchor.anchor_id, write_clip(tmp_path / "bars.mp4", 1.0))
    assert caught.value.reason == "ENROLMENT_REJECTED"


def test_four_at_once(client: Client, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "bars.mp4", 1.0, sound=tone(440))
    with ThreadPoolExecutor(4) as threads:
        reports = list(threads.map(lambda _: client.analyze(clip), range(4)))
    assert len({report.report_id for report in reports}) == 4


def test_every_default_model_is_listed_with_its_licence(client: Client) -> None:
    models = list(client.models())
    defaults = {model.task for model in models if model.is_default}
    assert {"face_template", "voice_template", "visual_detector", "audio_detector"} <= defaults
    assert all(model.licence and len(model.sha256) == 64 for model in models)
    scored = [model for model in models if model.is_default and model.higher_means]
    assert scored
    assert all(model.calibration and len(model.calibration_sha256) == 64 for model in scored)
