"""Fits how matches of our own footage are weighed, from the answers of ``python -m benchmarks footage``.

Trials are split by the source (repository) of the clip: every figure is for sources that the fit did not see. A true
trial is the longest stretch that a query found in its own programme, a false one every stretch found elsewhere, so that
false trials are the best of all the archive, as a user would meet them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from anchorproof.footage.outcomes import LIMITS, Limits, Traits, outcomes
from anchorproof.footage.store import METHOD
from anchorproof.footage.weighing import FEWEST_PICTURES
from anchorproof.types import FootageOutcome as Outcome

Answer = Mapping[str, Any]
#: What must be told apart; copies that are only recoded, cropped, sped up or marked with a logo are ``unchanged``.
CLASSES = ("other_sound", "mouth_changed", "face_changed", "recut", "recaptioned", "unchanged")
SPOOFS = ("other_sound", "mouth_changed", "face_changed")
#: False matches per query that are tolerated.
FALSE_MATCHES = 0.001
#: Odds of 3 : 1.
LOWEST_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """Measurements of one stretch; ``source`` is what it is left out with."""

    values: tuple[float, ...]
    is_true: bool
    source: str
    query: str


# --------------------------------------------------------------------------- is it a match


def picture_trials(answers: Mapping[str, Answer]) -> list[Trial]:
    """Bits, agreement, agreement x log2 n (``footage.weighing.picture_measurements``)."""

    def values(part: Answer) -> tuple[float, ...] | None:
        if part["bits"] is None or part["pictures"] < FEWEST_PICTURES:
            return None
        return part["bits"], part["agreement"], part["agreement"] * math.log2(min(64, part["pictures"]))

    return _trials(answers, values)


def sound_trials(answers: Mapping[str, Answer]) -> list[Trial]:
    """Share of differing bits, log2 n (``footage.weighing.sound_measurements``); stretches found by their sound.

    Sound along a picture's line counts as false where the sound was replaced.
    """

    def values(part: Answer) -> tuple[float, ...] | None:
        if part["share"] is None or part["items"] < 4:
            return None
        return part["share"], math.log2(min(256, part["items"]))

    return _trials(answers, values, own_sound_only=True)


def _trials(
    answers: Mapping[str, Answer],
    values: Callable[[Answer], tuple[float, ...] | None],
    own_sound_only: bool = False,
) -> list[Trial]:
    trials = []
    for key, answer in answers.items():
        known = [(part, values(part)) for part in answer["stretches"] if part["programme"] != answer["foreign"]]
        own = [(part, found) for part, found in known if part["own"] and found is not None]
        if own and not (own_sound_only and answer["outcome"] in ("other_sound", "mouth_changed")):
            _, found = max(own, key=lambda item: item[0]["clip"][1] - item[0]["clip"][0])
            trials.append(Trial(found, True, answer["source"], key))
        for part, found in known:
            if not part["own"] and found is not None:
                trials.append(Trial(found, False, answer["source"], key))
    return trials


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights and offset of base 10 LLRs, with the bounds that so many trials support."""

    weights: tuple[float, ...]
    offset: float
    llr_bounds: tuple[float, float]

    def llrs(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(values @ np.array(self.weights) + self.offset, *self.llr_bounds)


def fit(trials: Sequence[Trial]) -> Fit:
    """Logistic regression with both sides weighing the same, so that its log odds are LLRs.

    Raises:
        ValueError: one side has no trials.
    """
    values = np.array([trial.values for trial in trials])
    truth = np.array([trial.is_true for trial in trials])
    count_true, count_false = int(truth.sum()), int((~truth).sum())
    if not count_true or not count_false:
        raise ValueError(f"both sides need trials; got {count_true} true and {count_false} false")
    scale = values.std(axis=0) + 1e-9
    model = LogisticRegression(class_weight="balanced", C=1.0, max_iter=1000).fit(values / scale, truth)
    weights = model.coef_[0] / scale / math.log(10)
    bounds = -math.log10(count_true + 1), math.log10(count_false + 1)
    return Fit(tuple(map(float, weights)), float(model.intercept_[0]) / math.log(10), bounds)


def left_out_llrs(trials: Sequence[Trial]) -> NDArray[np.float64]:
    """Each trial's LLR by a fit that saw nothing of its source, bounded as that fit is."""
    sources = np.array([trial.source for trial in trials])
    values = np.array([trial.values for trial in trials])
    llrs = np.empty(len(trials))
    for source in np.unique(sources):
        inside = sources == source
        llrs[inside] = fit([trial for trial, out in zip(trials, inside, strict=True) if not out]).llrs(values[inside])
    return llrs


def threshold(trials: Sequence[Sequence[Trial]], llrs: Sequence[NDArray[np.float64]], queries: int) -> float:
    """The lowest LLR at which no more than ``FALSE_MATCHES`` of all queries have a false match (left-out LLRs).

    Half a tenth is added: with few queries the strictest of them would set it exactly. It is never below
    ``LOWEST_THRESHOLD``: few queries with no false match at all do not show that there are none.
    """
    worst: dict[str, float] = {}
    for kind, found in zip(trials, llrs, strict=True):
        for trial, llr in zip(kind, found, strict=True):
            if not trial.is_true:
                worst[trial.query] = max(worst.get(trial.query, -math.inf), float(llr))
    ranked = sorted(worst.values(), reverse=True)
    tolerated = int(FALSE_MATCHES * queries)
    return max(LOWEST_THRESHOLD, (ranked[tolerated] if len(ranked) > tolerated else 0.0) + 0.05)


# --------------------------------------------------------------------------- what was changed


def compared(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """Answers whose outcome is known and was measured with references; only clips with sound tell sounds apart."""
    return {
        key: answer
        for key, answer in answers.items()
        if answer["by_references"] and answer["outcome"] in CLASSES and answer.get("traits") and answer.get("moments")
    }


def traits_of(answer: Answer, with_references: bool = True) -> Traits:
    found = Traits(**answer["traits"])
    if with_references:
        return found
    return replace(found, mouth=None, face=None, outside=None, overlay=None, overlay_width=None)


def told(answer: Answer, limits: Limits, with_references: bool = True) -> str:
    """The class that the outcome is: harmless ones count as unchanged."""
    gravest = outcomes(traits_of(answer, with_references), limits)[0]
    harmless = (Outcome.UNCHANGED, Outcome.SAME_PICTURE, Outcome.MIRRORED)
    return "unchanged" if gravest in harmless else gravest.value


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Mean F1 over the classes that occur."""
    return float(np.mean([f1(truth, predicted, name) for name in CLASSES if name in truth]))


def f1(truth: Sequence[str], predicted: Sequence[str], name: str) -> float:
    hits = sum(one == other == name for one, other in zip(truth, predicted, strict=True))
    total = sum(one == name for one in truth) + sum(other == name for other in predicted)
    return 2 * hits / total if total else 0.0


def fit_limits(answers: Iterable[Answer]) -> Limits:
    """The limits of a small grid with the best macro-F1; of equals the first."""
    known = list(answers)
    truth = [answer["outcome"] for answer in known]
    grid = itertools.product(
        (0.02, 0.03, 0.04, 0.06, 0.1), (0.02, 0.04, 0.06, 0.1, 0.15), (2.0, 3.0, 4.0, 5.0), (0.3, 0.4, 0.5, 0.6)
    )
    candidates = [LIMITS, *(Limits(*cell[:3], LIMITS.overlay, cell[3]) for cell in grid)]
    return max(candidates, key=lambda limits: macro_f1(truth, [told(answer, limits) for answer in known]))


def left_out_outcomes(answers: Mapping[str, Answer], with_references: bool = True) -> dict[str, str]:
    """Each answer's outcome by limits fitted on other sources."""
    found: dict[str, str] = {}
    for source in sorted({answer["source"] for answer in answers.values()}):
        limits = fit_limits(answer for answer in answers.values() if answer["source"] != source)
        inside = {key: answer for key, answer in answers.items() if answer["source"] == source}
        found |= {key: told(answer, limits, with_references) for key, answer in inside.items()}
    return found


def outcome_llrs(answers: Mapping[str, Answer], predicted: Mapping[str, str]) -> dict[str, float]:
    """log10 of P(outcome | forged) / P(outcome | harmless), half a count added to each cell.

    Forged: re-voiced, new mouth, new face, each kind weighing the same; harmless: the unchanged and the recaptioned.
    """
    table = {}
    for name in ("unchanged", *SPOOFS):
        rates = [_rate(answers, predicted, name, (kind,)) for kind in SPOOFS]
        harmless = _rate(answers, predicted, name, ("unchanged", "recaptioned"))
        table[name] = float(np.log10(np.mean(rates) / harmless))
    table["same_picture"] = max(table["unchanged"], -0.3)  # without sound, half of what a forger may change is unseen
    return table


def _rate(answers: Mapping[str, Answer], predicted: Mapping[str, str], name: str, kinds: Sequence[str]) -> float:
    keys = [key for key, answer in answers.items() if answer["outcome"] in kinds]
    return (sum(predicted[key] == name for key in keys) + 0.5) / (len(keys) + 1)


# --------------------------------------------------------------------------- the file


def calibration(answers: Mapping[str, Answer], date: str) -> dict[str, Any]:
    """The content of ``models/footage/calibration.json``."""
    pictures, sounds = picture_trials(answers), sound_trials(answers)
    llrs = [left_out_llrs(pictures), left_out_llrs(sounds)]
    limit = threshold((pictures, sounds), llrs, len(answers))
    known = compared(answers)
    with_sound = {key: answer for key, answer in known.items() if answer["has_sound"]}
    return {
        "calibration_id": f"footage-{date}",
        "method": METHOD,
        "fitted_on": {
            "queries": len(answers),
            "compared": len(known),
            "false_matches": sum(
                any(not trial.is_true and llr >= limit for trial, llr in zip(kind, found, strict=True))
                for kind, found in zip((pictures, sounds), llrs, strict=True)
            ),
            "sources": len({answer["source"] for answer in answers.values()}),
            "true_pictures": sum(trial.is_true for trial in pictures),
            "false_pictures": sum(not trial.is_true for trial in pictures),
            "true_sounds": sum(trial.is_true for trial in sounds),
            "false_sounds": sum(not trial.is_true for trial in sounds),
        },
        "picture": asdict(fit(pictures)),
        "sound": asdict(fit(sounds)),
        "threshold_llr": round(limit, 3),
        "false_match_rate": FALSE_MATCHES,
        "limits": asdict(fit_limits(known.values())),
        "outcome_llrs": outcome_llrs(with_sound, left_out_outcomes(with_sound)),
        "without_references": outcome_llrs(with_sound, left_out_outcomes(with_sound, with_references=False)),
    }
