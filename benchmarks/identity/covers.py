"""What covers a face, what that costs a comparison, and what of it is noticed when a face is enrolled.

Covers (microphones, masks, dark glasses, spectacles, hands, a caption) are drawn over LFW pictures where the face's
landmarks say; then the face is looked for anew.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.engine import Engine
from anchorproof.errors import ClipRejected
from anchorproof.faces.align import TEMPLATE_112, similarity
from anchorproof.faces.covering import find_hidden, is_covered, limits_of
from anchorproof.faces.quality import reject
from anchorproof.faces.subject import find_subject
from anchorproof.settings import Settings
from anchorproof.types import FaceObservation, Image

#: The aligned face is drawn on four times as large.
SIDE = 448
#: Same-person pairs that still score over this are recognised; different people's do so once in 1,000 pairs.
RECOGNISED = 0.35

Layer = tuple[NDArray[np.float32], NDArray[np.float32]]
Draw = Callable[[np.random.Generator, NDArray[np.float32]], Layer]


def run(data: Path, pairs: int, first: int, seed: int) -> dict[str, Any]:
    """Of ``pairs`` same-person pairs, spread over the protocol from ``first`` on, the second picture is covered."""
    engine = Engine.load(Settings())
    with (data / "protocols" / "face_pairs_lfw.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["same"] == "1"]
    chosen = rows[first :: max(1, len(rows) // pairs)][:pairs]
    found: dict[str, list[tuple[float, str]]] = {name: [] for name in ("nothing", *COVERS)}
    for number, row in enumerate(chosen):
        one, other = (_read(data / row[f"path{side}"]) for side in "12")
        subject, covered = find_subject(one, engine.face_finder), find_subject(other, engine.face_finder)
        if subject is None or covered is None:
            continue
        reference = engine.face_embedder.embed([subject])[0].vector
        for place, name in enumerate(found):
            chance = np.random.default_rng([seed, number, place])
            picture = other if name == "nothing" else _covered(other, covered, COVERS[name], chance)
            found[name].append(_looked_at(find_subject(picture, engine.face_finder), reference, engine))
    return {name: _summed(answers) for name, answers in found.items()} | {"pairs": len(chosen), "seed": seed}


def _looked_at(seen: FaceObservation | None, reference: NDArray[np.float32], engine: Engine) -> tuple[float, str]:
    """The cosine to the other picture, and why it would not be enrolled (empty: it would)."""
    if seen is None:
        return -1.0, "NO_FACE"
    (template,) = engine.face_embedder.embed([seen])
    cosine, fault = float(template.vector @ reference), reject(seen)
    if fault is not None:
        return cosine, fault.reason
    limits = limits_of(engine.face_embedder)
    (hidden,) = find_hidden([seen], [template], engine.face_embedder)
    return cosine, "FACE_COVERED" if limits is not None and is_covered(hidden, limits) else ""


def _summed(answers: list[tuple[float, str]]) -> dict[str, float]:
    cosines, faults = np.array([cosine for cosine, _ in answers]), [fault for _, fault in answers]
    lost = [fault for cosine, fault in answers if cosine <= RECOGNISED]
    return {
        "pictures": len(answers),
        "median_cosine": round(float(np.median(cosines)), 3),
        "recognised": round(float(np.mean(cosines > RECOGNISED)), 3),
        "not_enrolled": round(float(np.mean([bool(fault) for fault in faults])), 3),
        "not_recognised": len(lost),
        "of_these_not_enrolled": sum(bool(fault) for fault in lost),
    }


def _read(path: Path) -> Image:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise ClipRejected(f"{path.name} cannot be read")
    return np.asarray(picture, np.uint8)


def _covered(picture: Image, seen: FaceObservation, draw: Draw, chance: np.random.Generator) -> Image:
    skin = np.median(seen.aligned[60:80, 30:80].reshape(-1, 3), axis=0).astype(np.float32)
    colour, alpha = draw(chance, skin)
    colour = colour + chance.normal(0, 4, (SIDE, SIDE, 1)).astype(np.float32)
    back = cv2.invertAffineTransform(similarity(seen.landmarks, TEMPLATE_112 * 4))
    size = (picture.shape[1], picture.shape[0])
    painted = cv2.warpAffine(colour.clip(0, 255), back, size, flags=cv2.INTER_AREA)
    weight = cv2.warpAffine(cv2.GaussianBlur(alpha, (0, 0), 2), back, size, flags=cv2.INTER_AREA)[..., None]
    return np.asarray((picture * (1 - weight) + painted * weight).clip(0, 255), np.uint8)


# --------------------------------------------------------------------------- what is drawn


def _blank(colour: Any = 0.0) -> Layer:
    return np.zeros((SIDE, SIDE, 3), np.float32) + np.asarray(colour, np.float32), np.zeros((SIDE, SIDE), np.float32)


def _microphone(radius: tuple[int, int], height: tuple[int, int]) -> Draw:
    """A ball of foam on a stick, from below."""

    def draw(chance: np.random.Generator, skin: NDArray[np.float32]) -> Layer:  # noqa: ARG001 - all look alike
        colour, alpha = _blank(chance.choice([20, 40, 70]))
        across, down = 224 + int(chance.integers(-30, 30)), int(chance.integers(*height))
        size = int(chance.integers(*radius))
        cv2.ellipse(alpha, (across, down), (size, round(1.1 * size)), 0, 0, 360, 1.0, -1)
        cv2.rectangle(alpha, (across - 25, down), (across + 25, SIDE - 1), 1.0, -1)
        rows, columns = np.mgrid[:SIDE, :SIDE]
        light = 60 * np.clip(1 - np.hypot(columns - across + 20, rows - down + 20) / size, 0, 1)
        return colour + light[..., None].astype(np.float32), alpha

    return draw


def _glasses(chance: np.random.Generator, skin: NDArray[np.float32]) -> Layer:  # noqa: ARG001 - all look alike
    return _blank(chance.choice([10, 25, 45]))[0], _rims(-1)


def _spectacles(chance: np.random.Generator, skin: NDArray[np.float32]) -> Layer:  # noqa: ARG001 - all look alike
    return _blank(chance.choice([15, 60, 120]))[0], _rims(9)


def _rims(thickness: int) -> NDArray[np.float32]:
    alpha = _blank()[1]
    for across in (153, 294):
        cv2.ellipse(alpha, (across, 212), (62, 48), 0, 0, 360, 1.0, thickness)
    for one, other in (((215, 205), (232, 205)), ((91, 205), (20, 195)), ((356, 205), (428, 195))):
        cv2.line(alpha, one, other, 1.0, 9)
    return alpha


def _mask(chance: np.random.Generator, skin: NDArray[np.float32]) -> Layer:  # noqa: ARG001 - all look alike
    colour, alpha = _blank([[120, 160, 200], [230, 230, 230], [20, 20, 20]][int(chance.integers(3))])
    cv2.fillPoly(alpha, [np.array([[90, 270], [224, 235], [358, 270], [345, 400], [224, 447], [103, 400]])], 1.0)
    for row in (300, 330, 360):
        colour[row : row + 3] *= 0.85
    return colour, alpha


def _hand_on_mouth(chance: np.random.Generator, skin: NDArray[np.float32]) -> Layer:
    colour, alpha = _blank(skin)
    for finger in range(4):
        row, left = 330 + 30 * finger, int(chance.integers(120, 160))
        cv2.line(alpha, (left, row), (SIDE, row + int(chance.integers(10, 50))), 1.0, 28)
        cv2.line(colour, (left, row + 15), (SIDE, row + 40), (0.75 * skin).tolist(), 3)
    return colour, alpha


def _hand_on_half(chance: np.random.Generator, skin: NDArray[np.float32]) -> Layer:
    colour, alpha = _blank(skin)
    for finger in range(4):
        column = 270 + 45 * finger
        cv2.line(alpha, (column, int(chance.integers(120, 170))), (column + 20, SIDE), 1.0, 42)
        cv2.line(colour, (column + 22, 150), (column + 42, SIDE), (0.75 * skin).tolist(), 3)
    return colour, alpha


def _caption(chance: np.random.Generator, skin: NDArray[np.float32]) -> Layer:  # noqa: ARG001 - all look alike
    colour, alpha = _blank([180, 20, 30])
    alpha[395:] = 1.0
    written = colour.astype(np.uint8)
    cv2.putText(written, "BREAKING NEWS", (10, 435), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255, 255, 255), 4)
    return written.astype(np.float32), alpha


COVERS: dict[str, Draw] = {
    "microphone at the chin": _microphone((60, 85), (370, 400)),
    "microphone over the mouth": _microphone((85, 110), (345, 370)),
    "mask": _mask,
    "dark glasses": _glasses,
    "spectacles": _spectacles,
    "hand on the mouth": _hand_on_mouth,
    "hand on one half": _hand_on_half,
    "caption over the chin": _caption,
}
