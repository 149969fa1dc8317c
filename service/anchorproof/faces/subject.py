"""Which face a single picture is about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.faces.tracks import observe
from anchorproof.types import FaceObservation, Frame, Image


def nearest_centre(detections: Sequence[Detection], image: Image) -> Detection | None:
    """The face whose eyes, nose and mouth lie nearest the picture's centre; None when there is no face.

    Boxes reach over hair and neck differently from face to face; landmarks say where the face itself is.
    """
    height, width = image.shape[:2]

    def distance(detection: Detection) -> float:
        middle = detection.landmarks.mean(axis=0)
        return float(np.hypot(middle[0] - width / 2, middle[1] - height / 2))

    return min(detections, key=distance, default=None)


def find_subject(image: Image, finder: FaceFinder) -> FaceObservation | None:
    """The face a still picture is about, the one nearest its centre; None when there is no face."""
    detection = nearest_centre(finder.find([image])[0], image)
    return observe(Frame(0.0, image), detection) if detection else None
