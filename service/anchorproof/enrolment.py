"""Media of an anchor -> templates worth keeping; what was left out and why; how good each sample was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from anchorproof.engine import Clock, Engine, OnProgress
from anchorproof.errors import EnrolmentRejected, EnrolmentSpoofed
from anchorproof.faces.covering import find_hidden, is_covered, limits_of
from anchorproof.faces.quality import COVERED
from anchorproof.faces.quality import judge as judge_face
from anchorproof.faces.quality import measure as measure_face
from anchorproof.faces.templates import FaceEmbedder, track_template
from anchorproof.identity.enrolments import EnrolmentMaterial, EnrolmentWish, Pick, Retained
from anchorproof.media.info import read_info
from anchorproof.people import Somebody, describe, find_people
from anchorproof.retention import retain_face, retain_voice
from anchorproof.selection import Known, somebody_else, spread, without_duplicates, without_outliers
from anchorproof.senses import Picture, Sound, listen, look
from anchorproof.types import (
    Assessment,
    ClipInfo,
    Decision,
    FaceObservation,
    FaceTrack,
    Modality,
    Person,
    Rejection,
    Sample,
    Span,
    SpeakerTurns,
    Template,
    Waveform,
)
from anchorproof.voices.quality import measure as measure_speech
from anchorproof.voices.quality import reject as reject_speech
from anchorproof.voices.speakers import find_speakers

#: Somebody else this prominent (share of the main face's area x time) makes the medium ambiguous.
RIVAL_SHARE = 0.5
#: The main speaker must hold this share of all speech.
MAIN_SPEAKER_SHARE = 0.6

#: The authenticity analysis, given by the pipeline.
Assess = Callable[[ClipInfo, Picture, Sound], Assessment]


@dataclass
class _Yield:
    """What is taken and left out so far."""

    templates: list[Template] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    def reject(self, modality: Modality, reason: str, message: str, span: Span | None = None) -> None:
        self.rejections.append(Rejection(modality, reason, message, span))


def enrol(
    media: Path, wish: EnrolmentWish, known: Known, engine: Engine, assess: Assess, on_progress: OnProgress
) -> EnrolmentMaterial:
    """Templates of one person: whom the wish picks, or the most prominent face and the main speaker.

    Raises:
        ClipRejected: the file cannot be decoded at all. A medium without a usable face or voice is not an error
            here: it comes back with no templates and the reasons.
        EnrolmentSpoofed: it looks like a spoof, and the wish does not override that.
        EnrolmentRejected: nobody fits the pick.
    """
    clock = Clock(on_progress)
    with clock.step("inspect", 0.02):
        info = read_info(media, engine.settings.media)
    picture = look(media, info, engine, clock)
    sound = listen(media, info, engine, clock)
    with clock.step("authenticity", 0.1):
        assessment = assess(info, picture, sound)
    is_spoof = assessment.decision is Decision.SPOOF
    if is_spoof and not wish.override_reason:
        raise _spoofed(assessment)
    with clock.step("templates", 0.2):
        chosen = _choose(wish.pick, picture, sound, engine)
        faces = _faces(chosen, picture, info, known, wish, engine)
        voice = _voice(chosen, sound, known, wish, engine)
    retained: tuple[Retained, ...] = ()
    if engine.settings.identity.retain_references:
        retained = (*retain_face(chosen.tracks(picture), faces.templates), *retain_voice(sound, voice.templates))
    speech_s = sum(template.quality for template in voice.templates)
    return EnrolmentMaterial(
        media_sha256=info.sha256,
        templates=(*faces.templates, *voice.templates),
        rejections=(*faces.rejections, *voice.rejections),
        speech_s=speech_s,
        samples=(*faces.samples, *voice.samples),
        session=wish.session,
        assessment=assessment,
        override_reason=wish.override_reason if is_spoof or chosen.overridden else "",
        retained=retained,
    )


def people(media: Path, engine: Engine, on_progress: OnProgress) -> list[Person]:
    """Everybody in the medium, to pick from; raises ClipRejected."""
    clock = Clock(on_progress)
    with clock.step("inspect", 0.02):
        info = read_info(media, engine.settings.media)
    picture = look(media, info, engine, clock)
    sound = listen(media, info, engine, clock)
    with clock.step("people", 0.3):
        return [describe(person) for person in find_people(picture, sound, engine)]


def _spoofed(assessment: Assessment) -> EnrolmentSpoofed:
    evidence = "; ".join(assessment.reasons)
    return EnrolmentSpoofed(
        f"the media look synthetic or altered (LLR {assessment.llr:+.2f} for spoof): {evidence}. Enrol other media, or "
        "override this with a reason if you know where they come from",
        ("SPOOF",),
    )


# --------------------------------------------------------------------------- who it is about


@dataclass
class _Chosen:
    """The person the medium is taken for; ``faces`` and ``speaker`` are theirs, reasons say why there are none."""

    faces: list[FaceTrack] | None = None
    speaker: SpeakerTurns | None = None
    others: list[Span] = field(default_factory=list)
    face_reason: tuple[str, str] | None = None
    voice_reason: tuple[str, str] | None = None
    is_picked: bool = False
    overridden: bool = False

    def tracks(self, picture: Picture) -> Sequence[FaceTrack]:
        return self.faces if self.faces is not None else picture.tracks


def _choose(pick: Pick | None, picture: Picture, sound: Sound, engine: Engine) -> _Chosen:
    if pick is None:
        return _Chosen(speaker=None)
    if pick.span is not None:
        picture = Picture(_within(picture.tracks, pick.span), picture.unassessed)
        speech = [shared for span in sound.speech if (shared := span.overlap(pick.span))]
        sound = replace(sound, speech=speech)
    everybody = find_people(picture, sound, engine)
    person = _picked(pick, everybody, engine)
    others = [turn for other in everybody if other is not person and other.speaker for turn in other.speaker.spans]
    chosen = _Chosen(faces=person.tracks, speaker=person.speaker, others=others, is_picked=True)
    if person.speaker is None:
        chosen.voice_reason = ("SPEAKER_UNCERTAIN", "no voice in the medium could be told to be this person's")
    return chosen


def _picked(pick: Pick, everybody: Sequence[Somebody], engine: Engine) -> Somebody:
    if not everybody:
        raise EnrolmentRejected("there is nobody to pick: no face and no speech was found", ("NOBODY_FOUND",))
    if pick.person_id:
        found = next((person for person in everybody if person.person_id == pick.person_id), None)
        if found is None:
            known = ", ".join(person.person_id for person in everybody)
            raise EnrolmentRejected(
                f"there is no {pick.person_id!r} in the medium; there are {known}", ("PICK_UNKNOWN",)
            )
        return found
    if pick.reference is not None:
        return _like_reference(pick.reference, everybody, engine)
    first = everybody[0]
    if first.speaker is None and len(everybody) > 1 and not any(person.tracks for person in everybody[1:]):
        first.speaker = everybody[1].speaker  # one face and one voice within the range
    return first


def _like_reference(reference: Path, everybody: Sequence[Somebody], engine: Engine) -> Somebody:
    silent = Clock(lambda _: None)
    info = read_info(reference, engine.settings.media)
    shown = look(reference, info, engine, silent)
    if not shown.tracks:
        raise EnrolmentRejected("the reference picture shows no face", ("PICK_WITHOUT_FACE",))
    probe = track_template(engine.face_embedder.embed(_main_track(shown.tracks, info).observations))
    seen = [person for person in everybody if person.tracks]
    llrs = [engine.same_person_llr(person.template, probe) for person in seen]
    if not llrs or max(llrs) < engine.settings.identity.recognised_llr:
        raise EnrolmentRejected("nobody in the medium resembles the reference picture", ("PICK_NOT_FOUND",))
    return seen[int(np.argmax(llrs))]


def _within(tracks: Sequence[FaceTrack], span: Span) -> list[FaceTrack]:
    cut = []
    for track in tracks:
        inside = tuple(seen for seen in track.observations if span.start_s <= seen.time_s <= span.end_s)
        if inside:
            cut.append(FaceTrack(track.track_id, inside))
    return cut


# --------------------------------------------------------------------------- the face


def _faces(
    chosen: _Chosen, picture: Picture, info: ClipInfo, known: Known, wish: EnrolmentWish, engine: Engine
) -> _Yield:
    taken = _Yield()
    if picture.unassessed:
        taken.reject(Modality.FACE, picture.unassessed.reason, picture.unassessed.message)
        return taken
    tracks = chosen.tracks(picture)
    if not tracks:
        taken.reject(Modality.FACE, "NO_FACE", "no face was found in the picture")
        return taken
    main = tracks[0] if chosen.is_picked else _main_track(tracks, info)
    templates = _good_templates(main, engine, taken)
    if not templates:
        return taken
    if chosen.is_picked:
        for track in tracks[1:]:
            templates += _good_templates(track, engine, taken)
    elif not _join_same_person(main, tracks, templates, info, taken, engine):
        taken.templates.clear()
        return taken
    kept, out = without_outliers(templates, engine)
    kept, doubles = without_duplicates(kept, known.own(templates[0].model_id))
    kept, spare = spread(kept)
    _note_left_out(taken, [*out, *doubles, *spare])
    other = somebody_else(track_template(kept), known, engine) if kept else None
    if other is not None and not wish.override_reason:
        taken.rejections.append(other)
        _mark(taken, kept, other.reason)
        return taken
    chosen.overridden |= other is not None
    taken.templates += kept
    return taken


def _join_same_person(
    main: FaceTrack,
    tracks: Sequence[FaceTrack],
    templates: list[Template],
    info: ClipInfo,
    taken: _Yield,
    engine: Engine,
) -> bool:
    """Adds the templates of the main person's other tracks; False when somebody else is as prominent."""
    model = track_template(templates)
    for track in tracks:
        if track is main:
            continue
        aside = _Yield()
        others = _good_templates(track, engine, aside)
        if not others:
            continue
        if engine.same_person_llr(model, track_template(others)) >= engine.settings.identity.recognised_llr:
            templates += others
            taken.samples += aside.samples
            taken.rejections += aside.rejections
        elif info.duration_s > 0 and _prominence(track) >= RIVAL_SHARE * _prominence(main):
            message = (
                "two people are about equally prominent: pick one of them, or send media that shows the anchor alone"
            )
            taken.reject(Modality.FACE, "SEVERAL_FACES", message, track.span)
            return False
    return True


