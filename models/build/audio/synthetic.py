"""Newscast-like sentences spoken by piper (a neural voice), flite (concatenative, HMM) and espeak-ng (formants)."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
import soxr
from piper import PiperVoice, SynthesisConfig

from models.build.audio.corpus import SAMPLE_RATE_HZ, Samples

WHO = (
    "The minister",
    "A spokeswoman for the agency",
    "The mayor",
    "Our correspondent",
    "The central bank",
    "A court in the capital",
)
DID = (
    "announced on Friday",
    "denied last night",
    "confirmed after the meeting",
    "warned again",
    "said in a short statement",
)
WHAT = (
    "that the new bridge will open before the summer",
    "that prices rose by almost three percent",
    "that heavy rain is expected along the coast",
    "that talks between both sides will go on",
    "that the hospital needs more doctors and nurses",
    "that nobody was hurt in the fire near the harbour",
    "that the vote has been moved to the second of March",
)
MORE = ("More on this later.", "We will keep you informed.", "Our next guest is in the studio.", "And now the weather.")
FLITE_VOICES = ("kal16", "awb", "rms", "slt")
ESPEAK_VOICES = ("en-us", "en-gb+f2", "en-gb+m3", "en-us+f4", "de", "es", "pt-br+f3")


def sentence(rng: np.random.Generator) -> str:
    parts = [str(rng.choice(table)) for table in (WHO, DID, WHAT)]
    return f"{' '.join(parts)}. {rng.choice(MORE)}"


class Voices:
    """Speaks random sentences; ``speak`` returns the synthesiser's name and 16 kHz samples."""

    def __init__(self, piper_voice: Path) -> None:
        self._piper = PiperVoice.load(piper_voice)

    def speak(self, rng: np.random.Generator) -> tuple[str, Samples]:
        draw = rng.random()
        if draw < 0.6:
            return "piper", self._speak_piper(rng)
        if draw < 0.85:
            voice = str(rng.choice(FLITE_VOICES))
            return "flite", _speak(["flite", "-voice", voice, "-t", sentence(rng), "-o"])
        return "espeak", _speak(["espeak-ng", "-v", str(rng.choice(ESPEAK_VOICES)), sentence(rng), "-w"])

    def _speak_piper(self, rng: np.random.Generator) -> Samples:
        """The one voice, spread over pitches by playing it a little faster or slower than it was made."""
        config = SynthesisConfig(
            length_scale=rng.uniform(0.8, 1.25), noise_scale=rng.uniform(0.3, 0.9), noise_w_scale=rng.uniform(0.3, 1.0)
        )
        chunks = list(self._piper.synthesize(sentence(rng), config))
        samples = np.concatenate([chunk.audio_float_array for chunk in chunks])
        rate = chunks[0].sample_rate * rng.choice([1.0, 1.0, rng.uniform(0.85, 1.2)])
        return soxr.resample(samples, rate, SAMPLE_RATE_HZ).astype(np.float32)


def _speak(command: list[str]) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        subprocess.run([*command, str(path)], check=True, capture_output=True)
        samples, rate = soundfile.read(path, dtype="float32")
    return soxr.resample(samples, rate, SAMPLE_RATE_HZ)
