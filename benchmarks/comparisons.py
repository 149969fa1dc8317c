"""Two templates compared as the service compares a probe with what is enrolled."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from anchorproof.engine import Engine
from anchorproof.errors import CalibrationUnavailable
from anchorproof.types import Acoustics, Vector
from benchmarks.steps import Answer, unscored


def compared(references: Sequence[Answer], probe: Answer, engine: Engine) -> Answer:
    """Score and same-person LLR of the probe against the mean of the references, or the first reason why there is none.

    The score is normalised by the model's cohort where it has one, and mapped at the quality of the weakest side and at
    the acoustics of both.

    Args:
        references, probe: answers of ``steps.EmbedTask``.
    """
    sides = (*references, probe)
    for side in sides:
        if "template" not in side:
            return unscored(side["reason"], side.get("message", ""))
    mean = np.mean([_vector(side) for side in references], axis=0)
    mean = np.asarray(mean / (np.linalg.norm(mean) or 1.0), np.float32)
    cohort = engine.cohort(probe["model_id"])
    score = cohort.score(mean, _vector(probe)) if cohort else float(mean @ _vector(probe))
    try:
        enrolled, heard = _acoustics(references), _acoustics([probe])
        both = (enrolled, heard) if enrolled and heard else None
        quality = min(side["quality"] for side in sides)
        llr = engine.identity_map(probe["model_id"]).llr(score, quality, both)
    except CalibrationUnavailable as error:
        return unscored(error.reason, str(error)) | {"score": score}
    return {"score": score, "llr": llr, "decision": "", "reason": ""}


def _acoustics(sides: Sequence[Answer]) -> Acoustics | None:
    """The mean of all, where all are known."""
    known = [side["acoustics"] for side in sides if "acoustics" in side]
    return Acoustics(*np.mean(known, axis=0).tolist()) if len(known) == len(sides) else None


def _vector(side: Answer) -> Vector:
    return np.frombuffer(base64.b64decode(side["template"]), "<f4").astype(np.float32)
