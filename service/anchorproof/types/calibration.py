"""Maps from a model's raw score to an LLR: what a score is worth, and how far its calibration data support that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from anchorproof.types.people import Acoustics
from anchorproof.types.questions import Question

#: In which ways two recordings' acoustics matter: how far one is worse than the other, and how bad both are.
ACOUSTIC_TERMS = ("apart_fall", "apart_band", "common_fall", "common_band")


@dataclass(frozen=True, slots=True)
class CalibrationKnot:
    """The affine map, and its bounds, for material of one quality (see ``Template.quality``)."""

    quality: float
    slope: float
    offset: float
    llr_bounds: tuple[float, float]

    def __post_init__(self) -> None:
        _check_bounds(self.llr_bounds)
        if self.quality <= 0:
            raise ValueError(f"a knot's quality must be positive; got {self.quality}")


@dataclass(frozen=True, slots=True)
class AcousticTerm:
    """What one of ``ACOUSTIC_TERMS`` adds to slope and offset at its full share, and the bounds that hold there."""

    name: str
    slope: float
    offset: float
    llr_bounds: tuple[float, float]

    def __post_init__(self) -> None:
        _check_bounds(self.llr_bounds)
        if self.name not in ACOUSTIC_TERMS:
            raise ValueError(f"a term must be one of {', '.join(ACOUSTIC_TERMS)}; got {self.name!r}")


@dataclass(frozen=True, slots=True)
class AcousticMap:
    """The map for two voices whose acoustics are known.

    ``knots`` hold it for recordings that are alike and clean; each of ``terms`` is added in proportion to its share. A
    recording's own shares of echo or noise and of a narrow band rise from 0 to 1 between the two values of ``fall_db``
    and of ``band_db`` (see :class:`Acoustics`).
    """

    fall_db: tuple[float, float]
    band_db: tuple[float, float]
    knots: tuple[CalibrationKnot, ...]
    terms: tuple[AcousticTerm, ...]

    def __post_init__(self) -> None:
        _check_knots(self.knots)
        if not self.knots or self.fall_db[0] >= self.fall_db[1] or self.band_db[0] >= self.band_db[1]:
            raise ValueError("an acoustic map needs knots, and shares that rise")
        if [term.name for term in self.terms] != list(ACOUSTIC_TERMS):
            raise ValueError(f"an acoustic map needs the terms {', '.join(ACOUSTIC_TERMS)}, in this order")
        apart_fall, apart_band, common_fall, common_band = (term.slope for term in self.terms)
        lowest = min(0.0, apart_fall, common_fall) + min(0.0, apart_band, common_band)
        if min(knot.slope for knot in self.knots) + lowest <= 0:
            raise ValueError("an acoustic map must rise with the score for all recordings")

    def shares(self, one: Acoustics, other: Acoustics) -> Mapping[str, float]:
        """How much each term counts for two recordings, in [0, 1]."""
        fall = [_rise(side.fall_db, self.fall_db) for side in (one, other)]
        band = [_rise(side.band_db, self.band_db) for side in (one, other)]
        values = (abs(fall[0] - fall[1]), abs(band[0] - band[1]), min(fall), min(band))
        return dict(zip(ACOUSTIC_TERMS, values, strict=True))

    def llr(self, score: float, quality: float, one: Acoustics, other: Acoustics) -> float:
        slope, offset, (low, high) = _at(self.knots, quality)
        clean, shares = (low, high), self.shares(one, other)
        for term in self.terms:
            share = shares[term.name]
            slope, offset = slope + share * term.slope, offset + share * term.offset
            low = max(low, clean[0] + share * max(0.0, term.llr_bounds[0] - clean[0]))
            high = min(high, clean[1] + share * min(0.0, term.llr_bounds[1] - clean[1]))
        return min(high, max(low, slope * score + offset))


@dataclass(frozen=True, slots=True)
class CalibrationMap:
    """Affine map from one model's raw score to an LLR, with the bounds its fit supports.

    A negative slope is normal: it means the raw score grows with H2. The map holds only for the model file
    (``model_sha256``) and the preprocessing it was fitted with.

    Where what a score is worth depends on the quality of the material, ``knots`` hold the map at some qualities,
    rising; between them slope, offset and bounds go in straight lines over the quality's logarithm, beyond them they
    stay. ``acoustics`` is used instead for two voices whose acoustics are known.

    ``h2_tail`` are ``(score, share of H2 trials that score at least this)``, shares falling; empty: not known.
    """

    calibration_id: str
    model_id: str
    model_sha256: str
    preprocessing: str
    question: Question
    slope: float
    offset: float
    llr_bounds: tuple[float, float]
    knots: tuple[CalibrationKnot, ...] = ()
    h2_tail: tuple[tuple[float, float], ...] = ()
    acoustics: AcousticMap | None = None

    def __post_init__(self) -> None:
        _check_bounds(self.llr_bounds)
        _check_knots(self.knots)

    def llr(
        self, score: float, quality: float | None = None, acoustics: tuple[Acoustics, Acoustics] | None = None
    ) -> float:
        """``quality`` None, or a map without knots: the map that holds for all qualities together.

        ``acoustics`` of both sides; None: one of them is not known, or they do not matter.
        """
        if self.acoustics is not None and acoustics is not None and quality is not None:
            return self.acoustics.llr(score, quality, *acoustics)
        if quality is None or not self.knots:
            slope, offset, (low, high) = self.slope, self.offset, self.llr_bounds
        else:
            slope, offset, (low, high) = _at(self.knots, quality)
        return min(high, max(low, slope * score + offset))

    def h2_share(self, score: float) -> float | None:
        """How often different people score at least this, by the trials it was measured on; None: not known.

        Below the first score noted it is 1, above the last one the last share: a bound on what was seen, no guess.
        """
        if not self.h2_tail:
            return None
        share = 1.0
        for (before, high), (after, low) in pairwise(((-math.inf, 1.0), *self.h2_tail)):
            if score < after:
                if math.isinf(before):
                    return share
                part = (score - before) / (after - before)
                return math.exp(math.log(high) + part * (math.log(low) - math.log(high)))
            share = low
        return share


def _at(knots: Sequence[CalibrationKnot], quality: float) -> tuple[float, float, tuple[float, float]]:
    """Slope, offset and bounds for one quality."""
    below = [knot for knot in knots if knot.quality <= quality]
    above = [knot for knot in knots if knot.quality > quality]
    if not below or not above:
        knot = below[-1] if below else above[0]
        return knot.slope, knot.offset, knot.llr_bounds
    one, other = below[-1], above[0]
    share = math.log(quality / one.quality) / math.log(other.quality / one.quality)

    def between(first: float, second: float) -> float:
        return first + share * (second - first)

    bounds = (between(one.llr_bounds[0], other.llr_bounds[0]), between(one.llr_bounds[1], other.llr_bounds[1]))
    return between(one.slope, other.slope), between(one.offset, other.offset), bounds


def _rise(value: float, edges: tuple[float, float]) -> float:
    """From 0 at the first edge to 1 at the second."""
    return min(1.0, max(0.0, (value - edges[0]) / (edges[1] - edges[0])))


def _check_knots(knots: Sequence[CalibrationKnot]) -> None:
    qualities = [knot.quality for knot in knots]
    if qualities != sorted(set(qualities)):
        raise ValueError(f"knots must have rising qualities; got {qualities}")


def _check_bounds(llr_bounds: tuple[float, float]) -> None:
    low, high = llr_bounds
    if not low <= 0 <= high:
        raise ValueError(f"LLR bounds must enclose 0; got [{low}, {high}]")
