"""Who appears in a medium: face tracks and speakers put together to people, so that one of them can be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from anchorproof.engine import Engine
from anchorproof.faces.templates import track_template
from anchorproof.senses import Picture, Sound
from anchorproof.types import FaceObservation, FaceTrack, Person, Span, SpeakerTurns, Template
from anchorproof.voices.speakers import find_speakers

#: A speaker is somebody on screen when they are seen for this share of the speaker's words, and longer than others.
SEEN_WHILE_SPEAKING = 0.6
LEAD_OVER_OTHERS = 1.25
THUMBNAIL_QUALITY = 85


@dataclass
class Somebody:
    """One person of the medium: their tracks with the templates of these, and the speaker they seem to be."""

    person_id: str
    tracks: list[FaceTrack] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    speaker: SpeakerTurns | None = None

    @property
    def prominence(self) -> float:
        """Face area times seconds on screen."""
        return sum(_area(track) * max(track.span.duration_s, 0.25) for track in self.tracks)

    @property
    def template(self) -> Template:
        """The mean of the tracks'."""
        return track_template(self.templates)

    @property
    def seen(self) -> list[Span]:
        return sorted(track.span for track in self.tracks)


def find_people(picture: Picture, sound: Sound, engine: Engine) -> list[Somebody]:
    """Everybody who is seen, the most prominent first, then speakers who are not seen."""
    people = _by_face(picture.tracks, engine)
    speakers = _speakers(sound, engine)
    free = _assign(people, speakers)
    people.sort(key=lambda person: -person.prominence)
    everybody = [*people, *(Somebody("", speaker=speaker) for speaker in free)]
    for number, person in enumerate(everybody, 1):
        person.person_id = f"person-{number}"
    return everybody


def describe(person: Somebody) -> Person:
    """What is shown of a person to whoever picks one."""
    seen = [seen for track in person.tracks for seen in track.observations]
    best = max(seen, key=_showing, default=None)
    speech = person.speaker.spans if person.speaker else ()
    return Person(
        person_id=person.person_id,
        seen=tuple(person.seen),
        spoken=speech,
        speech_s=person.speaker.speech_s if person.speaker else 0.0,
        best_time_s=best.time_s if best else None,
        best_box=best.box if best else None,
        thumbnail=_jpeg(best) if best else b"",
    )


def _by_face(tracks: Sequence[FaceTrack], engine: Engine) -> list[Somebody]:
    """Each track goes to the person it resembles most, or begins a new one."""
    people: list[Somebody] = []
    for track in tracks:
        template = track_template(engine.face_embedder.embed(track.observations))
        llrs = [engine.same_person_llr(person.template, template) for person in people]
        best = int(np.argmax(llrs)) if llrs else -1
        if best < 0 or llrs[best] < engine.settings.identity.recognised_llr:
            people.append(Somebody(""))
            best = len(people) - 1
        people[best].tracks.append(track)
        people[best].templates.append(template)
    return people


def _speakers(sound: Sound, engine: Engine) -> list[SpeakerTurns]:
    if sound.waveform is None or not sound.speech:
        return []
    return find_speakers(sound.waveform, sound.speech, engine.voice_embedder, engine.settings.voices)


def _assign(people: Sequence[Somebody], speakers: Sequence[SpeakerTurns]) -> list[SpeakerTurns]:
    """Give speakers to those who are seen while they speak; the others are returned."""
    free = []
    for speaker in speakers:
        shares = [_seen_while(person, speaker) for person in people]
        order = np.argsort(shares)[::-1]
        best = int(order[0]) if len(order) else -1
        rival = shares[int(order[1])] if len(order) > 1 else 0.0
        is_clear = best >= 0 and shares[best] >= max(SEEN_WHILE_SPEAKING, LEAD_OVER_OTHERS * rival)
        if is_clear and people[best].speaker is None:
            people[best].speaker = speaker
        else:
            free.append(speaker)
    return free


def _seen_while(person: Somebody, speaker: SpeakerTurns) -> float:
    shared = sum(common.duration_s for turn in speaker.spans for seen in person.seen if (common := turn.overlap(seen)))
    return shared / max(speaker.speech_s, 1e-9)


def _area(track: FaceTrack) -> float:
    return float(np.mean([seen.box.width * seen.box.height for seen in track.observations]))


def _showing(seen: FaceObservation) -> float:
    return seen.detection_score * min(seen.sharpness, 500.0) * seen.box.width


def _jpeg(seen: FaceObservation) -> bytes:
    bgr = cv2.cvtColor(seen.crop, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY])
    return encoded.tobytes()
