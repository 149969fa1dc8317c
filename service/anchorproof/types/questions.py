"""What is asked, what a score means, and what may be answered."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Vector = NDArray[np.float32]


class Question(StrEnum):
    """What an LLR answers; the two are never added."""

    AUTHENTICITY = "authenticity"
    """H1 spoof, H2 bona fide."""
    IDENTITY = "identity"
    """H1 same person as the reference, H2 another."""


class Modality(StrEnum):
    """What a template or a piece of evidence was taken from."""

    FACE = "face"
    VOICE = "voice"


class HigherMeans(StrEnum):
    """Direction of a model's raw score."""

    SPOOF = "spoof"
    BONA_FIDE = "bona_fide"
    SAME_SOURCE = "same_source"


class Decision(StrEnum):
    """The public outcome of a verdict."""

    BONA_FIDE = "bona_fide"
    SPOOF = "spoof"
    INCONCLUSIVE = "inconclusive"
