"""Photographs of ours, and clips in which one of them was set in motion.

A talking head that is animated from a photograph keeps what is around the face: hair, clothes, background, light. So
what is compared is a square about the face, much larger than it, of the photograph and of the clip's pictures. That
needs no knowledge of how the clip was cropped or scaled: the face gives place and size. Another picture of the same
person, even in the same studio, has other surroundings of the head; a recording that the photograph is a frame of has
the same ones, which is why only photographs belong here and no frames.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
import pdqhash
from numpy.typing import NDArray

from anchorproof.errors import CalibrationUnavailable
from anchorproof.footage.prints import PICTURE_BITS, Hashes, bits_apart
from anchorproof.types import Box, Component, Image, Span

#: How the hashes are made; those of another method wait for re-enrolment.
METHOD = "pdq-bust-1"
MODEL_ID = "photographs-1"
#: Sides of the squares, in heights of the face: the wide one tells most, the narrow one is left of a tight crop. What
#: lies outside the picture repeats its edge, of the photograph as of the clip.
SIDES = (3.2, 2.4)
_BUST_PX = 128
#: Of a clip's pictures, the share that must be as near as is said: a head that turns far away looks different.
NEAR_SHARE = 0.1
#: Fewer pictures of a face cannot show that a photograph was set in motion.
FEWEST_PICTURES = 4
#: Less motion of the mouth is that of a still picture that is shown, panned or zoomed.
LEAST_MOTION = 0.1
#: Faces of one photograph that are kept, the largest first.
MOST_FACES = 8


@dataclass(frozen=True, slots=True)
class BustSeries:
    """Squares about one face, hashed: ``hashes (n, sides, 32)`` at ``times_s (n,)``; ``motion`` of its mouth, as
    ``faces.motion`` measures it (0: a still picture, or not known)."""

    times_s: NDArray[np.float64]
    hashes: NDArray[np.uint8]
    motion: float = 0.0

    def __len__(self) -> int:
        return len(self.times_s)


@dataclass(frozen=True, slots=True)
class PhotographHit:
    """A photograph beside a face of the clip: ``bits`` apart (of 256) in the nearest ``NEAR_SHARE`` of its pictures."""

    photograph_id: str
    bits: float
    span: Span
    pictures: int


# --------------------------------------------------------------------------- hashing


def busts(image: Image, box: Box) -> NDArray[np.uint8]:
    """Hashes ``(sides, 32)`` of the squares about a face.

    Args:
        image: RGB, any size.
        box: of the face, in the image's pixels.
    """
    centre_x, centre_y = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
    squares = (_square(image, centre_x, centre_y, side * box.height / 2) for side in SIDES)
    return np.array([_hash(square) for square in squares], np.uint8)


def _square(image: Image, centre_x: float, centre_y: float, reach: float) -> Image:
    scale = _BUST_PX / (2 * reach)
    if scale < 0.5:  # first by areas, so that fine patterns do not turn into coarse ones
        size = (max(8, round(image.shape[1] * scale * 2)), max(8, round(image.shape[0] * scale * 2)))
        centre_x, centre_y = centre_x * size[0] / image.shape[1], centre_y * size[1] / image.shape[0]
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        scale = 0.5
    shift = np.array([[scale, 0, _BUST_PX / 2 - scale * centre_x], [0, scale, _BUST_PX / 2 - scale * centre_y]])
    size = (_BUST_PX, _BUST_PX)
    return np.asarray(cv2.warpAffine(image, shift, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _hash(image: Image) -> NDArray[np.uint8]:
    bits, _ = pdqhash.compute(np.ascontiguousarray(image))
    return np.packbits(bits.astype(np.uint8))


def photograph_hashes(image: Image, boxes: Sequence[Box]) -> Hashes:
    """What is kept of a photograph: ``(faces * 2 * sides, 32)``, each face as it is and mirrored, the largest first."""
    mirrored = np.ascontiguousarray(image[:, ::-1])
    width = image.shape[1]
    rows = []
    for box in sorted(boxes, key=lambda box: -box.height)[:MOST_FACES]:
        rows += [busts(image, box), busts(mirrored, Box(width - box.x2, box.y1, width - box.x1, box.y2))]
    return np.concatenate(rows) if rows else np.empty((0, PICTURE_BITS // 8), np.uint8)


def series(seen: Sequence[tuple[float, Image, Box]], motion: float) -> BustSeries:
    """One face through a clip: ``(time_s, picture, box in the picture's pixels)`` in time order."""
    hashed = [busts(image, box) for _, image, box in seen]
    empty = np.empty((0, len(SIDES), PICTURE_BITS // 8), np.uint8)
    times_s = np.array([time_s for time_s, _, _ in seen], np.float64)
    return BustSeries(times_s, np.stack(hashed) if hashed else empty, motion)


# --------------------------------------------------------------------------- comparing


def bits_of(face: BustSeries, kept: Hashes) -> float:
    """Bits apart between a face of the clip and a photograph's kept hashes, the mean over the squares, in the nearest
    pictures; 256 for nothing to compare."""
    by_face = kept.reshape(-1, len(SIDES), PICTURE_BITS // 8)
    if not len(face) or not len(by_face):
        return float(PICTURE_BITS)
    apart = np.zeros((len(face), len(by_face)))
    for place in range(len(SIDES)):
        ours, theirs = (np.ascontiguousarray(part[:, place]).view(np.uint64) for part in (face.hashes, by_face))
        apart += bits_apart(ours, theirs) / len(SIDES)
    return float(np.quantile(apart, NEAR_SHARE, axis=0).min())


def nearest(face: BustSeries, photographs: Mapping[str, Hashes]) -> PhotographHit | None:
    """The photograph nearest to a face of the clip that moves; None where there is none, it is seen too briefly, or it
    does not move: a photograph may be shown in any newscast."""
    if len(face) < FEWEST_PICTURES or face.motion < LEAST_MOTION or not photographs:
        return None
    found = {key: bits_of(face, kept) for key, kept in photographs.items()}
    key = min(found, key=lambda key: found[key])
    return PhotographHit(key, found[key], Span(float(face.times_s[0]), float(face.times_s[-1])), len(face))


# --------------------------------------------------------------------------- what a hit is worth


@dataclass(frozen=True, slots=True)
class PhotographCalibration:
    """``false_alarms``: ``(bits, share of other people's or other pictures' comparisons at or below it)``, both rising.

    ``recall`` is the share of animated photographs found at the limits that archives of usual size have;
    ``spoof_llr`` what a match says on authenticity; ``llr_bound`` the most that the trials support for a match.
    """

    calibration_id: str
    sha256: str
    false_alarms: tuple[tuple[float, float], ...]
    expected_false_matches: float
    recall: float
    llr_bound: float
    spoof_llr: float

    def match_llr(self, bits: float, photographs: int) -> float:
        """LLR of "this face is that photograph, set in motion" against "it is none of so many"."""
        rate = min(1.0, max(photographs, 1) * self._false_alarm_rate(bits))
        return min(self.llr_bound, math.log10(self.recall / max(rate, 10**-self.llr_bound)))

    def is_match(self, bits: float, photographs: int) -> bool:
        """Whether at most ``expected_false_matches`` of clips with none of them come as near to one of so many."""
        return max(photographs, 1) * self._false_alarm_rate(bits) <= self.expected_false_matches

    def _false_alarm_rate(self, bits: float) -> float:
        place = bisect_left([limit for limit, _ in self.false_alarms], bits)
        return self.false_alarms[place][1] if place < len(self.false_alarms) else 1.0

    def component(self) -> Component:
        return Component("calibration", self.calibration_id, MODEL_ID, self.sha256)


def load_photograph_calibration() -> PhotographCalibration:
    """The packaged fit.

    Raises:
        CalibrationUnavailable: missing, damaged, or fitted for other hashes.
    """
    try:
        content = (files("anchorproof.models") / "footage" / "photographs.json").read_bytes()
        raw: dict[str, Any] = json.loads(content)
        if raw["method"] != METHOD:
            raise CalibrationUnavailable("the calibration of photographs was fitted for other hashes")
        return PhotographCalibration(
            calibration_id=str(raw["calibration_id"]),
            sha256=hashlib.sha256(content).hexdigest(),
            false_alarms=tuple((float(bits), float(share)) for bits, share in raw["false_alarms"]),
            expected_false_matches=float(raw["expected_false_matches"]),
            recall=float(raw["recall"]),
            llr_bound=float(raw["llr_bound"]),
            spoof_llr=float(raw["spoof_llr"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CalibrationUnavailable("the calibration of photographs is missing or damaged") from error