def _main_track(tracks: Sequence[FaceTrack], info: ClipInfo) -> FaceTrack:
    """The most prominent face; in a still picture the one nearest the centre."""
    if info.duration_s > 0 or info.video is None:
        return tracks[0]
    centre = np.array([info.video.width / 2, info.video.height / 2])
    return min(tracks, key=lambda track: float(np.linalg.norm(track.observations[0].landmarks.mean(axis=0) - centre)))


def _prominence(track: FaceTrack) -> float:
    area = float(np.mean([seen.box.width * seen.box.height for seen in track.observations]))
    return area * max(track.span.duration_s, 1.0)


def _good_templates(track: FaceTrack, engine: Engine, taken: _Yield) -> list[Template]:
    """Of the faces that are good enough; the quality of all goes to the samples."""
    good: list[FaceObservation] = []
    for seen in track.observations:
        quality = measure_face(seen)
        fault = judge_face(quality)
        at = Span(seen.time_s, seen.time_s)
        measures = tuple((name, round(float(value), 3)) for name, value in quality._asdict().items())
        taken.samples.append(Sample(Modality.FACE, at, measures, fault.reason if fault else ""))
        if fault is None:
            good.append(seen)
        else:
            taken.reject(Modality.FACE, fault.reason, fault.message, at)
    return _uncovered(good, engine.face_embedder, taken) if good else []


