"""The ladder: every rung by name, and how a clip is put on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.manifests import Protocol
from benchmarks.robustness import picture, sound

#: The comparison: the same seconds, otherwise untouched (sound as PCM, picture at a CRF that hides the encoder).
REFERENCE = "as it is"


@dataclass(frozen=True, slots=True)
class Rung:
    """``make(clip, folder, seconds)`` writes the treated clip into the folder and returns its path."""

    name: str
    make: Callable[[Path, Path, float], Path]


def _sound(name: str, way: sound.Way, ending: str, codec: str, rate_hz: int = sound.RATE_HZ, bit_rate: int = 0) -> Rung:
    def make(clip: Path, folder: Path, seconds: float) -> Path:
        out = folder / f"sound{ending}"
        sound.write_sound(out, way(sound.read_sound(clip, seconds)), codec, rate_hz, bit_rate)
        return out

    return Rung(name, make)


def _picture(name: str, shot: picture.Shot) -> Rung:
    def make(clip: Path, folder: Path, seconds: float) -> Path:
        out = folder / "picture.mp4"
        picture.remake(clip, out, shot, seconds)
        return out

    return Rung(name, make)


def _pcm(name: str, way: sound.Way) -> Rung:
    return _sound(name, way, ".wav", "pcm_s16le")


SOUND = (
    _pcm(REFERENCE, sound.as_it_is),
    _sound("AAC 64 kbit/s", sound.as_it_is, ".m4a", "aac", bit_rate=64_000),
    _sound("AAC 32 kbit/s", sound.as_it_is, ".m4a", "aac", bit_rate=32_000),
    _sound("Opus 16 kbit/s", sound.as_it_is, ".ogg", "libopus", bit_rate=16_000),
    _sound("telephone 8 kHz", sound.telephone_band, ".wav", "pcm_mulaw", sound.TELEPHONE_HZ),
    _pcm("noise 20 dB", sound.with_noise(20)),
    _pcm("noise 10 dB", sound.with_noise(10)),
    _pcm("speed +5 %", sound.at_speed(20, 21)),
    _pcm("speed -5 %", sound.at_speed(20, 19)),
)
PICTURE = (
    _picture(REFERENCE, picture.Shot()),
    _picture("H.264 CRF 23", picture.Shot(crf=23)),
    _picture("H.264 CRF 28", picture.Shot(crf=28)),
    _picture("H.264 CRF 35", picture.Shot(crf=35)),
    _picture("480p", picture.Shot(edit=picture.scaled_to(480))),
    _picture("360p", picture.Shot(edit=picture.scaled_to(360))),
    _picture("240p", picture.Shot(edit=picture.scaled_to(240))),
    _picture("CRF 35 at 480p", picture.Shot(crf=35, edit=picture.scaled_to(480))),
    _picture("crop 10 %", picture.Shot(edit=picture.cropped(0.1))),
    _picture("logo overlay", picture.Shot(edit=picture.with_logo)),
    _picture("speed +5 %", picture.Shot(speed=1.05)),
    _picture("speed -5 %", picture.Shot(speed=0.95)),
    _picture("24 to 30 fps", picture.Shot(rates=(24, 30))),
)
LADDERS: Mapping[Protocol, Mapping[str, Rung]] = {
    Protocol.AUDIO: {rung.name: rung for rung in SOUND},
    Protocol.VISUAL: {rung.name: rung for rung in PICTURE},
}
