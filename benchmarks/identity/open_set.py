"""Open set: who of many enrolled is this, or nobody; and how several templates make one score."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.engine import Engine
from anchorproof.errors import ClipRejected
from anchorproof.faces.subject import find_subject
from anchorproof.faces.templates import FaceEmbedder
from anchorproof.identity.compare import BEST_REFERENCES, ReferenceSet, anchor_scores
from anchorproof.search import false_alarm_rate
from anchorproof.settings import Settings
from anchorproof.types import Reference, Template
from calibration.metrics import eer, tpr_at_fpr

Floats = NDArray[np.float64]
Pictures = dict[str, list[Template]]


def open_set(data: Path, identities: int, seed: int) -> dict[str, Any]:
    """Detection and identification at 1 % false alarms, and whether the rate that a search states is kept.

    One picture of each of ``identities`` people is enrolled, those of several pictures first; probes are their other
    pictures, and every picture of everybody else.
    """
    engine = Engine.load(Settings())
    pictures = read_pictures(data, engine, engine.face_embedder)
    order = np.random.default_rng(seed).permutation(sorted(pictures))
    several = [str(name) for name in order if len(pictures[name]) > 1]
    single = [str(name) for name in order if len(pictures[name]) == 1]
    enrolled = [*several, *single][:identities]
    strangers = [*several, *single][identities:]
    references = ReferenceSet.of(
        [Reference(name, name, pictures[name][0]) for name in enrolled], {name: name for name in enrolled}
    )
    mated = [(name, probe) for name in enrolled for probe in pictures[name][1:]]
    others = [probe for name in strangers for probe in pictures[name]]
    found = [(name, engine.compare(probe, references)) for name, probe in mated]
    alarms = [engine.compare(probe, references) for probe in others]
    stranger_scores = np.array([comparisons[0].score for comparisons in alarms])
    threshold = float(np.sort(stranger_scores)[::-1][int(0.01 * len(alarms))])
    detected = np.array([comparisons[0].score > threshold for _, comparisons in found])
    named = np.array([comparisons[0].anchor_id == name for name, comparisons in found])
    limit = engine.settings.identity.search_false_alarm_rate
    called = np.array([false_alarm_rate(c, len(enrolled), engine) <= limit for _, c in found])
    called_strangers = np.array([false_alarm_rate(c, len(enrolled), engine) <= limit for c in alarms])
    return {
        "enrolled": len(enrolled),
        "probes_of_enrolled": len(mated),
        "probes_of_strangers": len(others),
        "people_of_strangers": len(strangers),
        "seed": seed,
        "at_1_percent_false_alarms": {
            "threshold": round(threshold, 4),
            "detected_and_identified": _rate(detected & named),
            "detected": _rate(detected),
        },
        "rank_1": _rate(named),
        "search_at_its_stated_rate": {
            "stated_false_alarm_rate": limit,
            "false_alarm_rate_seen": _rate(called_strangers),
            "detected_and_identified": _rate(called & named),
        },
    }


def pooling(data: Path, seed: int, enrol: int = 3) -> list[dict[str, Any]]:
    """How ``enrol`` templates of one person make one score: error rates of each way, people with more pictures."""
    engine = Engine.load(Settings())
    pictures = read_pictures(data, engine, engine.face_embedder)
    people = sorted(name for name, found in pictures.items() if len(found) > enrol)
    outside = [template.vector for name, found in pictures.items() if len(found) == 2 for template in found]
    pairs = [found for found in pictures.values() if len(found) == 2]
    gallery = [np.stack([template.vector for template in pictures[name][:enrol]]) for name in people]
    probes = [(place, probe.vector) for place, name in enumerate(people) for probe in pictures[name][enrol:]]
    return [
        {"way": name, "people": len(people), "probes": len(probes), "seed": seed, **_errors(way, gallery, probes)}
        for name, way in _ways(np.stack(outside), pairs).items()
    ]


Way = Callable[[NDArray[np.float32], NDArray[np.float32]], float]


def _ways(outside: NDArray[np.float32], pairs: list[list[Template]]) -> dict[str, Way]:
    whitened = _two_covariances(outside, pairs)

    def mean_vector(refs: NDArray[np.float32], probe: NDArray[np.float32]) -> float:
        mean = refs.mean(axis=0)
        return float(mean @ probe / np.linalg.norm(mean))

    return {
        "mean of scores": lambda refs, probe: float((refs @ probe).mean()),
        "best score": lambda refs, probe: float((refs @ probe).max()),
        "mean of the 2 best": lambda refs, probe: float(np.sort(refs @ probe)[-2:].mean()),
        f"mean of the {BEST_REFERENCES} best (in use)": lambda refs, probe: float(
            anchor_scores(refs @ probe, np.zeros(len(refs), np.intp), 1)[0]
        ),
        "score of the mean template": mean_vector,
        "two-covariance model (PLDA-like)": whitened,
    }


def _two_covariances(outside: NDArray[np.float32], pairs: list[list[Template]]) -> Way:
    """Within-person covariance from pairs of other people, by which templates are whitened before the mean is taken."""
    centre = outside.mean(axis=0)
    within = np.stack([(one.vector - other.vector) / np.sqrt(2) for one, other in pairs])
    covariance = within.T @ within / len(within)
    shrunk = covariance + 0.3 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    root = np.linalg.inv(np.linalg.cholesky(shrunk))

    def way(refs: NDArray[np.float32], probe: NDArray[np.float32]) -> float:
        one, other = root @ (refs.mean(axis=0) - centre), root @ (probe - centre)
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    return way


def _errors(
    way: Way, gallery: list[NDArray[np.float32]], probes: list[tuple[int, NDArray[np.float32]]]
) -> dict[str, float]:
    same = [way(gallery[place], probe) for place, probe in probes]
    different = [way(refs, probe) for place, probe in probes for other, refs in enumerate(gallery) if other != place]
    rates = {f"tpr_at_fpr_{fpr:g}": round(tpr_at_fpr(same, different, fpr), 5) for fpr in (1e-2, 1e-3, 1e-4)}
    return {"eer": round(eer(same, different), 5), **rates}


def read_pictures(data: Path, engine: Engine, embedder: FaceEmbedder) -> Pictures:
    """Templates of the protocol's pictures by person, in the pictures' order; those without a face are left out."""
    with (data / "protocols" / "face_pairs_lfw.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    paths = sorted({row[f"path{side}"] for row in rows for side in "12"})
    found: Pictures = defaultdict(list)
    for path in paths:
        picture = cv2.imread(str(data / path), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise ClipRejected(f"{path} cannot be read")
        subject = find_subject(np.asarray(picture, np.uint8), engine.face_finder)
        if subject is not None:
            found[Path(path).parent.name] += embedder.embed([subject])
    return dict(found)


def _rate(hits: Iterable[bool]) -> dict[str, Any]:
    """Share with a 95 % interval (Wilson, Journal of the American Statistical Association 22, 1927)."""
    values = np.array(list(hits), bool)
    n, p, z = len(values), float(values.mean()), 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {"rate": round(p, 4), "95": [round(float(middle - half), 4), round(float(middle + half), 4)], "n": n}
