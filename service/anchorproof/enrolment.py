"""Media of an anchor -> templates worth keeping, and what was left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from anchorproof.engine import Clock, Engine, OnProgress
from anchorproof.faces.quality import reject as reject_face
from anchorproof.faces.templates import track_template
from anchorproof.identity.registry import EnrolmentMaterial
from anchorproof.media.info import read_info
from anchorproof.senses import Picture, Sound, listen, look
from anchorproof.types import ClipInfo, FaceTrack, Modality, Rejection, Span, SpeakerTurns, Template
from anchorproof.voices.speakers import find_speakers

#: Face templates kept per enrolled medium, spread over its time.
FACES_KEPT = 8
#: Somebody else this prominent (share of the main face's area x time) makes the medium ambiguous.
RIVAL_SHARE = 0.5
#: The main speaker must hold this share of all speech.
MAIN_SPEAKER_SHARE = 0.6


def enrol(media: Path, engine: Engine, on_progress: OnProgress) -> EnrolmentMaterial:
    """Templates of the one person the medium is about: the most prominent face and the main speaker.

    Raises:
        ClipRejected: the file cannot be decoded at all. A medium without a usable face or voice is not an error
            here: it comes back with no templates and the reasons.
    """
    clock = Clock(on_progress)
    with clock.step("inspect", 0.02):
        info = read_info(media, engine.settings.media)
    picture = look(media, info, engine, clock)
    sound = listen(media, info, engine, clock)
    with clock.step("templates", 0.3):
        faces, face_rejections = _faces(picture, info, engine)
        voices, voice_rejections, speech_s = _voice(sound, engine)
    return EnrolmentMaterial(info.sha256, (*faces, *voices), (*face_rejections, *voice_rejections), speech_s)


# --------------------------------------------------------------------------- the face


def _faces(picture: Picture, info: ClipInfo, engine: Engine) -> tuple[list[Template], list[Rejection]]:
    if picture.unassessed:
        return [], [Rejection(Modality.FACE, picture.unassessed.reason, picture.unassessed.message)]
    if not picture.tracks:
        return [], [_face_rejection("NO_FACE", "no face was found in the picture")]
    main = _main_track(picture.tracks, info)
    templates, rejections = _good_templates(main, engine)
    if not templates:
        return [], rejections
    model = track_template(templates)
    for track in picture.tracks:
        if track is main:
            continue
        others, _ = _good_templates(track, engine)
        if not others:
            continue
        if _is_same_person(model, track_template(others), engine):
            templates += others
        elif info.duration_s > 0 and _prominence(track) >= RIVAL_SHARE * _prominence(main):
            message = "two people are about equally prominent; send media that shows the anchor alone, or mostly"
            return [], [*rejections, _face_rejection("SEVERAL_FACES", message, track.span)]
    kept, outliers = _without_outliers(templates, model, engine)
    return _spread(kept), rejections + outliers


def _main_track(tracks: Sequence[FaceTrack], info: ClipInfo) -> FaceTrack:
    """The most prominent face; in a still picture the one nearest the centre."""
    if info.duration_s > 0 or info.video is None:
        return tracks[0]
    centre = np.array([info.video.width / 2, info.video.height / 2])
    return min(tracks, key=lambda track: float(np.linalg.norm(track.observations[0].landmarks.mean(axis=0) - centre)))


def _prominence(track: FaceTrack) -> float:
    area = float(np.mean([seen.box.width * seen.box.height for seen in track.observations]))
    return area * max(track.span.duration_s, 1.0)


def _good_templates(track: FaceTrack, engine: Engine) -> tuple[list[Template], list[Rejection]]:
    good, rejections = [], []
    for seen in track.observations:
        fault = reject_face(seen)
        if fault is None:
            good.append(seen)
        else:
            rejections.append(Rejection(Modality.FACE, fault[0], fault[1], Span(seen.time_s, seen.time_s)))
    return (engine.face_embedder.embed(good) if good else []), rejections


def _is_same_person(one: Template, other: Template, engine: Engine) -> bool:
    llr = engine.identity_map(one.model_id).llr(float(one.vector @ other.vector))
    return llr >= engine.settings.identity.recognised_llr


def _without_outliers(
    templates: Sequence[Template], model: Template, engine: Engine
) -> tuple[list[Template], list[Rejection]]:
    """Templates that look like another person than the rest: a wrong detection or a face covered by something."""
    kept, outliers = [], []
    for template in templates:
        if _is_same_person(model, template, engine):
            kept.append(template)
        else:
            message = "this face does not resemble the others in the same medium"
            outliers.append(_face_rejection("FACE_OUTLIER", message, template.span))
    return kept, outliers


def _spread(templates: Sequence[Template]) -> list[Template]:
    if len(templates) <= FACES_KEPT:
        return list(templates)
    picks = np.linspace(0, len(templates) - 1, FACES_KEPT).round().astype(int)
    return [templates[index] for index in picks]


def _face_rejection(reason: str, message: str, span: Span | None = None) -> Rejection:
    return Rejection(Modality.FACE, reason, message, span)


# --------------------------------------------------------------------------- the voice


def _voice(sound: Sound, engine: Engine) -> tuple[list[Template], list[Rejection], float]:
    if sound.unassessed or sound.waveform is None:
        reason = sound.unassessed.reason if sound.unassessed else "NO_SOUND"
        message = sound.unassessed.message if sound.unassessed else "the clip has no sound"
        return [], [Rejection(Modality.VOICE, reason, message)], 0.0
    speakers = find_speakers(sound.waveform, sound.speech, engine.voice_embedder, engine.settings.voices)
    if not speakers or not _is_dominant(speakers):
        message = "several people speak about equally much; send media in which the anchor speaks alone, or mostly"
        return [], [Rejection(Modality.VOICE, "SEVERAL_SPEAKERS", message)], 0.0
    shortest = engine.settings.voices.shortest_speech_s
    template = engine.voice_embedder.embed(sound.waveform, speakers[0].spans)
    if template is None or speakers[0].speech_s < shortest:
        message = f"{speakers[0].speech_s:.1f} s of speech; at least {shortest:.1f} s are needed"
        return [], [Rejection(Modality.VOICE, "SPEECH_TOO_SHORT", message)], 0.0
    return [template], [], speakers[0].speech_s


def _is_dominant(speakers: Sequence[SpeakerTurns]) -> bool:
    return speakers[0].speech_s >= MAIN_SPEAKER_SHARE * sum(speaker.speech_s for speaker in speakers)
