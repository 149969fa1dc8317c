"""What reviewers decided -> a new version of the fused LLR's calibration; and whether scores drift away from it.

The new version is fitted on the packaged trials together with the reviewed clips, kept beside the one in use with
figures of both, and used only when somebody applies it.
"""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from anchorproof.bundle import svg
from anchorproof.errors import CalibrationUnavailable, NotFound, RequestInvalid
from anchorproof.findings import Findings
from anchorproof.fusion import load_fusion, mixture_llr, packaged_fusion, parse_fusion
from anchorproof.settings import VerdictSettings
from anchorproof.types import Report

Floats = NDArray[np.float64]
#: What a reviewer's outcome says about authenticity; others say nothing about it.
OUTCOMES = {"confirmed_spoof": True, "bona_fide": False}
#: Fewer reviewed clips of a side than this change nothing that could be told from chance.
FEWEST_A_SIDE = 10
#: How far slope and offset may be drawn from the packaged ones: standard deviations of a normal prior.
SLOPE_SD, OFFSET_SD = 0.5, 0.5
FOLDS = 5
PACKAGED = "packaged"


@dataclass(frozen=True, slots=True)
class Review:
    """One reviewed clip: the mixture's LLR of its report, and what the reviewer decided."""

    report_id: str
    mixture_llr: float
    is_spoof: bool


@dataclass(frozen=True, slots=True)
class Refit:
    """A new version's id, how many reviews were used and left out, and Cllr of the reviewed clips before and after."""

    calibration_id: str
    spoofs: int
    bona_fide: int
    left_out: int
    cllr_before: float
    cllr_after: float
    file: Path
    plot: Path


# --------------------------------------------------------------------------- reviews


def read_reviews(
    lines: Iterable[str], load: Callable[[str], Report], settings: VerdictSettings
) -> tuple[list[Review], int]:
    """Reviews (JSON lines with ``report_id`` and ``outcome``) with their reports' evidence, and how many say nothing.

    The desk's own JSON is read too: ``report`` is a resource name there, and outcomes carry their enumeration's name.

    Of several reviews of one report the last counts. Left out are outcomes that say nothing about authenticity, reports
    that are gone, and reports without any detector's evidence.

    Raises:
        RequestInvalid: a line is no such object.
    """
    outcomes: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            report_id, outcome = _read_line(line, number)
            outcomes[report_id] = outcome
    found, left_out = [], 0
    for report_id, outcome in outcomes.items():
        review = _review(report_id, outcome, load, settings)
        if review is None:
            left_out += 1
        else:
            found.append(review)
    return found, left_out


def _read_line(line: str, number: int) -> tuple[str, str]:
    try:
        entry = json.loads(line)
        report = str(entry["report_id"] if "report_id" in entry else entry["report"])
        outcome = str(entry["outcome"]).removeprefix("REVIEW_OUTCOME_").lower()
        return report.removeprefix("reports/"), outcome
    except (ValueError, KeyError, TypeError) as error:
        raise RequestInvalid(
            f"line {number} of the reviews must be a JSON object with report_id and outcome"
        ) from error


def _review(report_id: str, outcome: str, load: Callable[[str], Report], settings: VerdictSettings) -> Review | None:
    if outcome not in OUTCOMES:
        return None
    try:
        report = load(report_id)
    except NotFound:
        return None
    llr = report_mixture(report, settings)
    return None if llr is None else Review(report_id, llr, OUTCOMES[outcome])


def report_mixture(report: Report, settings: VerdictSettings) -> float | None:
    """The detectors' mixture of a stored report, None where no detector judged."""
    findings = Findings(report.clip, report.evidence, report.unassessed, report.faces, report.voices, (), {})
    return mixture_llr(findings, settings) if findings.picture or findings.sound else None


# --------------------------------------------------------------------------- fitting


