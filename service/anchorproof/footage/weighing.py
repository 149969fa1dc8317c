"""A match's measurements -> LLR that it is one; an outcome -> LLR on authenticity. The numbers come from a fit."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from anchorproof.errors import CalibrationUnavailable
from anchorproof.footage.outcomes import Limits
from anchorproof.footage.photographs import MODEL_ID as PHOTOGRAPHS
from anchorproof.footage.photographs import PhotographCalibration
from anchorproof.footage.store import METHOD
from anchorproof.footage.stretches import Stretch
from anchorproof.types import (
    Component,
    Evidence,
    FootageFindings,
    FootageMatch,
    FootageOutcome,
    Question,
    TimedLLR,
)

MODEL_ID = "footage-1"
#: Our footage clears a clip only when it covers this much of it.
CLEARING_SHARE = 0.9


#: Fewer pictures (half a second apart) cannot show whether they change alike: a nod looks like any other nod.
FEWEST_PICTURES = 4


@dataclass(frozen=True, slots=True)
class Affine:
    """LLR = offset + weights . measurements, within bounds that the fit's trials support."""

    weights: tuple[float, ...]
    offset: float
    llr_bounds: tuple[float, float]

    def llr(self, measurements: Sequence[float]) -> float:
        low, high = self.llr_bounds
        value = self.offset + sum(w * x for w, x in zip(self.weights, measurements, strict=True))
        return min(high, max(low, value))


@dataclass(frozen=True, slots=True)
class MatchCalibration:
    """What turns measurements into LLRs; ``threshold_llr`` is where a match is called one.

    ``outcome_llrs`` are on authenticity, by outcome, for matches with retained references; ``without_references``
    those where only fingerprints could be compared.
    """

    calibration_id: str
    sha256: str
    picture: Affine
    sound: Affine
    threshold_llr: float
    false_match_rate: float
    limits: Limits
    outcome_llrs: Mapping[FootageOutcome, float]
    without_references: Mapping[FootageOutcome, float]

    def match_llr(self, stretches: Sequence[Stretch]) -> float:
        """LLR of "from this programme" for the strongest of its stretches, by picture or by sound.

        Both are of one recording, so they are not added.
        """
        return max(self.stretch_llr(stretch) for stretch in stretches)

    def stretch_llr(self, stretch: Stretch) -> float:
        llrs = []
        if stretch.picture is not None and len(stretch.picture.bits) >= FEWEST_PICTURES:
            llrs.append(self.picture.llr(picture_measurements(stretch)))
        if stretch.sound is not None and len(stretch.sound.share) >= 4:
            llrs.append(self.sound.llr(sound_measurements(stretch)))
        return max(llrs, default=self.picture.llr_bounds[0])

    def component(self) -> Component:
        return Component("calibration", self.calibration_id, MODEL_ID, self.sha256)


def picture_measurements(stretch: Stretch) -> tuple[float, float, float]:
    """Median bits apart, agreement of what changes, and that times log2 of the number of pictures."""
    assert stretch.picture is not None
    picture = stretch.picture
    return float(np.median(picture.bits)), picture.agreement, picture.agreement * math.log2(min(64, len(picture.bits)))


def sound_measurements(stretch: Stretch) -> tuple[float, float]:
    """Mean share of differing bits, and log2 of the number of items."""
    assert stretch.sound is not None
    return float(np.mean(stretch.sound.share)), math.log2(min(256, len(stretch.sound.share)))


def load_calibration() -> MatchCalibration:
    """The packaged fit.

    Raises:
        CalibrationUnavailable: missing, damaged, or fitted for other fingerprints.
    """
    try:
        content = (files("anchorproof.models") / "footage" / "calibration.json").read_bytes()
        raw = json.loads(content)
        if raw["method"] != METHOD:
            raise CalibrationUnavailable("the footage calibration was fitted for other fingerprints")
        return MatchCalibration(
            calibration_id=str(raw["calibration_id"]),
            sha256=hashlib.sha256(content).hexdigest(),
            picture=_affine(raw["picture"]),
            sound=_affine(raw["sound"]),
            threshold_llr=float(raw["threshold_llr"]),
            false_match_rate=float(raw["false_match_rate"]),
            limits=Limits(**raw["limits"]),
            outcome_llrs=_by_outcome(raw["outcome_llrs"]),
            without_references=_by_outcome(raw["without_references"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CalibrationUnavailable("the footage calibration is missing or damaged") from error


def _affine(raw: Mapping[str, object]) -> Affine:
    weights, (low, high) = raw["weights"], raw["llr_bounds"]  # type: ignore[misc]
    return Affine(tuple(map(float, weights)), float(raw["offset"]), (float(low), float(high)))  # type: ignore


def _by_outcome(raw: Mapping[str, float]) -> dict[FootageOutcome, float]:
    return {FootageOutcome(name): float(llr) for name, llr in raw.items()}


# --------------------------------------------------------------------------- evidence on authenticity


def weigh(
    findings: FootageFindings, duration_s: float, calibration: MatchCalibration, photographs: PhotographCalibration
) -> list[Evidence]:
    """One piece of evidence per match whose outcome speaks about authenticity.

    An unchanged match clears only what it covers: a clip that is ours to less than ``CLEARING_SHARE`` is not cleared.
    Cuts, captions and mirroring say nothing here: how often genuine re-uploads are cut is not known.
    """
    evidence = []
    for match in findings.matches:
        table = calibration.outcome_llrs if match.by_references else calibration.without_references
        is_photograph = match.outcome is FootageOutcome.PHOTOGRAPH_ANIMATED
        llr = photographs.spoof_llr if is_photograph else table.get(match.outcome, 0.0)
        if llr == 0.0 or (llr < 0 and covered_share(match, duration_s) < CLEARING_SHARE):
            continue
        spans = [stretch.clip for stretch in match.stretches]
        evidence.append(
            Evidence(
                source="footage",
                question=Question.AUTHENTICITY,
                llr=llr,
                raw_score=match.llr,
                model_id=PHOTOGRAPHS if is_photograph else MODEL_ID,
                calibration_id=photographs.calibration_id if is_photograph else calibration.calibration_id,
                subject=match.programme_id,
                span=type(spans[0])(min(span.start_s for span in spans), max(span.end_s for span in spans)),
                timeline=tuple(TimedLLR(span, llr) for span in spans),
            )
        )
    return evidence


def covered_share(match: FootageMatch, duration_s: float) -> float:
    """Share of the clip that this programme's picture (or sound, where that is all) covers."""
    return min(1.0, sum(stretch.clip.duration_s for stretch in match.stretches) / max(duration_s, 1e-6))