def _uncovered(faces: Sequence[FaceObservation], embedder: FaceEmbedder, taken: _Yield) -> list[Template]:
    """The templates of those faces of which the network reads all parts."""
    templates, limits = embedder.embed(faces), limits_of(embedder)
    if limits is None:
        return templates
    kept = []
    for template, hidden in zip(templates, find_hidden(faces, templates, embedder), strict=True):
        if is_covered(hidden, limits):
            taken.reject(Modality.FACE, COVERED.reason, COVERED.message, template.span)
            _mark(taken, [template], COVERED.reason)
        else:
            kept.append(template)
    return kept


def _note_left_out(taken: _Yield, left_out: Sequence[tuple[Template, Rejection]]) -> None:
    for template, rejection in left_out:
        taken.rejections.append(rejection)
        _mark(taken, [template], rejection.reason)


def _mark(taken: _Yield, templates: Sequence[Template], reason: str) -> None:
    """Say in the samples that these were not used."""
    spans = {template.span for template in templates}
    taken.samples = [
        replace(sample, reason=reason) if sample.span in spans and not sample.reason else sample
        for sample in taken.samples
    ]


# --------------------------------------------------------------------------- the voice


def _voice(chosen: _Chosen, sound: Sound, known: Known, wish: EnrolmentWish, engine: Engine) -> _Yield:
    taken = _Yield()
    if sound.unassessed or sound.waveform is None:
        reason = sound.unassessed.reason if sound.unassessed else "NO_SOUND"
        taken.reject(Modality.VOICE, reason, sound.unassessed.message if sound.unassessed else "the clip has no sound")
        return taken
    speaker = chosen.speaker
    if not chosen.is_picked:
        speaker = _main_speaker(sound, chosen, engine)
    if speaker is None:
        taken.reject(Modality.VOICE, *(chosen.voice_reason or ("NO_SPEECH", "no speech was found")))
        return taken
    spans = _good_speech(sound.waveform, speaker, chosen.others, taken)
    speech_s = sum(span.duration_s for span in spans)
    shortest = engine.settings.voices.shortest_speech_s
    template = engine.voice_embedder.embed(sound.waveform, spans) if spans else None
    if template is None or speech_s < shortest:
        message = f"{speech_s:.1f} s of usable speech; at least {shortest:.1f} s are needed"
        taken.reject(Modality.VOICE, "SPEECH_TOO_SHORT", message)
        return taken
    other = somebody_else(template, known, engine)
    if other is not None and not wish.override_reason:
        taken.rejections.append(other)
        return taken
    chosen.overridden |= other is not None
    taken.templates.append(template)
    return taken


