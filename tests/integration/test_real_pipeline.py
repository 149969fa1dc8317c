"""The service as it is installed: its own models, one worker, tiny made clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from anchorproof import pipeline
from anchorproof.captions.logos import check_logo
from anchorproof.client import Client, EnrolmentWish, ServiceError
from anchorproof.jobs.tasks import LOAD, load
from anchorproof.settings import Settings
from anchorproof.types import CredentialState, Decision, FootageOutcome, Progress, Report
from benchmarks.garble.glyphs import blended, font_at
from benchmarks.garble.texts import LINES
from tests.caption_samples import Drawn, draw
from tests.integration.conftest import Running, start_server
from tests.logo_samples import kite, laid
from tests.media_samples import Image, Track, tone, write_clip, write_sound, write_still, write_tagged
from tests.signing import created, make_signer, sign
from tests.talking import portrait_frame, syllables

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
    assert {part.source for part in report.unassessed} == {"visual", "audio", "sync", "writing"}
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
    # A photograph that drifts is what an animated photograph looks like, so the picture alone may be refused.
    wish = EnrolmentWish(override_reason="made by this test")
    enrolment = client.enrol(anchor.anchor_id, portrait, wish=wish)
    assert enrolment.face_templates >= 1
    assert enrolment.voice_templates == 0
    report = client.analyze(portrait)
    assert "NO_SOUND" in _codes(report)
    assert report.faces[0].anchor_id == anchor.anchor_id
    assert report.faces[0].comparisons[0].llr > 1
    client.delete_anchor(anchor.anchor_id)
    assert client.analyze(portrait).faces[0].anchor_id is None


def test_labelled_and_signed_clip_is_reported_as_declared(client: Client, tmp_path: Path) -> None:
    label = '{"AIGC": {"Label": "1", "ContentProducer": "Example Studio"}}'
    labelled = write_tagged(tmp_path / "clip.mp4", write_clip(tmp_path / "bars.mp4", 1.0), {"AIGC": label})
    report = client.analyze(sign(labelled, "video/mp4", make_signer(), [created("trainedAlgorithmicMedia")]))
    assert report.declared is not None
    assert report.declared.credentials.state is CredentialState.UNTRUSTED
    assert [item.producer for item in report.declared.labels] == ["Example Studio"]
    assert "DECLARED_SYNTHETIC" in report.verdict.flags
    assert report.verdict.scenarios[0].scenario == "B3"
    assert report.verdict.llr == 0.0
    assert client.get_report(report.report_id) == report


def test_an_outlets_mark_over_somebody_elses_face_is_impersonation(client: Client, tmp_path: Path) -> None:
    data = pytest.importorskip("skimage.data", reason="scikit-image carries a portrait")
    book = pytest.importorskip("matplotlib.cbook", reason="matplotlib carries another")
    pillow = pytest.importorskip("PIL.Image")
    hers: Image = data.astronaut()[:384, 60:444]
    with book.get_sample_data("grace_hopper.jpg") as file:
        theirs = np.asarray(pillow.open(file).convert("RGB").crop((64, 40, 448, 424)))
    graphics = (
        Drawn("KESTREL TV", 0.04, 0.04, 0.07, paper=(120, 10, 20)),
        Drawn("Harriet Calloway", 0.06, 0.82, 0.07, paper=(10, 30, 90)),
    )

    def newscast(name: str, portrait: Image) -> Path:
        return write_clip(tmp_path / name, 2.0, SIZE, picture=lambda _: draw(np.ascontiguousarray(portrait), *graphics))

    anchor = client.create_anchor("Harriet Calloway", outlet="Kestrel TV")
    client.enrol(anchor.anchor_id, write_still(tmp_path / "portrait.png", np.ascontiguousarray(hers)))
    fake = client.analyze(newscast("fake.mp4", theirs))
    assert fake.claims is not None
    assert [claim.outlet for claim in fake.claims.outlets] == ["Kestrel TV"]
    assert [claim.anchor_id for claim in fake.claims.anchors] == [anchor.anchor_id]
    assert "IMPERSONATION" in fake.verdict.flags
    assert "A8" in {guess.scenario for guess in fake.verdict.scenarios}
    assert {"IMPERSONATION_OUTLET", "IMPERSONATION_NAME"} <= {reason.code for reason in fake.verdict.reasons}
    assert {item.source for item in fake.evidence} <= {"visual", "audio", "writing"}
    own = client.analyze(newscast("own.mp4", hers))
    assert "IMPERSONATION" not in own.verdict.flags
    assert {"OUTLET_MATCHES_FACE", "NAME_MATCHES_FACE"} <= {reason.code for reason in own.verdict.reasons}
    assert client.get_report(fake.report_id) == fake
    client.delete_anchor(anchor.anchor_id)


def test_an_outlets_logo_alone_over_somebody_elses_face_is_impersonation(client: Client, tmp_path: Path) -> None:
    data = pytest.importorskip("skimage.data", reason="scikit-image carries a portrait")
    book = pytest.importorskip("matplotlib.cbook", reason="matplotlib carries another")
    pillow = pytest.importorskip("PIL.Image")
    hers: Image = data.astronaut()[:384, 60:444]
    with book.get_sample_data("grace_hopper.jpg") as file:
        theirs = np.asarray(pillow.open(file).convert("RGB").crop((64, 40, 448, 424)))
    mark = kite()
    pillow.fromarray(mark).save(tmp_path / "mark.png")

    def newscast(name: str, portrait: Image) -> Path:
        shown = laid(np.ascontiguousarray(portrait), check_logo(mark), 40, (12, 12))
        return write_clip(tmp_path / name, 2.0, SIZE, picture=lambda _: shown)

    anchor = client.create_anchor("Ada Example", outlet="Kite TV")
    client.enrol(anchor.anchor_id, write_still(tmp_path / "portrait.png", np.ascontiguousarray(hers)))
    assert client.analyze(newscast("before.mp4", theirs)).claims.outlets == ()  # type: ignore[union-attr]
    logo = client.add_logo(anchor.outlet_id, tmp_path / "mark.png")
    assert client.add_logo(anchor.outlet_id, tmp_path / "mark.png") == logo
    assert client.logos(anchor.outlet_id) == [logo]
    fake = client.analyze(newscast("fake.mp4", theirs))
    assert fake.claims is not None
    (claim,) = fake.claims.outlets
    assert (claim.outlet, claim.text, claim.logo_id) == ("Kite TV", "", logo.logo_id)
    assert claim.box is not None
    assert (claim.box.x1, claim.box.y1) == (pytest.approx(12, abs=4), pytest.approx(12, abs=4))
    assert claim.spans[-1].end_s == pytest.approx(2.0, abs=0.4)
    assert "IMPERSONATION" in fake.verdict.flags
    assert "A8" in {guess.scenario for guess in fake.verdict.scenarios}
    assert "(by its logo)" in next(part.message for part in fake.verdict.reasons if part.code == "IMPERSONATION_OUTLET")
    own = client.analyze(newscast("own.mp4", hers))
    assert "OUTLET_MATCHES_FACE" in {reason.code for reason in own.verdict.reasons}
    assert client.get_report(fake.report_id) == fake
    client.delete_logo(anchor.outlet_id, logo.logo_id)
    assert client.analyze(newscast("after.mp4", theirs)).claims.outlets == ()  # type: ignore[union-attr]
    client.delete_anchor(anchor.anchor_id)


def test_what_is_no_logo_is_refused_with_what_to_do(client: Client, tmp_path: Path) -> None:
    outlet = client.create_outlet("Plain TV")
    cases = {"LOGO_UNFIT": np.full((90, 160, 3), 200, np.uint8), "CLIP_UNREADABLE": None, "INVALID_ARGUMENT": None}
    for reason, picture in cases.items():
        path = tmp_path / f"{reason}.png"
        if picture is not None:
            write_still(path, picture)
        else:
            path.write_bytes(b"no picture" if reason == "CLIP_UNREADABLE" else bytes(1024**2 + 1))
        with pytest.raises(ServiceError) as caught:
            client.add_logo(outlet.outlet_id, path)
        assert caught.value.reason == reason
    with pytest.raises(ServiceError) as caught:
        client.delete_logo(outlet.outlet_id, "none")
    assert caught.value.reason == "LOGO_NOT_FOUND"
    client.delete_outlet(outlet.outlet_id)


def test_a_photograph_of_ours_that_is_set_in_motion_is_recognised(client: Client, tmp_path: Path) -> None:
    photograph = write_still(tmp_path / "press.png", portrait_frame(0.0))
    opening = syllables(4.0, seed=1)
    moving = write_clip(
        tmp_path / "moving.mp4", 4.0, SIZE, picture=lambda time_s: portrait_frame(opening[min(399, int(time_s * 100))])
    )
    with pytest.raises(ServiceError, match="enrol it as a photograph") as caught:
        client.enrol_programme(photograph)
    assert caught.value.reason == "ENROLMENT_REJECTED"
    with pytest.raises(ServiceError, match="enrol it as a programme"):
        client.enrol_programme(moving, is_photograph=True)
    bars = write_still(tmp_path / "bars.png", np.zeros((200, 200, 3), np.uint8))
    with pytest.raises(ServiceError, match="no face"):
        client.enrol_programme(bars, is_photograph=True)
    programme, _ = client.enrol_programme(photograph, "Press picture", keep_references=True, is_photograph=True)
    assert programme.is_photograph
    report = client.analyze(moving)
    assert report.footage is not None
    assert report.footage.photographs == 1
    (match,) = report.footage.matches
    assert (match.programme_id, match.outcome) == (programme.programme_id, FootageOutcome.PHOTOGRAPH_ANIMATED)
    assert report.verdict.decision is Decision.SPOOF
    assert report.verdict.decisive == "footage"
    assert report.verdict.scenarios[0].scenario == "A4"
    assert "REUSED_FOOTAGE" in report.verdict.flags
    assert "Press picture" in report.verdict.summary
    found = client.search_footage(moving, with_pairs=True)
    assert [pair.programme_id for pair in found.pairs] == [programme.programme_id]
    # The same person elsewhere is no match, and what is erased is not found.
    elsewhere = np.random.default_rng(0).integers(0, 255, (24, 24, 3)).astype(np.uint8)
    other = client.search_footage(write_clip(tmp_path / "other.mp4", 2.0, SIZE, picture=_before(elsewhere)))
    assert other.findings.matches == ()
    client.delete_programme(programme.programme_id)
    assert client.search_footage(moving).findings.matches == ()


def _before(background: Image) -> Callable[[float], Image]:
    """The portrait's face, small, before another background."""

    def picture(time_s: float) -> Image:
        behind = np.kron(background, np.ones((16, 16, 1), np.uint8))
        face = portrait_frame(0.5 + 0.5 * np.sin(time_s))[40:200, 100:260]
        behind[100:260, 100:260] = face
        return np.ascontiguousarray(behind)

    return picture