def refit(reviews: Sequence[Review], left_out: int, data_dir: Path) -> Refit:
    """Fit and keep a new version; nothing in use changes.

    Raises:
        RequestInvalid: too few reviewed clips of a side.
    """
    spoofs = sum(review.is_spoof for review in reviews)
    bona_fide = len(reviews) - spoofs
    if min(spoofs, bona_fide) < FEWEST_A_SIDE:
        raise RequestInvalid(
            f"at least {FEWEST_A_SIDE} reviewed clips of each side are needed; got {spoofs} confirmed spoofs and "
            f"{bona_fide} bona fide"
        )
    base: dict[str, Any] = json.loads(packaged_fusion())
    llrs, truths = (np.array([getattr(review, name) for review in reviews]) for name in ("mixture_llr", "is_spoof"))
    content = _fitted(base, llrs, truths.astype(bool))
    current = load_fusion(data_dir)
    before = np.array([current.llr(llr) for llr in llrs])
    after = _cross_validated(base, llrs, truths.astype(bool))
    made = {
        "reviews": {"spoofs": spoofs, "bona_fide": bona_fide, "left_out": left_out},
        "based_on": base["calibration_id"],
    }
    made |= {"compared_with": current.calibration_id, "create_time": datetime.now(UTC).isoformat(timespec="seconds")}
    made |= {"cllr_before": round(cllr(before, truths), 5), "cllr_after": round(cllr(after, truths), 5)}
    file, plot = _keep(_named(content) | made, data_dir, before, after, truths)
    written = json.loads(file.read_bytes())
    return Refit(
        written["calibration_id"],
        spoofs,
        bona_fide,
        left_out,
        written["cllr_before"],
        written["cllr_after"],
        file,
        plot,
    )


def _fitted(base: dict[str, Any], llrs: Floats, truths: NDArray[np.bool_]) -> dict[str, Any]:
    """The packaged trials and the reviewed clips, both sides weighing the same, drawn towards the packaged map."""
    packaged = np.array(base["trials"], float)
    scores = np.concatenate([packaged[:, 0], llrs])
    is_h1 = np.concatenate([packaged[:, 1] > 0, truths])
    slope, offset = _fit_affine(scores, is_h1, float(base["slope"]), float(base["offset"]))
    low, high = base["llr_bounds"]
    bona_fide = np.clip(slope * scores[~is_h1] + offset, low, high)
    return base | {
        "slope": round(slope, 6),
        "offset": round(offset, 6),
        "venn_abers": venn_abers(scores, is_h1),
        "false_alarms": _false_alarms(bona_fide),
    }


def _fit_affine(scores: Floats, is_h1: NDArray[np.bool_], slope: float, offset: float) -> tuple[float, float]:
    weights = np.where(is_h1, 0.5 / is_h1.sum(), 0.5 / (~is_h1).sum()) * len(scores)
    signs = np.where(is_h1, 1.0, -1.0)

    def loss(point: Floats) -> float:
        llrs = (point[0] * scores + point[1]) * math.log(10)
        pull = ((point[0] - slope) / SLOPE_SD) ** 2 / 2 + ((point[1] - offset) / OFFSET_SD) ** 2 / 2
        return float((weights * np.logaddexp(0, -signs * llrs)).sum() + pull)

    found = minimize(loss, np.array([slope, offset]), bounds=[(1e-3, None), (None, None)])
    return float(found.x[0]), float(found.x[1])


def _cross_validated(base: dict[str, Any], llrs: Floats, truths: NDArray[np.bool_]) -> Floats:
    """LLRs of the reviewed clips by maps that were fitted without them."""
    out = np.zeros(len(llrs))
    folds = np.arange(len(llrs)) % FOLDS
    low, high = base["llr_bounds"]
    for fold in range(FOLDS):
        fitted = _fitted(base | {"false_alarms": []}, llrs[folds != fold], truths[folds != fold])
        out[folds == fold] = np.clip(fitted["slope"] * llrs[folds == fold] + fitted["offset"], low, high)
    return out


def cllr(llrs: Floats, is_h1: Any) -> float:
    """Log-likelihood-ratio cost in bits: 0 perfect, 1 says nothing. Source: Brümmer and du Preez, 2006."""
    truth = np.asarray(is_h1, bool)
    h1, h2 = (np.logaddexp(0, sign * side * math.log(10)) for sign, side in ((-1, llrs[truth]), (1, llrs[~truth])))
    return float((h1.mean() + h2.mean()) / (2 * math.log(2)))


