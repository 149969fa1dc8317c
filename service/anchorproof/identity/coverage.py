"""Is enough of an anchor enrolled? Templates per session, so that haircuts, studios and years are covered."""

from __future__ import annotations

from anchorproof.types import Coverage

#: Face templates, over sessions; the voice's speech in seconds, over sessions. A judgement, not a measurement: pictures
#: of two occasions, and speech from which templates change little with more of it (models/cards/ge2e-1.md).
ENOUGH_FACES = 4
ENOUGH_FACE_SESSIONS = 2
ENOUGH_SPEECH_S = 20.0
ENOUGH_VOICE_SESSIONS = 2


def coverage(
    face_templates: int, face_sessions: int, voice_templates: int, voice_sessions: int, speech_s: float
) -> Coverage:
    """The counts, with what is missing in words for the person who enrols."""
    missing = [
        *_missing_faces(face_templates, face_sessions),
        *_missing_speech(voice_templates, voice_sessions, speech_s),
    ]
    return Coverage(face_templates, face_sessions, voice_templates, voice_sessions, speech_s, tuple(missing))


def _missing_faces(templates: int, sessions: int) -> list[str]:
    if not templates:
        return ["no face is enrolled: send pictures or video of the anchor"]
    missing = []
    if templates < ENOUGH_FACES:
        missing.append(f"{templates} of {ENOUGH_FACES} face templates: send more pictures or a longer video")
    if sessions < ENOUGH_FACE_SESSIONS:
        missing.append("the face from one session only: send media of another day, studio or haircut")
    return missing


def _missing_speech(templates: int, sessions: int, speech_s: float) -> list[str]:
    if not templates:
        return ["no voice is enrolled: send sound or video in which the anchor speaks"]
    missing = []
    if speech_s < ENOUGH_SPEECH_S:
        missing.append(f"{speech_s:.0f} of {ENOUGH_SPEECH_S:.0f} s of speech: send a longer recording")
    if sessions < ENOUGH_VOICE_SESSIONS:
        missing.append("the voice from one session only: send a recording from another day or microphone")
    return missing


def words(found: Coverage) -> str:
    """One line: ``12 face templates over 4 sessions; voice: 96 s over 3 sessions; good enough: yes``."""
    faces = f"{_count(found.face_templates, 'face template')} over {_count(found.face_sessions, 'session')}"
    voice = f"voice: {found.speech_s:.0f} s over {_count(found.voice_sessions, 'session')}"
    verdict = "yes" if found.is_good_enough else f"no ({'; '.join(found.missing)})"
    return f"{faces}; {voice}; good enough: {verdict}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
