"""The page needs no network and hides nothing; tables survive any name; runs are compared on what they share."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.reports.commands import compared_runs
from benchmarks.reports.tables import Table, figures_table, latex, markdown
from benchmarks.runs.folder import read_run
from tests.unit.benchmarks.runs.corpora import manifest

RUN = CliRunner()
STRANGERS = "tests.unit.benchmarks.runs.strangers"
NASTY = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus with a generator whose name is an attack, and two runs on it."""
    folder = tmp_path_factory.mktemp("reports")
    path = manifest(folder)
    path.write_text(path.read_text().replace(",G0,", f",{NASTY},"))
    for name, systems in (("one", ["good", "bad"]), ("two", ["bad"])):
        chosen = [part for one in systems for part in ("--system", f"{one}=call:{STRANGERS}:{one}")]
        result = RUN.invoke(
            app, ["run", str(folder), "--protocol", "visual", "--rounds", "20", "--out", str(folder / name), *chosen]
        )
        assert result.exit_code == 0, f"{result.output}{result.exception}"
    return folder


def test_the_page_loads_nothing_and_escapes_names(folder: Path) -> None:
    page = (folder / "one" / "report.html").read_text()
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", page)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert (
        page.count("<svg")
        == 4
        - ("reliability" not in json.loads((folder / "one" / "results.json").read_text())["results"]["good"]["curves"])
        * 2
    )
    for heading in ("Figures", "Is the difference real?", "Calibration", "Where it breaks", "Worst clips", "Cost"):
        assert f"<h2>{heading}</h2>" in page


def test_every_figure_of_the_results_is_on_the_page_and_in_the_tables(folder: Path) -> None:
    results = json.loads((folder / "one" / "results.json").read_text())
    page, tables = ((folder / "one" / name).read_text() for name in ("report.html", "tables.md"))
    for found in results["results"].values():
        for figure in found["metrics"].values():
            assert f"{figure['value']:.3f}" in page
            assert f"{figure['value']:.3f}" in tables
    assert (folder / "one" / "tables.tex").read_text().count(r"\begin{tabular}") == 2


def test_plots_are_png_and_svg_and_the_same_every_time(folder: Path) -> None:
    plots = folder / "one" / "plots"
    names = {path.name for path in plots.iterdir()}
    assert {"det.png", "det.svg", "groups.png", "groups.svg"} <= names
    assert all((plots / name).read_bytes().startswith(b"\x89PNG") for name in names if name.endswith("png"))
    before = {name: (plots / name).read_bytes() for name in names}
    page = (folder / "one" / "report.html").read_bytes()
    assert RUN.invoke(app, ["report", str(folder / "one")]).exit_code == 0
    assert {name: (plots / name).read_bytes() for name in names} == before
    assert (folder / "one" / "report.html").read_bytes() == page


def test_compare_finds_the_better_system_and_no_difference_to_itself(folder: Path) -> None:
    result = RUN.invoke(
        app, ["compare", str(folder / "one"), str(folder / "two"), "--rounds", "40", "--out", str(folder / "compared")]
    )
    assert result.exit_code == 0, f"{result.output}{result.exception}"
    pairs = {
        (pair["first"], pair["second"]): pair
        for pair in json.loads((folder / "compared" / "compare.json").read_text())["paired"]
    }
    better, same = pairs["one/good", "two/bad"], pairs["one/bad", "two/bad"]
    assert better["auc"]["value"] > 0
    assert (same["auc"]["value"], same["auc"]["p"], same["auc_delong_p"]) == (0.0, 1.0, 1.0)
    assert "one/good less two/bad" in (folder / "compared" / "compare.md").read_text()


def test_runs_that_disagree_about_the_truth_are_not_compared(folder: Path) -> None:
    one, two = read_run(folder / "one"), read_run(folder / "two")
    cases = list(two.cases)
    swapped = {"spoof": "bona_fide", "bona_fide": "spoof"}
    turned = [type(c)(c.position, c.case_id, swapped[c.truth], c.probe, (), c.columns) for c in cases]
    with pytest.raises(ValueError, match="disagree about the truth of 60 cases"):
        compared_runs(one, type(two)(two.about, turned, two.answers, {}), "one", "two", [], 0)
    other = type(two)(dict(two.about) | {"protocol": "audio"}, cases, two.answers, {})
    with pytest.raises(ValueError, match="visual and audio"):
        compared_runs(one, other, "one", "two", [], 0)


def test_tables_survive_any_cell() -> None:
    table = Table("T_1 & more", ["a", "50 %"], [["x|y", "{1}"], ["#", "a_b^c ~ \\ <"]])
    tex = latex(table)
    assert r"T\_1 \& more" in tex
    assert r"50 \%" in tex
    assert r"a\_b\textasciicircum{}c \textasciitilde{} \textbackslash{} $<$" in tex
    assert "| x\\|y | {1} |" in markdown(table)


def test_a_system_without_a_figure_gets_a_dash(folder: Path) -> None:
    results = json.loads((folder / "one" / "results.json").read_text())
    results["results"]["bad"]["metrics"].pop("auc")
    row = next(row for row in figures_table(results).rows if row[0] == "AUC")
    assert row[2] == "-"