def venn_abers(scores: Floats, is_h1: NDArray[np.bool_]) -> dict[str, list[float]]:
    """The Venn-Abers pair between one score and the next, at even prior: isotonic fits with one trial of a side added.

    Source: Vovk, Petej and Fedorova, NIPS 2015.
    """
    edges = np.unique(scores)
    centres = np.concatenate([[edges[0] - 0.5], (edges[:-1] + edges[1:]) / 2, [edges[-1] + 0.5]])
    order = np.argsort(scores, kind="stable")
    ordered, truths = scores[order], is_h1[order].astype(float)
    share = float(is_h1.mean())
    low, high = ([_isotonic_at(ordered, truths, centre, side) for centre in centres] for side in (0.0, 1.0))
    return {
        "mixture_llrs": [round(float(edge), 5) for edge in (min(-9.0, edges[0] - 1), *edges)],
        "lowest": [round(_at_even(value, share), 5) for value in low],
        "highest": [round(_at_even(value, share), 5) for value in high],
    }


def _isotonic_at(scores: Floats, truths: Floats, at: float, side: float) -> float:
    """The value at ``at`` of the isotonic fit to the trials and one more there: the min-max formula."""
    place = bisect_right(scores, at)
    extended = np.concatenate([truths[:place], [side], truths[place:]])
    sums = np.concatenate([[0.0], np.cumsum(extended)])
    starts, ends = np.arange(place + 1), np.arange(place + 1, len(extended) + 1)
    means = (sums[ends][None, :] - sums[starts][:, None]) / (ends[None, :] - starts[:, None])
    return float(means.min(axis=1).max())


def _at_even(value: float, share: float) -> float:
    above, below = value / share, (1 - value) / (1 - share)
    return above / (above + below)


def _false_alarms(bona_fide: Floats) -> list[list[float]]:
    levels = np.unique(bona_fide[bona_fide >= 0])
    shares = [[math.trunc(level * 1e4) / 1e4, round(float(np.mean(bona_fide >= level)), 6)] for level in levels]
    return [*shares, [round(float(bona_fide.max()) + 0.01, 4), 0.0]]


# --------------------------------------------------------------------------- versions


def _named(content: dict[str, Any]) -> dict[str, Any]:
    kept = [content[key] for key in ("slope", "offset", "llr_bounds", "venn_abers", "false_alarms")]
    return content | {"calibration_id": f"fusion-{hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:8]}"}


def _versions(data_dir: Path) -> Path:
    return data_dir / "calibration" / "versions"


