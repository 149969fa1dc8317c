"""Any picture classifier as a visual detector: what it takes and answers stands in the manifest alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import ModelUnavailable
from anchorproof.runtime import Model, Tensors
from anchorproof.types import Box, FaceObservation, Image

Floats = NDArray[np.float64]

#: Probabilities are kept this far from 0 and 1 before their log odds are taken.
SMALLEST_PROBABILITY = 1e-6

#: What ``anchorproof models add --like picture-classifier`` starts from: an ImageNet-style network of the face crop
#: with one output that grows with spoof. Every value can be replaced by ``--parameter NAME=JSON``.
PICTURE_CLASSIFIER: Mapping[str, Any] = {
    "task": "visual_detector",
    "preprocessing": "picture-classifier-1",
    "higher_means": "spoof",
    "parameters": {
        "picture": "crop",
        "side_px": 224,
        "margin": 1.6,
        "mean": [123.675, 116.28, 103.53],
        "scale": [58.395, 57.12, 57.375],
        "channels": "rgb",
        "layout": "nchw",
        "batch": 0,
        "output": "",
        "output_index": 0,
        "output_kind": "score",
        "crop_margin": 1.6,
        "smallest_face_px": 40,
        "fewest_observations": 5,
        "main_share": 0.25,
        "limit_tracks": 3,
        "stretch_s": 8.0,
        "segment_s": 1.0,
    },
}

#: Names a user may give for "a network like this one".
LAYOUTS: Mapping[str, Mapping[str, Any]] = {"picture-classifier": PICTURE_CLASSIFIER}


@dataclass(frozen=True, slots=True)
class PictureInput:
    """How a network's input is made from an observation.

    ``picture``: ``crop``, the upright square ``margin`` times the face's longer side (at most as wide as crops are
    kept), or ``aligned``, the face turned upright by its landmarks. Values are ``(x - mean) / scale`` of 0..255.
    ``batch`` 0: any number at once; otherwise the network takes exactly so many.
    """

    picture: str
    side_px: int
    margin: float
    kept_margin: float
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    channels: str
    layout: str
    batch: int

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> PictureInput:
        """From a manifest entry.

        Raises:
            ModelUnavailable: a value is missing or not one of the known ones.
        """
        try:
            made = cls(
                str(parameters["picture"]),
                int(parameters["side_px"]),
                float(parameters["margin"]),
                float(parameters["crop_margin"]),
                _three(parameters["mean"]),
                _three(parameters["scale"]),
                str(parameters["channels"]),
                str(parameters["layout"]),
                int(parameters["batch"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelUnavailable(f"the manifest's parameters of this model lack or misstate {error}") from error
        made._check()
        return made

    def _check(self) -> None:
        known = (
            ("picture", self.picture in ("crop", "aligned"), "crop or aligned"),
            ("channels", self.channels in ("rgb", "bgr"), "rgb or bgr"),
            ("layout", self.layout in ("nchw", "nhwc"), "nchw or nhwc"),
            ("margin", 1 <= self.margin <= self.kept_margin, f"1 to {self.kept_margin}"),
            ("side_px", 8 <= self.side_px <= 1024, "8 to 1024"),
            ("scale", all(self.scale), "not 0"),
            ("batch", self.batch >= 0, "0 or more"),
        )
        for name, is_right, allowed in known:
            if not is_right:
                raise ModelUnavailable(f"parameter {name} of this model must be {allowed}")

    def tensor(self, observations: Sequence[FaceObservation]) -> NDArray[np.float32]:
        """``(n, 3, side, side)`` or ``(n, side, side, 3)``."""
        pictures = np.stack([self._picture(seen) for seen in observations]).astype(np.float32)
        if self.channels == "bgr":
            pictures = pictures[..., ::-1]
        scaled = (pictures - np.array(self.mean, np.float32)) / np.array(self.scale, np.float32)
        return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2) if self.layout == "nchw" else scaled, np.float32)

    def _picture(self, seen: FaceObservation) -> Image:
        picture = seen.aligned if self.picture == "aligned" else _inner(seen.crop, self.margin / self.kept_margin)
        way = cv2.INTER_AREA if picture.shape[0] > self.side_px else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(picture, (self.side_px, self.side_px), interpolation=way), np.uint8)


@dataclass(frozen=True, slots=True)
class ScoreOutput:
    """Which number of the network's answer is the raw score, by picture.

    ``kind``: ``score`` as it stands, ``probability`` or ``logits`` (of classes, of which ``index`` is meant); the last
    two become log odds, because a mean over pictures of numbers crowded at 0 and 1 says little.
    """

    name: str
    index: int
    kind: str

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> ScoreOutput:
        """From a manifest entry; raises ModelUnavailable for a kind that is not known."""
        made = cls(
            str(parameters.get("output", "")), int(parameters.get("output_index", 0)), str(parameters["output_kind"])
        )
        if made.kind not in ("score", "probability", "logits"):
            raise ModelUnavailable("parameter output_kind of this model must be score, probability or logits")
        return made

    def read(self, outputs: Tensors, count: int) -> Floats:
        """Raw scores ``(count,)``.

        Raises:
            ModelUnavailable: no such output, or not one row per picture.
        """
        name = self.name or next(iter(outputs))
        if name not in outputs:
            raise ModelUnavailable(f"the network has no output {name!r}; it has {', '.join(outputs)}")
        rows = np.asarray(outputs[name], np.float64)
        if not rows.size or rows.shape[:1] != (count,):
            raise ModelUnavailable(
                f"output {name!r} has shape {rows.shape}; it should have one row per picture ({count})"
            )
        rows = rows.reshape(count, -1)
        if not -rows.shape[1] <= self.index < rows.shape[1]:
            raise ModelUnavailable(f"output {name!r} has {rows.shape[1]} values; there is none at {self.index}")
        return self._scores(rows)

    def _scores(self, rows: Floats) -> Floats:
        own = rows[:, self.index]
        if self.kind == "logits" and rows.shape[1] > 1:
            others = np.delete(rows, self.index, axis=1)
            return np.asarray(own - np.logaddexp.reduce(others, axis=1), np.float64)
        if self.kind == "probability":
            kept = np.clip(own, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
            return np.asarray(np.log(kept / (1 - kept)), np.float64)
        return own


def is_picture_classifier(parameters: Mapping[str, Any]) -> bool:
    """Whether a manifest entry describes a plain classifier of single pictures."""
    return "output_kind" in parameters


def score_pictures(observations: Sequence[FaceObservation], model: Model) -> Floats:
    """Raw scores ``(n,)`` of a plain classifier, in the network's own direction (``higher_means`` says which).

    Raises:
        ModelUnavailable: the entry is not complete, or the network does not fit it.
    """
    parameters = model.entry.parameters
    made, read = PictureInput.of(parameters), ScoreOutput.of(parameters)
    tensor = made.tensor(observations)
    size = made.batch or len(tensor)
    parts = [tensor[start : start + size] for start in range(0, len(tensor), size)]
    scores = [read.read(model.run({model.input_names[0]: _filled(part, size)}), size)[: len(part)] for part in parts]
    return np.concatenate(scores)


def try_out(model: Model) -> None:
    """A network that cannot be fed as its entry says should be refused now, not at the first clip.

    Raises:
        ModelUnavailable: it does not fit.
    """
    noise = np.random.default_rng(0)
    pictures = [noise.integers(0, 256, (side, side, 3)).astype(np.uint8) for side in (112, 224)]
    seen = FaceObservation(0.0, Box(0, 0, 100, 100), np.zeros((5, 2), np.float32), 1.0, 1.0, *pictures)
    if not np.isfinite(score_pictures([seen, seen], model)).all():
        raise ModelUnavailable(f"model {model.model_id!r} answered something that is no number")


def _filled(part: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """The last batch made whole with its last picture."""
    missing = size - len(part)
    return part if not missing else np.concatenate([part, np.repeat(part[-1:], missing, axis=0)])


def _inner(crop: Image, share: float) -> Image:
    side = crop.shape[0]
    edge = round(side * (1 - share) / 2)
    return crop[edge : side - edge, edge : side - edge]


def _three(values: Any) -> tuple[float, ...]:
    """One value for all channels, or three."""
    given = [values] * 3 if isinstance(values, int | float) else list(values)
    if len(given) != 3:
        raise ValueError(f"three channels, got {len(given)} values")
    return tuple(float(value) for value in given)
