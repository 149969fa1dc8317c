"""Maps that depend on the material: on its quality, and for voices on the acoustics of both recordings."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from anchorproof.types.calibration import ACOUSTIC_TERMS, CalibrationMap
from calibration.fit import (
    SLOPE_PRIOR_SD,
    Affine,
    FitRefused,
    balanced_weights,
    centre_and_scale,
    cross_validated,
    effective_trials,
    fit_affine,
    supported_bounds,
)
from calibration.metrics import Floats
from calibration.trials import Trials

#: Qualities at which the map of a task's models is fitted: pixels between the eyes; seconds of speech.
#: A detector's tables may have a quality too (an output ``quality`` of its network); no shipped one has.
KNOTS: dict[str, tuple[float, ...]] = {
    "face_template": (10.0, 16.0, 30.0),
    "voice_template": (1.0, 2.0, 4.0, 10.0),
    "audio_detector": (0.25, 0.5, 1.0),
}
#: Where a recording begins to count as echoing or noisy, and as narrow, and where it fully does (see
#: ``anchorproof.types.Acoustics``). Medians in ``calibration/scores/ge2e-1.csv``: clean speech -12 dB and 15 dB; with
#: half a second of echo -4.9 dB, with noise 12 dB below it -6.5 dB; through a telephone 45 dB.
FALL_DB, BAND_DB = (-9.0, -5.0), (20.0, 40.0)
#: For its bounds, a term has the trials in which its share is this or more; those of no term are clean.
BELONGS = 0.5
#: Shares of different-people trials at which the tail is noted, as far as five trials lie beyond.
TAIL_SHARES = tuple(float(f"{lead}e-{power}") for power in range(1, 7) for lead in (5, 2, 1))
DIGITS = 6


class Fits(NamedTuple):
    """The map at each knot, and what each term adds to it."""

    knots: list[Affine]
    terms: list[Affine]


# --------------------------------------------------------------------------- quality


def quality_map(trials: Trials, knots: tuple[float, ...], seed: int) -> tuple[dict[str, Any], Floats]:
    """Slope, offset and bounds at each knot, and every trial's cross-validated LLR within the bounds of its quality.

    Bounds come from the trials nearest to the knot, and those of worse material never reach beyond better material's.
    """
    assert trials.quality is not None
    shares = knot_shares(trials.quality, knots)
    none = np.zeros((len(trials), 0))
    fits = fit_parts(trials, shares, none).knots
    llrs = cross_validated(
        trials,
        seed,
        lambda chosen, tested: _llrs(fit_parts(trials, shares, none, chosen), trials.scores, shares, none)[tested],
    )
    nearest = shares.argmax(axis=1)
    bounds = _never_beyond_better([_bounds_at(llrs, trials, nearest == place) for place in range(len(knots))])
    low, high = (shares @ np.array([bound[side] for bound in bounds]) for side in (0, 1))
    content = _knot_content(trials, knots, fits, bounds, nearest)
    # Rounded, for interpolated bounds that are equal but for the last bit are no different LLRs.
    return {"knots": content}, np.clip(llrs, low, high).round(9)


def refitted(map_: CalibrationMap, trials: Trials, chosen: NDArray[np.bool_]) -> CalibrationMap:
    """The map with the lines that ``chosen`` trials give, for its own knots and with its own bounds."""
    affine = fit_affine(trials, chosen)
    plain = replace(map_, slope=affine.slope, offset=affine.offset, knots=())
    if not map_.knots or trials.quality is None:
        return plain
    lines = fit_knots(trials, knot_shares(trials.quality, tuple(knot.quality for knot in map_.knots)), chosen)
    knots = (replace(knot, slope=line.slope, offset=line.offset) for knot, line in zip(map_.knots, lines, strict=True))
    return replace(plain, knots=tuple(knots))


def knot_shares(quality: Floats, knots: tuple[float, ...]) -> Floats:
    """How much each knot counts for each quality, ``(n, knots)``: straight lines over the logarithm, summing to 1."""
    at, places = np.log(np.clip(quality, knots[0], knots[-1])), np.log(np.array(knots))
    return np.stack([np.interp(at, places, row) for row in np.eye(len(knots))], axis=1)


# --------------------------------------------------------------------------- acoustics


def acoustic_map(trials: Trials, knots: tuple[float, ...], seed: int) -> tuple[dict[str, Any], Floats]:
    """As ``quality_map`` for clean and like recordings, and what echo, noise and a narrow band add.

    Raises:
        FitRefused: for some recordings the score would count against likeness.
    """
    assert trials.quality is not None
    assert trials.acoustics is not None
    shares, terms = knot_shares(trials.quality, knots), term_shares(trials.acoustics)
    fits = fit_parts(trials, shares, terms)
    llrs = cross_validated(
        trials,
        seed,
        lambda chosen, tested: _llrs(fit_parts(trials, shares, terms, chosen), trials.scores, shares, terms)[tested],
    )
    is_clean = terms.max(axis=1) < BELONGS
    nearest = np.where(is_clean, shares.argmax(axis=1), -1)
    bounds = _never_beyond_better([_bounds_at(llrs, trials, nearest == place) for place in range(len(knots))])
    term_bounds = [_bounds_at(llrs, trials, terms[:, place] >= BELONGS) for place in range(len(ACOUSTIC_TERMS))]
    content = {
        "fall_db": list(FALL_DB),
        "band_db": list(BAND_DB),
        "knots": _knot_content(trials, knots, fits.knots, bounds, nearest),
        "terms": [
            {
                "name": name,
                **_line_content(fit, bound),
                "trials": _counts(trials, terms[:, place] >= BELONGS),
            }
            for place, (name, fit, bound) in enumerate(zip(ACOUSTIC_TERMS, fits.terms, term_bounds, strict=True))
        ],
    }
    _check_rises(fits)
    return content, _within(llrs, shares, bounds, terms, term_bounds).round(9)


def term_shares(acoustics: Floats) -> Floats:
    """How much each of ``ACOUSTIC_TERMS`` counts, ``(n, 4)``, from ``(n, side, (fall_db, band_db))``."""
    edges = np.array([FALL_DB, BAND_DB])
    own = np.clip((acoustics - edges[:, 0]) / (edges[:, 1] - edges[:, 0]), 0, 1)
    apart, common = np.abs(own[:, 0] - own[:, 1]), own.min(axis=1)
    return np.concatenate([apart, common], axis=1)


def _within(
    llrs: Floats,
    shares: Floats,
    bounds: list[tuple[float, float]],
    terms: Floats,
    term_bounds: list[tuple[float, float]],
) -> Floats:
    """Clipped as ``AcousticMap.llr`` clips."""
    clean_low, clean_high = (shares @ np.array([bound[side] for bound in bounds]) for side in (0, 1))
    low, high = clean_low.copy(), clean_high.copy()
    for share, (term_low, term_high) in zip(terms.T, term_bounds, strict=True):
        low = np.maximum(low, clean_low + share * np.maximum(0.0, term_low - clean_low))
        high = np.minimum(high, clean_high + share * np.minimum(0.0, term_high - clean_high))
    return np.clip(llrs, low, high)


def _check_rises(fits: Fits) -> None:
    apart_fall, apart_band, common_fall, common_band = (fit.slope for fit in fits.terms)
    lowest = min(0.0, apart_fall, common_fall) + min(0.0, apart_band, common_band)
    if min(fit.slope for fit in fits.knots) + lowest <= 0:
        raise FitRefused(
            "for some recordings a higher score would mean less likeness: add trials of such recordings, or leave the "
            "acoustics' columns out"
        )


# --------------------------------------------------------------------------- the regression


def fit_knots(trials: Trials, shares: Floats, chosen: NDArray[np.bool_] | None = None) -> list[Affine]:
    """One logistic regression for all knots together; each is pulled to the plain map as far as it has few trials."""
    return fit_parts(trials, shares, np.zeros((len(trials), 0)), chosen).knots


def fit_parts(trials: Trials, shares: Floats, terms: Floats, chosen: NDArray[np.bool_] | None = None) -> Fits:
    """The same, with what each of ``terms`` ``(n, terms)`` adds at share 1; that is pulled to nothing."""
    chosen = np.ones(len(trials), bool) if chosen is None else chosen
    plain = fit_affine(trials, chosen)
    scores, is_h1 = trials.scores[chosen], trials.is_h1[chosen]
    weights = balanced_weights(trials)[chosen]
    centre, scale = centre_and_scale(scores, is_h1, weights)
    mass = sum(effective_trials(trials, side, chosen) for side in (True, False))
    for side in (True, False):
        weights[is_h1 == side] *= mass / 2 / weights[is_h1 == side].sum()
    unit = (scores - centre) / scale
    base = np.array([plain.slope * scale, plain.slope * centre + plain.offset]) * math.log(10)
    columns = np.hstack([shares, terms])[chosen]
    parts = np.hstack([columns * unit[:, None], columns])
    of_knots = np.repeat([1.0, 0.0], [shares.shape[1], terms.shape[1]])
    start = np.concatenate([of_knots * base[0], of_knots * base[1]])

    def loss(move: Floats) -> tuple[float, Floats]:
        z = parts @ (start + move)
        miss = np.logaddexp(0, np.where(is_h1, -z, z))
        slope = (expit(z) - is_h1) * weights
        return float(weights @ miss + move @ move / (2 * SLOPE_PRIOR_SD**2)), parts.T @ slope + move / SLOPE_PRIOR_SD**2

    found = start + minimize(loss, np.zeros_like(start), jac=True, method="L-BFGS-B").x
    slopes, offsets = np.split(found / math.log(10), 2)
    lines = [
        Affine(float(slope) / scale, float(offset) - float(slope) / scale * centre)
        for slope, offset in zip(slopes, offsets, strict=True)
    ]
    return Fits(lines[: shares.shape[1]], lines[shares.shape[1] :])


def _llrs(fits: Fits, scores: Floats, shares: Floats, terms: Floats) -> Floats:
    lines, columns = [*fits.knots, *fits.terms], np.hstack([shares, terms])
    slopes, offsets = np.array([fit.slope for fit in lines]), np.array([fit.offset for fit in lines])
    return np.asarray((columns @ slopes) * scores + columns @ offsets, np.float64)


# --------------------------------------------------------------------------- bounds and content


def tail(h2_scores: Floats) -> list[list[float]]:
    """Scores that given shares of the different-people trials reach, for the rate of false alarms in a search."""
    count = len(h2_scores)
    ordered = np.sort(h2_scores)
    shares = [share for share in TAIL_SHARES if share * count >= 5]
    return [[round(float(ordered[count - max(1, round(share * count))]), 4), share] for share in shares]


def rounded_bound(bound: float) -> float:
    """Rounded towards 0: a bound never claims more than was found."""
    return math.trunc(bound * 10**4) / 10**4


def _bounds_at(llrs: Floats, trials: Trials, here: NDArray[np.bool_]) -> tuple[float, float]:
    sides = trials.is_h1[here]
    if sides.all() or not sides.any():
        return 0.0, 0.0
    part = Trials(trials.scores[here], sides, trials.clusters[here], trials.first[here], trials.second[here])
    return supported_bounds(llrs[here], part)


def _never_beyond_better(bounds: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Bounds of worse material, which come first, within those of better."""
    kept = list(bounds)
    for place in range(len(kept) - 2, -1, -1):
        low, high = kept[place + 1]
        kept[place] = (max(kept[place][0], low), min(kept[place][1], high))
    return kept


def _knot_content(
    trials: Trials,
    knots: tuple[float, ...],
    fits: list[Affine],
    bounds: list[tuple[float, float]],
    nearest: NDArray[np.intp],
) -> list[dict[str, Any]]:
    return [
        {"quality": quality, **_line_content(fit, bound), "trials": _counts(trials, nearest == place)}
        for place, (quality, fit, bound) in enumerate(zip(knots, fits, bounds, strict=True))
    ]


def _line_content(fit: Affine, bound: tuple[float, float]) -> dict[str, Any]:
    return {
        "slope": round(fit.slope, DIGITS),
        "offset": round(fit.offset, DIGITS),
        "llr_bounds": [rounded_bound(bound[0]), rounded_bound(bound[1])],
    }


def _counts(trials: Trials, here: NDArray[np.bool_]) -> dict[str, int]:
    return {name: int((here & (trials.is_h1 == side)).sum()) for name, side in (("h1", True), ("h2", False))}
