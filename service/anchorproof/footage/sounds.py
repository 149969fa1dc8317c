"""The sound of a clip beside the programme's retained sound."""

from __future__ import annotations

import math

import numpy as np

from anchorproof.types import Waveform

#: Quieter than this (RMS, full scale 1) is silence: levels of it are not compared.
_SILENCE = 1e-4


def levels_apart(clip: Waveform, programme: Waveform | None) -> float | None:
    """How many dB louder the clip is; None where one of them is silent or missing."""
    if programme is None or not len(clip.samples) or not len(programme.samples):
        return None
    levels = [float(np.sqrt(np.mean(np.square(sound.samples)))) for sound in (clip, programme)]
    if min(levels) < _SILENCE:
        return None
    return 20 * math.log10(levels[0] / levels[1])
