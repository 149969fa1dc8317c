"""Reviews become a new version that nobody uses unasked; drift is told from chance."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from anchorproof.errors import NotFound, RequestInvalid
from anchorproof.fusion import load_fusion, packaged_fusion, parse_fusion
from anchorproof.recalibration import (
    FEWEST_A_SIDE,
    PACKAGED,
    Review,
    apply,
    cllr,
    drift,
    read_reviews,
    refit,
    report_mixture,
    venn_abers,
    versions,
)
from anchorproof.settings import VerdictSettings
from anchorproof.types import ClipInfo, Decision, Evidence, Question, Report, Span, Unassessed, Verdict
from calibration.fusing import venn_abers_pairs
from calibration.metrics import cllr as measured_cllr

SETTINGS = VerdictSettings()


def report(report_id: str, llr: float | None, raw: float = 0.0) -> Report:
    span = Span(0, 5)
    evidence = () if llr is None else (Evidence("audio", Question.AUTHENTICITY, llr, raw, "m", "c", "", span, ()),)
    return Report(
        report_id=report_id,
        create_time=datetime(2026, 5, 8, tzinfo=UTC),
        clip=ClipInfo("0" * 64, 1, "mp4", 5.0, None, None),
        clip_name="clip",
        verdict=Verdict(Decision.INCONCLUSIVE, 0.0, 0.5, 0.5, 0.5, (), (), (), ""),
        evidence=evidence,
        unassessed=(Unassessed("visual", "NO_PICTURE", ""),),
        faces=(),
        voices=(),
        identity=(),
        components=(),
        timings=(),
    )


def reviews(count: int, shift: float, seed: int = 0) -> list[Review]:
    """Both sides, their LLRs ``shift`` too high."""
    random = np.random.default_rng(seed)
    return [
        Review(f"r{number}", float(random.normal(0.5 if number % 2 else -0.5, 0.4) + shift), bool(number % 2))
        for number in range(count)
    ]


def test_outcomes_about_authenticity_count_and_the_last_one_of_a_report() -> None:
    stored = {name: report(name, llr) for name, llr in (("a", 0.4), ("b", -0.2), ("c", 0.1), ("silent", None))}

    def load(report_id: str) -> Report:
        if report_id not in stored:
            raise NotFound("report", report_id)
        return stored[report_id]

    lines = [
        '{"report_id": "a", "outcome": "bona_fide"}',
        '{"report_id": "reports/a", "outcome": "CONFIRMED_SPOOF", "reviewer": "x"}',
        "",
        '{"name": "reviews/1", "report": "reports/b", "outcome": "REVIEW_OUTCOME_BONA_FIDE"}',
        '{"report_id": "c", "outcome": "impersonation"}',
        '{"report_id": "gone", "outcome": "bona_fide"}',
        '{"report_id": "silent", "outcome": "bona_fide"}',
    ]
    found, left_out = read_reviews(lines, load, SETTINGS)
    assert [(item.report_id, item.is_spoof) for item in found] == [("a", True), ("b", False)]
    assert found[0].mixture_llr == pytest.approx(0.4)  # a clip without a picture: its sound alone
    assert left_out == 3


@pytest.mark.parametrize("line", ["no", "[]", '{"report_id": "a"}', "3"])
def test_a_line_that_is_no_review_is_named(line: str) -> None:
    with pytest.raises(RequestInvalid, match="line 2"):
        read_reviews(['{"report_id": "a", "outcome": "cannot_tell"}', line], lambda key: report(key, 0.1), SETTINGS)


def test_refit_keeps_a_version_and_changes_nothing_in_use(tmp_path: Path) -> None:
    before = load_fusion(tmp_path)
    made = refit(reviews(300, shift=0.8), 2, tmp_path)
    assert load_fusion(tmp_path) == before
    assert made.calibration_id != before.calibration_id
    assert (made.spoofs, made.bona_fide, made.left_out) == (150, 150, 2)
    assert [content["calibration_id"] for content in versions(tmp_path)] == [made.calibration_id]


def test_refit_mends_scores_that_are_shifted_on_reviewed_clips(tmp_path: Path) -> None:
    made = refit(reviews(400, shift=0.8), 0, tmp_path)
    assert made.cllr_after < made.cllr_before - 0.05
    assert parse_fusion(made.file.read_bytes()).offset < parse_fusion(packaged_fusion()).offset


def test_version_is_used_when_it_is_applied_and_can_be_taken_back(tmp_path: Path) -> None:
    packaged = load_fusion(tmp_path).calibration_id
    made = refit(reviews(60, shift=0.5), 0, tmp_path)
    assert apply(made.calibration_id, tmp_path) == made.calibration_id
    assert load_fusion(tmp_path).calibration_id == made.calibration_id
    assert apply(PACKAGED, tmp_path) == packaged
    assert load_fusion(tmp_path).calibration_id == packaged
    with pytest.raises(NotFound):
        apply("../../etc/passwd", tmp_path)


def test_same_reviews_give_the_same_version(tmp_path: Path) -> None:
    one, other = (refit(reviews(60, shift=0.5), 0, tmp_path) for _ in range(2))
    assert one.calibration_id == other.calibration_id
    assert len(list(versions(tmp_path))) == 1


def test_few_reviews_of_a_side_are_refused(tmp_path: Path) -> None:
    lopsided = [replace(item, is_spoof=False) for item in reviews(60, 0.0)] + reviews(2 * FEWEST_A_SIDE - 2, 0.0)
    with pytest.raises(RequestInvalid, match=f"{FEWEST_A_SIDE - 1} confirmed spoofs"):
        refit(lopsided, 0, tmp_path)
    assert not list(versions(tmp_path))


def test_plot_of_before_and_after_is_well_formed(tmp_path: Path) -> None:
    made = refit(reviews(60, shift=0.5), 0, tmp_path)
    words = [element.text for element in ElementTree.parse(made.plot).iter() if element.text]
    assert f"before, Cllr {made.cllr_before:.2f}" in words
    assert f"after, Cllr {made.cllr_after:.2f}" in words


def test_cllr_is_the_measured_one() -> None:
    random = np.random.default_rng(1)
    llrs, truths = random.normal(size=50), random.random(50) < 0.5
    assert cllr(llrs, truths) == pytest.approx(measured_cllr(llrs[truths], llrs[~truths]))


@pytest.mark.filterwarnings("ignore:All-NaN slice")  # the library warns of its own padding
def test_venn_abers_pairs_are_the_librarys() -> None:
    random = np.random.default_rng(2)
    scores, truths = random.normal(size=60), random.random(60) < 0.5
    table = venn_abers(scores, truths)
    edges = np.unique(scores)
    low, high = venn_abers_pairs(scores, truths, (edges[:-1] + edges[1:]) / 2)
    share = truths.mean()

    def at_even(value: np.ndarray) -> np.ndarray:
        return (value / share) / (value / share + (1 - value) / (1 - share))

    assert table["lowest"][1:-1] == pytest.approx(list(at_even(low)), abs=1e-4)
    assert table["highest"][1:-1] == pytest.approx(list(at_even(high)), abs=1e-4)


# --------------------------------------------------------------------------- drift


def test_scores_like_those_calibrated_on_do_not_drift_and_others_do(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    content = json.loads(packaged_fusion())
    edges = np.array(content["reference"]["audio"])
    alike = np.interp(random.random(400), np.linspace(0, 1, 11), edges)
    same = {item.source: item for item in drift([report("r", 0.1, raw) for raw in alike], tmp_path, SETTINGS)}
    assert same["audio"].psi < 0.1
    assert same["audio"].words == "no drift that chance could not make"
    moved = {item.source: item for item in drift([report("r", 0.1, raw + 2) for raw in alike], tmp_path, SETTINGS)}
    assert moved["audio"].psi > 0.25
    assert "recalibrate" in moved["audio"].words


def test_reports_without_evidence_are_no_scores(tmp_path: Path) -> None:
    assert report_mixture(report("r", None), SETTINGS) is None
    assert drift([report("r", None)], tmp_path, SETTINGS) == []
