"""Sample newscasts composed from a public-domain portrait and a voice: a moving picture, a lower third, sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.demo.speech import SAMPLE_RATE_HZ

WIDTH, HEIGHT, FRAMES_PER_SECOND = 1280, 720, 25
PORTRAIT_HEIGHT = 620


@dataclass(frozen=True, slots=True)
class Take:
    """How one clip is shot: caption, light (gain on the picture), and the phase of the camera's slow drift."""

    caption: str
    light: float = 1.0
    phase: float = 0.0


def astronaut() -> NDArray[np.uint8]:
    """NASA's portrait of Eileen Collins, public domain, from scikit-image; RGB."""
    from skimage import data

    return np.asarray(data.astronaut())


def admiral() -> NDArray[np.uint8]:
    """The US Navy's portrait of Grace Hopper, public domain, from matplotlib; RGB."""
    from matplotlib import cbook

    with cbook.get_sample_data("grace_hopper.jpg") as file:
        encoded = np.frombuffer(file.read(), np.uint8)
    return np.asarray(cv2.cvtColor(cv2.imdecode(encoded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def write_newscast(path: Path, portrait: NDArray[np.uint8], speech: NDArray[np.float32], take: Take) -> None:
    """An H.264/AAC MP4 as long as the speech: the portrait in a plain studio, drifting slowly."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options={"crf": "20", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        audio.bit_rate = 96_000
        for number, picture in enumerate(_pictures(portrait, len(speech) / SAMPLE_RATE_HZ, take)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        sound = av.AudioFrame.from_ndarray(speech[None, :], format="fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = SAMPLE_RATE_HZ, 0, Fraction(1, SAMPLE_RATE_HZ)
        container.mux(audio.encode(sound))
        container.mux(audio.encode(None))


def _pictures(portrait: NDArray[np.uint8], duration_s: float, take: Take) -> Iterator[NDArray[np.uint8]]:
    studio = _studio(take.caption)
    scale = PORTRAIT_HEIGHT / portrait.shape[0]
    for number in range(int(duration_s * FRAMES_PER_SECOND)):
        angle = take.phase + 2 * np.pi * number / (8 * FRAMES_PER_SECOND)
        size = scale * (1 + 0.03 * np.sin(angle))
        left = (WIDTH - portrait.shape[1] * size) / 2 + 12 * np.cos(angle)
        placed = np.array([[size, 0, left], [0, size, HEIGHT - portrait.shape[0] * size]], np.float32)
        picture = cv2.warpAffine(
            portrait,
            placed,
            (WIDTH, HEIGHT),
            dst=studio.copy(),
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        picture[HEIGHT - 90 :] = studio[HEIGHT - 90 :]
        yield np.clip(picture.astype(np.float32) * take.light, 0, 255).astype(np.uint8)


def _studio(caption: str) -> NDArray[np.uint8]:
    shade = np.linspace(60, 120, WIDTH, dtype=np.float32)
    studio = np.repeat(np.stack([shade * 0.4, shade * 0.7, shade], axis=-1)[None], HEIGHT, axis=0).astype(np.uint8)
    cv2.rectangle(studio, (0, HEIGHT - 90), (WIDTH, HEIGHT), (20, 30, 60), -1)
    cv2.putText(studio, caption, (40, HEIGHT - 35), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (240, 240, 240), 2, cv2.LINE_AA)
    return studio