def test_writing_that_is_no_language_is_evidence_and_print_clears_nothing(client: Client, tmp_path: Path) -> None:
    lines = LINES["en"][4:7]
    font = font_at(Path(str(files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc")), 30)
    random = np.random.default_rng(3)
    garbled = np.zeros((480, 854, 3), np.uint8)
    for place, line in enumerate(lines):
        ink = blended(line, font, LINES["en"], random)[:90, :780]
        top = 150 + 90 * place
        garbled[top : top + ink.shape[0], 40 : 40 + ink.shape[1]] = (235 * ink[:, :, None]).astype(np.uint8)
    clips = {
        "garble": write_clip(tmp_path / "garble.mp4", 1.5, (854, 480), picture=lambda _: garbled),
        "print": write_clip(
            tmp_path / "print.mp4",
            1.5,
            (854, 480),
            picture=lambda _: draw(
                np.zeros_like(garbled), *(Drawn(line, 0.1, 0.2 * n + 0.2, 0.06) for n, line in enumerate(lines))
            ),
        ),
    }
    reports = {name: client.analyze(clip) for name, clip in clips.items()}
    found = {
        name: next(part for part in report.evidence if part.source == "writing") for name, report in reports.items()
    }
    assert found["garble"].llr > 0.301
    assert found["print"].llr < -0.301
    assert found["garble"].timeline
    assert reports["garble"].verdict.scenarios[0].scenario == "A6"
    assert "WRITING_GARBLED" in {reason.code for reason in reports["garble"].verdict.reasons}
    assert 0.1 < reports["garble"].verdict.llr < 0.23
    assert -0.1 < reports["print"].verdict.llr < 0
    assert all(report.verdict.decision is Decision.INCONCLUSIVE for report in reports.values())


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


def test_report_comes_without_the_detector_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "judge_sound", fail)
    monkeypatch.setattr(pipeline, "read_pictured", fail)
    workshop = load(Settings(data_dir=tmp_path / "data"), 1)
    clip = write_clip(tmp_path / "bars.mp4", 1.0, sound=tone(440))
    report = workshop.analyze(clip, "report-1", "bars.mp4", lambda _: None)
    failed = {part.source for part in report.unassessed if part.reason == pipeline.DETECTOR_FAILED}
    assert failed == {"audio", "captions"}
    assert report.verdict.decision is Decision.INCONCLUSIVE
    assert "audio failed for an internal reason" in " ".join(reason.message for reason in report.verdict.reasons)
    assert {"visual", "sync"} <= {part.source for part in report.unassessed} - failed
