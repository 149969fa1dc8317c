"""Is it one face all along, and do inner face and surroundings belong together? Raw scores, and no evidence.

A swapped face is pasted into the inner face, picture by picture: it may waver, and hair, ears and outline stay the
other person's. Both scores are cosines of the template network, meant to be higher for a genuine face. Measured on
blended-in faces they say next to nothing (models/cards/faceplugin-feature-1.md), so nothing is made of them in a
report; with another network it may be otherwise: ``python -m benchmarks identity consistency``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.templates import FaceEmbedder, track_template
from anchorproof.types import FaceObservation, Image, Template

#: A track's wavering is told by its least consistent tenth.
LOW_QUANTILE = 0.1
#: The inner face of the aligned picture: an ellipse round brows, nose and mouth, as shares of its side.
INNER_CENTRE, INNER_AXES = (0.5, 0.64), (0.33, 0.36)
#: How softly the mask ends, as a share of the side.
SOFTNESS = 0.04


def consistency(templates: Sequence[Template]) -> float | None:
    """The low quantile of the cosines of a track's templates to their mean, in [-1, 1]; None for fewer than three.

    A face seen from many sides and under changing light lies lower too: compare it with what such a track usually
    gives.
    """
    if len(templates) < 3:
        return None
    mean = track_template(templates)
    return float(np.quantile([float(template.vector @ mean.vector) for template in templates], LOW_QUANTILE))


def inner_against_outer(observations: Sequence[FaceObservation], embedder: FaceEmbedder) -> float | None:
    """Cosine of the track's template from inner faces alone and from all but the inner faces; None without any face.

    The other part is filled with its mean colour, softly, so that no edge is seen.
    """
    if not observations:
        return None
    inner = track_template(embedder.embed([_kept(seen, is_inner=True) for seen in observations]))
    outer = track_template(embedder.embed([_kept(seen, is_inner=False) for seen in observations]))
    return float(inner.vector @ outer.vector)


def _kept(seen: FaceObservation, is_inner: bool) -> FaceObservation:
    """Only networks that read the aligned face see the difference."""
    return replace(seen, aligned=_masked(seen.aligned, is_inner))


def _masked(image: Image, is_inner: bool) -> Image:
    inside = inner_mask(image.shape[0])
    weight = (inside if is_inner else 1 - inside)[..., None]
    fill = (image * weight).sum(axis=(0, 1)) / weight.sum()
    return np.asarray((image * weight + fill * (1 - weight)).round().clip(0, 255), np.uint8)


def inner_mask(side: int) -> NDArray[np.float32]:
    """1 in the inner face, 0 outside, ``(side, side)``."""
    mask = np.zeros((side, side), np.float32)
    centre = (round(INNER_CENTRE[0] * side), round(INNER_CENTRE[1] * side))
    axes = (round(INNER_AXES[0] * side), round(INNER_AXES[1] * side))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), SOFTNESS * side), np.float32)
