"""Enrolment with the models that ship: two public-domain portraits that take turns in a programme."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from matplotlib import cbook
from matplotlib.image import imread

from anchorproof.engine import Engine
from anchorproof.enrolment import enrol, people
from anchorproof.errors import EnrolmentRejected, EnrolmentSpoofed
from anchorproof.identity.compare import ReferenceSet
from anchorproof.identity.enrolments import NO_WISH, EnrolmentMaterial, EnrolmentWish, Pick
from anchorproof.media.info import read_info
from anchorproof.retention import rebuild
from anchorproof.search import search
from anchorproof.selection import Known
from anchorproof.settings import Settings
from anchorproof.types import Assessment, ClipInfo, Decision, Modality, Reference, Span
from tests.media_samples import Image, write_clip, write_still

SIZE = (320, 320)
NOBODY = Known("ada", ReferenceSet({}, {}))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(Settings(data_dir=tmp_path_factory.mktemp("data")))


def _square(image: Image, top: int, left: int, side: int) -> Image:
    return np.ascontiguousarray(image[top : top + side, left : left + side])


@pytest.fixture(scope="module")
def astronaut() -> Image:
    return _square(skimage.data.astronaut()[:, :, :3], 0, 70, 320)


@pytest.fixture(scope="module")
def admiral() -> Image:
    with cbook.get_sample_data("grace_hopper.jpg") as file:
        return _square(np.asarray(imread(file, format="jpg"))[:, :, :3], 20, 90, 320)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, astronaut: Image, admiral: Image) -> Path:
    """``astronaut.png``, ``admiral.png``, ``astronaut.mp4`` and ``both.mp4``, in which the two take turns."""
    folder = tmp_path_factory.mktemp("media")
    write_still(folder / "astronaut.png", astronaut)
    write_still(folder / "admiral.png", admiral)

    def astronaut_at(time_s: float) -> Image:
        return np.roll(astronaut, round(10 * np.sin(4 * time_s)), axis=1)

    def turns(time_s: float) -> Image:
        return astronaut_at(time_s) if time_s < 1.6 else np.roll(admiral, round(6 * np.sin(4 * time_s)), axis=1)

    write_clip(folder / "astronaut.mp4", 2.0, SIZE, picture=astronaut_at)
    write_clip(folder / "both.mp4", 3.2, SIZE, picture=turns)
    return folder


def _assess(_: ClipInfo, __: object, ___: object) -> Assessment:
    return Assessment(Decision.BONA_FIDE, -0.5, ("nothing odd",))


def _enrol(media: Path, engine: Engine, wish: EnrolmentWish = NO_WISH, known: Known = NOBODY) -> EnrolmentMaterial:
    return enrol(media, wish, known, engine, _assess, lambda _: None)


def _known(material: EnrolmentMaterial, copies: int = 1) -> Known:
    references = [Reference("ada", str(n), template) for n in range(copies) for template in material.templates]
    return Known("ada", ReferenceSet.of(references, {"ada": "Ada"}))


def _codes(material: EnrolmentMaterial) -> set[str]:
    return {rejection.reason for rejection in material.rejections}


def test_every_face_is_a_sample_and_near_duplicates_are_left_out(media: Path, engine: Engine) -> None:
    material = _enrol(media / "astronaut.mp4", engine, EnrolmentWish(session="May"))
    measures = dict(material.samples[0].measures)
    assert set(measures) == {"eyes_px", "turn", "sharpness", "brightness", "contrast", "visible"}
    assert measures["eyes_px"] > 18
    assert len(material.samples) > len(material.templates) >= 1
    used = [sample for sample in material.samples if not sample.reason]
    assert len(used) == len(material.templates)
    assert "FACE_NEAR_DUPLICATE" in _codes(material)
    assert (material.session, material.assessment) == ("May", _assess(None, None, None))  # type: ignore[arg-type]


def test_picture_that_is_enrolled_already_adds_nothing(
    media: Path, engine: Engine, astronaut: Image, tmp_path: Path
) -> None:
    first = _enrol(media / "astronaut.png", engine)
    smaller = np.asarray(cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA), np.uint8)
    write_still(tmp_path / "copy.png", smaller)
    again = _enrol(tmp_path / "copy.png", engine, known=_known(first))
    assert again.templates == ()
    assert "FACE_ALREADY_ENROLLED" in _codes(again)


def test_somebody_elses_face_is_refused_unless_overridden(media: Path, engine: Engine) -> None:
    known = _known(_enrol(media / "astronaut.png", engine), copies=3)
    refused = _enrol(media / "admiral.png", engine, known=known)
    assert refused.templates == ()
    assert "FACE_NOT_THE_ANCHORS" in _codes(refused)
    wanted = _enrol(media / "admiral.png", engine, EnrolmentWish(override_reason="before the surgery"), known)
    assert (len(wanted.templates), wanted.override_reason) == (1, "before the surgery")
    other = replace(known, anchor_id="bob")
    assert "FACE_OF_ANOTHER_ANCHOR" in _codes(_enrol(media / "astronaut.png", engine, known=other))


def test_media_that_look_like_a_spoof_are_refused_with_the_evidence(media: Path, engine: Engine) -> None:
    def assess(_: ClipInfo, __: object, ___: object) -> Assessment:
        return Assessment(Decision.SPOOF, 1.25, ("the picture looks altered",))

    picture = media / "astronaut.png"
    with pytest.raises(EnrolmentSpoofed, match=r"LLR \+1.25 for spoof\): the picture looks altered"):
        enrol(picture, NO_WISH, NOBODY, engine, assess, lambda _: None)
    wish = EnrolmentWish(override_reason="our own tape")
    material = enrol(picture, wish, NOBODY, engine, assess, lambda _: None)
    assert material.assessment is not None
    assert (material.assessment.decision, material.override_reason) == (Decision.SPOOF, "our own tape")
    harmless = _enrol(picture, engine, wish)
    assert harmless.override_reason == ""  # nothing had to be overridden


def test_two_people_are_told_apart_and_shown(media: Path, engine: Engine) -> None:
    one, two = people(media / "both.mp4", engine, lambda _: None)
    assert (one.person_id, two.person_id) == ("person-1", "person-2")
    spans = sorted([one.seen[0], two.seen[0]])
    assert spans[0].end_s < 1.7
    assert spans[1].start_s >= 1.5
    assert one.thumbnail[:2] == two.thumbnail[:2] == b"\xff\xd8"
    assert one.spoken == ()


def test_anchor_is_picked_by_picture_time_or_person(media: Path, engine: Engine) -> None:
    admiral = _enrol(media / "admiral.png", engine).templates[0].vector
    shown = people(media / "both.mp4", engine, lambda _: None)
    late = next(person.person_id for person in shown if person.seen[0].start_s > 1)
    picks = (Pick(reference=media / "admiral.png"), Pick(span=Span(1.8, 3.2)), Pick(person_id=late))
    for pick in picks:
        material = _enrol(media / "both.mp4", engine, EnrolmentWish(pick))
        assert material.templates, pick
        assert all(float(template.vector @ admiral) > 0.5 for template in material.templates), pick
    early = _enrol(media / "both.mp4", engine, EnrolmentWish(Pick(span=Span(0, 1.4))))
    assert all(float(template.vector @ admiral) < 0.4 for template in early.templates)


@pytest.mark.parametrize(
    ("pick", "code"),
    [(Pick(person_id="person-9"), "PICK_UNKNOWN"), (Pick(span=Span(100, 101)), "NOBODY_FOUND")],
)
def test_pick_that_fits_nobody_is_refused(media: Path, engine: Engine, pick: Pick, code: str) -> None:
    with pytest.raises(EnrolmentRejected) as caught:
        _enrol(media / "both.mp4", engine, EnrolmentWish(pick))
    assert caught.value.codes == (code,)


def test_reference_picture_must_show_somebody_of_the_medium(media: Path, engine: Engine, tmp_path: Path) -> None:
    write_still(tmp_path / "grey.png", np.full((200, 200, 3), 128, np.uint8))
    for reference, code in ((media / "admiral.png", "PICK_NOT_FOUND"), (tmp_path / "grey.png", "PICK_WITHOUT_FACE")):
        with pytest.raises(EnrolmentRejected) as caught:
            _enrol(media / "astronaut.mp4", engine, EnrolmentWish(Pick(reference=reference)))
        assert caught.value.codes == (code,)


def test_templates_can_be_made_again_from_what_was_retained(media: Path, tmp_path: Path) -> None:
    plain = Settings(data_dir=tmp_path)
    settings = plain.model_copy(update={"identity": replace(plain.identity, retain_references=True)})
    engine = Engine.load(settings)
    material = _enrol(media / "astronaut.png", engine)
    (again,) = rebuild(Modality.FACE, [part.content for part in material.retained], engine)
    assert float(again.vector @ material.templates[0].vector) == pytest.approx(1.0, abs=1e-4)
    assert _enrol(media / "astronaut.png", Engine.load(plain)).retained == ()


def test_search_names_the_enrolled_and_states_the_chance_of_a_stranger(media: Path, engine: Engine) -> None:
    known = _known(_enrol(media / "astronaut.png", engine))
    (hit,) = search(media / "astronaut.mp4", Modality.FACE, 3, known.references, engine, lambda _: None)
    assert hit.anchor_id == "ada"
    assert 0 < hit.false_alarm_rate < 0.001
    (stranger,) = search(media / "admiral.png", Modality.FACE, 3, known.references, engine, lambda _: None)
    assert stranger.anchor_id is None
    assert stranger.false_alarm_rate > 0.01
    assert read_info(media / "admiral.png", engine.settings.media).audio is None
    assert search(media / "admiral.png", Modality.VOICE, 3, known.references, engine, lambda _: None) == []


def test_a_face_behind_a_microphone_is_not_enrolled(engine: Engine, astronaut: Image, tmp_path: Path) -> None:
    covered = astronaut.copy()
    (face,) = engine.face_finder.find([astronaut])[0]
    mouth = face.landmarks[3:].mean(axis=0)
    eyes = float(np.linalg.norm(face.landmarks[1] - face.landmarks[0]))
    centre = (round(float(mouth[0])), round(float(mouth[1]) + 0.1 * eyes))
    grain = np.random.default_rng(0).normal(50, 25, covered.shape).clip(0, 255).astype(np.uint8)
    inside = np.zeros(covered.shape[:2], np.uint8)
    cv2.circle(inside, centre, round(0.75 * eyes), 1, -1)
    covered[inside > 0] = grain[inside > 0]
    write_still(tmp_path / "covered.png", covered)
    material = enrol(tmp_path / "covered.png", NO_WISH, NOBODY, engine, _assess, lambda _: None)
    assert not material.templates
    assert "FACE_COVERED" in {rejection.reason for rejection in material.rejections}
    assert [sample.reason for sample in material.samples if sample.modality is Modality.FACE] == ["FACE_COVERED"]
