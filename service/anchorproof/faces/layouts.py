"""Manifest entries' layout for face template networks that are not shipped but can be added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: facenet-pytorch's InceptionResnetV1: the upright face box at 160 x 160, ``(x - 127.5) / 128``.
#: Source: facenet-pytorch 2.6, MTCNN(image_size=160, margin=0) and fixed_image_standardization.
FACENET_INCEPTION: Mapping[str, Any] = {
    "task": "face_template",
    "preprocessing": "facenet-160-1",
    "higher_means": "same_source",
    "parameters": {"side_px": 160, "margin": 0, "mean": 127.5, "scale": 128.0},
}

#: Names a user may give for "a network like this one".
LAYOUTS: Mapping[str, Mapping[str, Any]] = {"facenet-inception": FACENET_INCEPTION}
