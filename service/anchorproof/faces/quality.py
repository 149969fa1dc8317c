"""Is a face good enough to be enrolled, or to be compared?"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from anchorproof.faces.templates import interocular_px
from anchorproof.types import FaceObservation, Vector

# Where the limits come from: 300 LFW pairs, one side degraded, faceplugin-feature-1; share of the same-person pairs
# that still score over .35, which about 1 in 1,000 pairs of different people reaches (as they are: .973). The whole
# table is in models/cards/faceplugin-feature-1.md.

#: 18 px: .967, 14 px: .940, 11 px: .907, 8 px: .607.
SMALLEST_INTEROCULAR_PX = 18.0
#: Blurred by one pixel of the aligned face (variance of the Laplacian 35): .960; by two (9): .873; by three (4): .240.
LEAST_SHARPNESS = 10.0
#: LFW has no turn over .41; up to there the share does not fall (.3 to .41: 19 of 19 pairs).
LARGEST_TURN = 0.45
#: Mean 36 of 255: .953, 24: .900, 12: .187.
DARKEST = 30.0
#: Mean 213: .960, 233: .873.
BRIGHTEST = 225.0
#: Standard deviation 15: .927, 8: .467.
LEAST_CONTRAST = 12.0
#: Share of edges at the less distinct eye, or at the mouth; see ``visibility`` for what it catches.
LEAST_VISIBLE = 0.25
#: Eyes and mouth in the aligned face, as rows and columns.
_LEFT_EYE, _RIGHT_EYE, _MOUTH = np.s_[42:62, 26:50], np.s_[42:62, 62:86], np.s_[82:104, 38:76]


class FaceQuality(NamedTuple):
    """Of one face: pixels between the eyes, turn (see ``turn``), sharpness (variance of the Laplacian of the aligned
    face), mean and deviation of its brightness (0 to 255), and how sure the detector is of seeing all of it (0 to 1).
    """

    eyes_px: float
    turn: float
    sharpness: float
    brightness: float
    contrast: float
    visible: float


class Fault(NamedTuple):
    """Why a face is not used: a stable code, and words for the person who sent it."""

    reason: str
    message: str


COVERED = Fault("FACE_COVERED", "something covers a part of the face: a hand, a microphone, a mask, dark glasses")


def measure(seen: FaceObservation) -> FaceQuality:
    """All that ``reject`` looks at."""
    grey = cv2.cvtColor(seen.aligned, cv2.COLOR_RGB2GRAY)[20:108, 16:96]
    return FaceQuality(
        eyes_px=interocular_px(seen.landmarks),
        turn=turn(seen.landmarks),
        sharpness=seen.sharpness,
        brightness=float(grey.mean()),
        contrast=float(grey.std()),
        visible=visibility(seen),
    )


def reject(seen: FaceObservation) -> Fault | None:
    """The first thing that makes this face unfit for a template, or None when it is fit."""
    return judge(measure(seen))


def judge(quality: FaceQuality) -> Fault | None:
    """The first thing that makes a face of this quality unfit for a template, or None when it is fit."""
    if quality.eyes_px < SMALLEST_INTEROCULAR_PX:
        limit = SMALLEST_INTEROCULAR_PX
        return Fault(
            "FACE_TOO_SMALL", f"{quality.eyes_px:.0f} pixels between the eyes; at least {limit:.0f} are needed"
        )
    if quality.turn > LARGEST_TURN:
        return Fault("FACE_TURNED_AWAY", "the face is turned too far to the side; a view closer to frontal is needed")
    if quality.brightness < DARKEST:
        found = f"mean brightness {quality.brightness:.0f} of 255"
        return Fault("FACE_TOO_DARK", f"{found}; at least {DARKEST:.0f} is needed")
    if quality.brightness > BRIGHTEST:
        found = f"mean brightness {quality.brightness:.0f} of 255"
        return Fault("FACE_TOO_BRIGHT", f"{found}; at most {BRIGHTEST:.0f} is usable")
    if quality.contrast < LEAST_CONTRAST:
        return Fault("FACE_WITHOUT_CONTRAST", "the face is nearly uniform: fog, a flash or a mask hides its features")
    if quality.sharpness < LEAST_SHARPNESS:
        return Fault("FACE_BLURRED", "the face is out of focus or smeared by motion")
    if quality.visible < LEAST_VISIBLE:
        return COVERED
    return None


def visibility(seen: FaceObservation) -> float:
    """How alike the edges at both eyes are, and at the mouth to those at the eyes: the least of it, at most 1.

    A plain covering has no edges. Of 180 LFW faces none falls below the limit as it is; 87 % do with a plain mask over
    mouth and nose, 74 % with one eye covered, 62 % with one half. A microphone or dark glasses have edges of their own:
    ``covering.py`` is for them.
    """
    grey = cv2.cvtColor(seen.aligned, cv2.COLOR_RGB2GRAY)
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    left, right, mouth = (float(edges[part].mean()) + 1e-6 for part in (_LEFT_EYE, _RIGHT_EYE, _MOUTH))
    return min(1.0, min(left, right) / max(left, right), mouth / ((left + right) / 2))


def turn(landmarks: Vector) -> float:
    """How far the head is turned: the nose's shift from the line through the middles of eyes and mouth.

    In units of the distance from eyes to mouth, which a turn leaves as it is; 0 is frontal, a profile exceeds 0.5.
    """
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    axis = mouth - eyes
    length = float(np.linalg.norm(axis))
    offset = landmarks[2] - eyes
    return float(abs(axis[0] * offset[1] - axis[1] * offset[0])) / max(length * length, 1e-9)
