"""The decoding child: does it decode, and what could it do if a clip took it over?"""

from __future__ import annotations

import math
import struct
import tempfile
import wave
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from anchorproof.doctor.findings import Finding, broken, sound, warning
from anchorproof.media import landlock
from anchorproof.media.audio import read_audio
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.media.trial import try_confinement
from anchorproof.settings import MediaSettings, Settings

_TONE_HZ, _TONE_S, _RATE_HZ = 440, 1.0, 16_000
_COLOUR, _SIDE_PX = (200, 60, 20), 64
_REINSTALL = "install av (PyAV) again in the version that anchorproof asks for"


def look_at_decoding(settings: Settings) -> Iterator[Finding]:
    """A picture and a sound that are made here are decoded as any clip is."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-doctor-") as folder:
        picture, tone = Path(folder) / "picture.png", Path(folder) / "tone.wav"
        picture.write_bytes(made_picture())
        make_tone(tone)
        fault = _fault_in_picture(picture, settings.media) or _fault_in_sound(tone, settings.media)
    if fault:
        yield broken("decoding", fault, _REINSTALL)
    else:
        yield sound("decoding", "a picture and a sound made for the trial were decoded rightly, in a child process")


def _fault_in_picture(picture: Path, settings: MediaSettings) -> str:
    info = read_info(picture, settings)
    (frame,) = sample_frames(picture, info, settings)
    apart = float(np.abs(frame.image.reshape(-1, 3).astype(int) - _COLOUR).max())
    return "" if apart <= 3 else f"a picture of one colour comes back {apart:.0f} levels away from it"


def _fault_in_sound(tone: Path, settings: MediaSettings) -> str:
    info = read_info(tone, settings)
    heard = read_audio(tone, info, settings)
    crossings = int(np.count_nonzero(np.diff(np.signbit(heard.samples))))
    found_hz = crossings / 2 / (len(heard.samples) / heard.sample_rate_hz)
    return "" if abs(found_hz - _TONE_HZ) < 5 else f"a tone of {_TONE_HZ} Hz comes back as one of {found_hz:.0f} Hz"


def made_picture() -> bytes:
    """A PNG of one colour."""
    row = b"\0" + bytes(_COLOUR) * _SIDE_PX
    header = struct.pack(">IIBBBBB", _SIDE_PX, _SIDE_PX, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * _SIDE_PX)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def make_tone(path: Path) -> None:
    """A WAV file."""
    count = int(_TONE_S * _RATE_HZ)
    samples = (round(9000 * math.sin(2 * math.pi * _TONE_HZ * place / _RATE_HZ)) for place in range(count))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        file.writeframes(struct.pack(f"<{count}h", *samples))


def look_at_confinement(settings: Settings) -> Iterator[Finding]:
    """The child tries what it should not be able to do."""
    trial = try_confinement(settings.media)
    if trial.decoding:
        words = f"a child that decodes could still: {', '.join(trial.decoding)}"
        todo = "use a kernel with Landlock (Linux 5.13, with landlock in lsm=), or a container that allows it"
        yield warning("confinement", words, todo)
    elif trial.loading:
        words = (
            f"nothing is left to a child that decodes; before it reads the clip it could: {', '.join(trial.loading)}"
        )
        yield warning(
            "confinement", words, "use a kernel with Landlock 4 (Linux 6.7), or one that allows user namespaces"
        )
    else:
        words = f"a child could neither open, make or remove files, connect, run programs nor signal others{_kernel()}"
        yield sound("confinement", words)
    if not trial.is_landlocked:
        yield warning(
            "Landlock",
            "this kernel does not offer it; limits on memory, time and open files hold all the same",
            "Linux 5.13 or newer has it: see CONFIG_SECURITY_LANDLOCK, and lsm= on the kernel's command line",
        )


def _kernel() -> str:
    version = landlock.version()
    return f" (Landlock {version})" if version else ""
