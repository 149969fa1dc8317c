"""Is a part of the face hidden from the network: by a microphone, a mask, a hand, dark glasses?

A part that the network reads matters to the template: painted over, it changes it. Where painting it over changes
little, there was nothing of the face to read. Edges say less (``quality.visibility``), for what covers a face has
edges of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from anchorproof.faces.templates import FaceEmbedder
from anchorproof.types import FaceObservation, Image, Template

#: Eyes, and mouth with chin, in the aligned face of 112 pixels a side, as rows and columns.
LEFT_EYE, RIGHT_EYE, MOUTH = np.s_[42:62, 26:50], np.s_[42:62, 62:86], np.s_[78:112, 30:82]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Cosines of a template with itself made without a part: ``eye``, of the eye that matters less; ``mouth``, of the
    mouth, less that of the eye that matters more.
    """

    eye: float
    mouth: float


def find_hidden(
    observations: Sequence[FaceObservation], templates: Sequence[Template], embedder: FaceEmbedder
) -> list[Hidden]:
    """Of faces and the templates that ``embedder`` made of them; three more runs of the network each."""
    without = [
        embedder.embed([replace(seen, aligned=_painted(seen.aligned, part)) for seen in observations])
        for part in (LEFT_EYE, RIGHT_EYE, MOUTH)
    ]
    found = []
    for place, template in enumerate(templates):
        left, right, mouth = (float(template.vector @ made[place].vector) for made in without)
        found.append(Hidden(max(left, right), mouth - min(left, right)))
    return found


def is_covered(hidden: Hidden, limits: Hidden) -> bool:
    return hidden.eye > limits.eye or hidden.mouth > limits.mouth


def limits_of(embedder: FaceEmbedder) -> Hidden | None:
    """From which on a face counts as covered, as the network's manifest entry says; None: it was not measured."""
    return Hidden(**embedder.parameters["covered"]) if "covered" in embedder.parameters else None


def _painted(image: Image, part: Any) -> Image:
    """The part in the picture's mean colour."""
    painted = image.copy()
    painted[part] = image.reshape(-1, 3).mean(axis=0).round()
    return painted
