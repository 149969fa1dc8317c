"""What is kept of media so that another model's templates can be made from it: cut-outs of faces, and speech.

Kept only where the settings want it, and sealed by the registry like the templates.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
import soundfile

from anchorproof.engine import Engine
from anchorproof.identity.enrolments import Retained
from anchorproof.senses import Sound
from anchorproof.types import Box, FaceObservation, FaceTrack, Image, Modality, Span, Template, Waveform

#: Seconds of speech kept per medium.
LIMIT_SPEECH_S = 60.0


def retain_face(tracks: Sequence[FaceTrack], templates: Sequence[Template]) -> tuple[Retained, ...]:
    """The faces that the templates were made of."""
    times = {template.span.start_s for template in templates if template.span}
    seen = [seen for track in tracks for seen in track.observations if seen.time_s in times]
    return tuple(Retained(Modality.FACE, _pack_face(face)) for face in seen)


def retain_voice(sound: Sound, templates: Sequence[Template]) -> tuple[Retained, ...]:
    """The speech that the templates were made of, its first minute."""
    if sound.waveform is None or not templates:
        return ()
    spans = [
        shared
        for template in templates
        if template.span
        for turn in sound.speech
        if (shared := turn.overlap(template.span))
    ]
    samples = np.concatenate([sound.waveform.cut(span).samples for span in spans])
    rate = sound.waveform.sample_rate_hz
    file = io.BytesIO()
    soundfile.write(file, samples[: round(LIMIT_SPEECH_S * rate)], rate, format="FLAC", subtype="PCM_16")
    return (Retained(Modality.VOICE, file.getvalue()),)


def rebuild(modality: Modality, contents: Sequence[bytes], engine: Engine) -> list[Template]:
    """Templates of the model in use, from what was retained."""
    if modality is Modality.FACE:
        return engine.face_embedder.embed([_unpack_face(content) for content in contents])
    made = []
    for content in contents:
        samples, rate = soundfile.read(io.BytesIO(content), dtype="float32")
        waveform = Waveform(samples, rate)
        template = engine.voice_embedder.embed(waveform, [Span(0.0, waveform.duration_s)])
        made += [template] if template is not None else []
    return made


def _pack_face(face: FaceObservation) -> bytes:
    box = np.array([face.box.x1, face.box.y1, face.box.x2, face.box.y2])
    file = io.BytesIO()
    np.savez(
        file,
        aligned=_png(face.aligned),
        crop=_png(face.crop),
        box=box,
        landmarks=face.landmarks,
        numbers=np.array([face.time_s, face.detection_score, face.sharpness]),
    )
    return file.getvalue()


def _unpack_face(content: bytes) -> FaceObservation:
    with np.load(io.BytesIO(content), allow_pickle=False) as parts:
        time_s, score, sharpness = map(float, parts["numbers"])
        return FaceObservation(
            time_s=time_s,
            box=Box(*map(float, parts["box"])),
            landmarks=parts["landmarks"],
            detection_score=score,
            sharpness=sharpness,
            aligned=_image(parts["aligned"]),
            crop=_image(parts["crop"]),
        )


def _png(image: Image) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    _, encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return np.asarray(encoded, np.uint8).ravel()


def _image(encoded: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> Image:
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), np.uint8)