def _keep(content: dict[str, Any], data_dir: Path, before: Floats, after: Floats, truths: Any) -> tuple[Path, Path]:
    folder = _versions(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    file, plot = (folder / f"{content['calibration_id']}{suffix}" for suffix in (".json", ".svg"))
    plot.write_text(reliability_plot(before, after, truths), encoding="utf-8")
    if not file.exists():  # the same reviews give the same version
        fresh = file.with_suffix(".tmp")
        fresh.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        fresh.replace(file)
    return file, plot


def versions(data_dir: Path) -> Iterator[dict[str, Any]]:
    """All versions kept here, oldest first."""
    found = [json.loads(path.read_bytes()) for path in _versions(data_dir).glob("*.json")]
    yield from sorted(found, key=lambda content: str(content["create_time"]))


def apply(calibration_id: str, data_dir: Path) -> str:
    """Use a version from the next start on (``packaged``: the one that comes with the package); gives its id.

    Raises:
        NotFound: no such version.
        CalibrationUnavailable: the version is damaged.
    """
    own = data_dir / "calibration" / "fusion.json"
    if calibration_id == PACKAGED:
        own.unlink(missing_ok=True)
        return parse_fusion(packaged_fusion()).calibration_id
    known = {path.stem: path for path in _versions(data_dir).glob("*.json")}
    if calibration_id not in known:
        raise NotFound("calibration", calibration_id)
    content = known[calibration_id].read_bytes()
    if parse_fusion(content).calibration_id != calibration_id:
        raise CalibrationUnavailable(f"the file of version {calibration_id} holds another one")
    fresh = own.with_suffix(".tmp")
    fresh.write_bytes(content)
    fresh.replace(own)
    return calibration_id


# --------------------------------------------------------------------------- drift


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one source's scores in stored reports are from those it was calibrated with.

    ``psi`` is the population stability index over ten parts, ``ks`` the largest distance between the two cumulative
    shares, ``ks_limit`` what chance alone exceeds once in a hundred times.
    """

    source: str
    reports: int
    psi: float
    ks: float
    ks_limit: float

    @property
    def words(self) -> str:
        """Usual reading of the index: below 0.1 stable, below 0.25 moved, from there on another population."""
        if self.ks <= self.ks_limit:
            return "no drift that chance could not make"
        return "slight" if self.psi < 0.1 else "moved" if self.psi < 0.25 else "another population: recalibrate"


def drift(reports: Iterable[Report], data_dir: Path, settings: VerdictSettings) -> list[Drift]:
    """Fused LLRs and each detector's raw scores of the reports, against the calibration in use."""
    own = data_dir / "calibration" / "fusion.json"
    reference: dict[str, list[float]] = json.loads(own.read_bytes() if own.exists() else packaged_fusion())["reference"]
    calibration = load_fusion(data_dir)
    seen: dict[str, list[float]] = {source: [] for source in reference}
    for report in reports:
        mixture = report_mixture(report, settings)
        if mixture is not None:
            seen["fused"].append(calibration.llr(mixture))
        for item in report.evidence:
            if item.source in seen:
                seen[item.source].append(item.raw_score)
    return [_drift(source, np.array(values), reference[source]) for source, values in seen.items() if values]


def _drift(source: str, values: Floats, edges: Sequence[float]) -> Drift:
    """Equal edges (scores at a bound) share their parts."""
    inner = np.array(edges[1:-1])
    parts = np.unique(inner)
    expected = np.diff(np.concatenate([[0.0], [np.mean(inner <= edge) * 0.9 for edge in parts], [1.0]]))
    shares = np.histogram(values, np.concatenate([[-np.inf], np.nextafter(parts, np.inf), [np.inf]]))[0] / len(values)
    held, wanted = np.maximum(shares, 1e-3), np.maximum(expected, 1e-3)
    psi = float(((held - wanted) * np.log(held / wanted)).sum())
    ks = float(np.abs(np.cumsum(shares) - np.cumsum(expected)).max())
    return Drift(source, len(values), psi, ks, 1.63 / math.sqrt(len(values)))


# --------------------------------------------------------------------------- the plot


def reliability_plot(before: Floats, after: Floats, truths: Any) -> str:
    """Said against true shares of spoofs, before and after, in five parts; the diagonal is perfect."""
    side, left, top = 300.0, 50.0, 20.0
    parts = [
        svg.line(left, top + side, left + side, top, "#aaaaaa"),
        svg.line(left, top + side, left + side, top + side),
    ]
    parts.append(svg.line(left, top, left, top + side))
    for name, llrs, colour, shift in (("before", before, "#8a8a8a", 0), ("after", after, "#1f5fbf", 90)):
        for said, true, count in reliability(llrs, truths):
            x, y = left + said * side, top + (1 - true) * side
            parts.append(svg.rect(x - 4, y - 4, 8, 8, colour, f"{name}: said {said:.2f}, true {true:.2f}, n = {count}"))
        parts += [svg.rect(left + shift, top + side + 32, 10, 10, colour)]
        parts += [svg.text(left + shift + 14, top + side + 41, f"{name}, Cllr {cllr(llrs, truths):.2f}")]
        left_of = 90
    parts.append(svg.text(left, top + side + 18, "0  P(spoof) said, at even prior  1"))
    return svg.document(
        left + side + left_of, top + side + 55, parts, "Share of spoofs among reviewed clips, as said and as decided"
    )


def reliability(llrs: Floats, truths: Any) -> list[tuple[float, float, int]]:
    """Mean posterior at even prior, share of spoofs, count; in fifths of the posterior."""
    posterior = 1 / (1 + 10.0 ** -np.asarray(llrs))
    place = np.minimum(4, (posterior * 5).astype(int))
    truth = np.asarray(truths, bool)
    return [
        (float(posterior[place == part].mean()), float(truth[place == part].mean()), int((place == part).sum()))
        for part in range(5)
        if (place == part).any()
    ]