def _main_speaker(sound: Sound, chosen: _Chosen, engine: Engine) -> SpeakerTurns | None:
    assert sound.waveform is not None
    speakers = find_speakers(sound.waveform, sound.speech, engine.voice_embedder, engine.settings.voices)
    if not speakers:
        return None
    if speakers[0].speech_s < MAIN_SPEAKER_SHARE * sum(speaker.speech_s for speaker in speakers):
        message = "several people speak about equally much: pick one, or send media in which the anchor speaks alone"
        chosen.voice_reason = ("SEVERAL_SPEAKERS", message)
        return None
    chosen.others = [turn for speaker in speakers[1:] for turn in speaker.spans]
    return speakers[0]


def _good_speech(waveform: Waveform, speaker: SpeakerTurns, others: Sequence[Span], taken: _Yield) -> list[Span]:
    good = []
    for turn in speaker.spans:
        quality = measure_speech(waveform, turn, others)
        fault = reject_speech(quality)
        measures = tuple((name, round(float(value), 3)) for name, value in quality._asdict().items())
        taken.samples.append(Sample(Modality.VOICE, turn, measures, fault.reason if fault else ""))
        if fault is None:
            good.append(turn)
        else:
            taken.reject(Modality.VOICE, fault.reason, fault.message, turn)
    return good
