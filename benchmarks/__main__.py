"""``python -m benchmarks``: score manifests, measure speed, demonstrate the service on a corpus."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from anchorproof.client import ServiceError
from anchorproof.errors import AnchorproofError
from anchorproof.settings import Settings
from benchmarks.corpus import chosen_from, corpus_tables, demonstrate, write_lines
from benchmarks.datasets import commands as datasets_commands
from benchmarks.demo.server import running_server
from benchmarks.equalised import equalise as equalise_media
from benchmarks.folds import By, make_folds, members
from benchmarks.held_out import digest, read_left_out
from benchmarks.held_out import measure as measure_held_out
from benchmarks.identity.commands import app as identity_app
from benchmarks.manifests import Protocol, read_manifest
from benchmarks.published import commands as published_commands
from benchmarks.reports import commands as report_commands
from benchmarks.robustness import ladder
from benchmarks.robustness.show import ladder_table, write_plot
from benchmarks.runs import commands as run_commands
from benchmarks.runs import small
from benchmarks.scores import Request, run
from benchmarks.speed import make_clip, measure, speed_lines
from benchmarks.tables import held_out_table, results_table

app = typer.Typer(help="Benches of anchorproof.", no_args_is_help=True, add_completion=False)
app.add_typer(datasets_commands.app, name="datasets")
run_commands.register(app)
small.register(app)
published_commands.register(app)
report_commands.register(app)
app.add_typer(identity_app, name="identity")


@app.command()
def scores(
    protocol: Annotated[Protocol, typer.Option(help="What is measured.")],
    manifest: Annotated[Path, typer.Option(help="CSV of media; its paths are relative to its folder.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for scores.csv, results.json and the work file.")],
    trials: Annotated[
        Path | None, typer.Option(help="CSV of pairs, for the verification protocols.", exists=True)
    ] = None,
    jobs: Annotated[int, typer.Option(help="Worker processes; the scores do not depend on it.", min=1)] = 1,
    sample: Annotated[int, typer.Option(help="Only about so many rows, spread over the manifest; 0: all.", min=0)] = 0,
    only: Annotated[str, typer.Option(help="Only these modalities, such as av,video.")] = "",
    seed: Annotated[int, typer.Option(help="Of the intervals' resampling.")] = 0,
    fresh: Annotated[bool, typer.Option(help="Take nothing over from an earlier run.")] = False,
) -> None:
    """Score every row a protocol applies to. A killed run goes on where it was."""
    if protocol.needs_trials and trials is None:
        raise typer.BadParameter(f"{protocol} needs --trials FILE")
    request = Request(
        protocol, manifest, out, trials, jobs, sample, seed, fresh, frozenset(filter(None, only.split(",")))
    )
    Console(stderr=True).print(results_table(run(request, Settings())))


@app.command()
def robustness(
    manifest: Annotated[Path, typer.Option(help="CSV of media; its paths are relative to its folder.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for robustness.json, its plot, scores.csv and the work file.")],
    protocol: Annotated[Protocol, typer.Option(help="visual or audio.")] = Protocol.AUDIO,
    sample: Annotated[int, typer.Option(help="Only about so many clips, spread over the manifest; 0: all.", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Worker processes; the scores do not depend on it.", min=1)] = 1,
    seconds: Annotated[float, typer.Option(help="Of each clip, from its start; 0: all.", min=0)] = 10.0,
    models: Annotated[
        Path | None, typer.Option(help="CSV id,model: a network per row, such as one that never saw it.", exists=True)
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Raw score; otherwise that of 5 % false alarms on the untreated clips.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the intervals' resampling.")] = 0,
    fresh: Annotated[bool, typer.Option(help="Take nothing over from an earlier run.")] = False,
) -> None:
    """Every clip after re-encoding, scaling, cropping, noise and the like: AUC and false alarms of each rung."""
    request = ladder.Request(protocol, manifest, out, sample, jobs, seconds, models, threshold, seed, fresh)
    results = ladder.run(request, Settings())
    write_plot(results, out / "robustness.png")
    Console(stderr=True, width=110).print(ladder_table(results))


@app.command()
def speed(
    clip: Annotated[Path | None, typer.Option(help="The clip; otherwise a 30 s 720p one is made.", exists=True)] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the figures to this folder's speed.json.")] = None,
    threads: Annotated[int, typer.Option(help="Threads of the worker; 0: one per core.", min=0)] = 0,
    laps: Annotated[int, typer.Option(help="Analyses after the first, of which the median is shown.", min=0)] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Real-time factor, share of each step, peak memory of the process tree."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-speed-") as folder:
        if clip is None:
            clip = Path(folder) / "generated.mp4"
            make_clip(clip)
        results = measure(clip, Settings(), threads or len(os.sched_getaffinity(0)), laps)
    if out:
        _write(out / "speed.json", results)
    if as_json:
        typer.echo(json.dumps(results))
    else:
        Console().print(speed_lines(results), highlight=False)


@app.command()
def corpus(
    manifest: Annotated[Path, typer.Option(help="CSV of media; its paths are relative to its folder.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for corpus.json and clips.csv.")],
    server: Annotated[str, typer.Option(help="host:port of a running service; otherwise one is started.")] = "",
    anchors: Annotated[int, typer.Option(help="People to enrol.", min=1)] = 16,
    per_anchor: Annotated[int, typer.Option(help="Other clips of each, at most.", min=1)] = 6,
    others: Annotated[int, typer.Option(help="Genuine clips, and as many fakes, of others.", min=0)] = 25,
    jobs: Annotated[int, typer.Option(help="Clips analysed at once.", min=1)] = 1,
) -> None:
    """Enrol people of a corpus over gRPC, analyse its other clips, count decisions and recognitions."""
    chosen = chosen_from(manifest, anchors, per_anchor, others)
    out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if not server:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anchorproof-corpus-")))
            server = stack.enter_context(running_server(folder / "store", Console(stderr=True))).address
        results = demonstrate(chosen, server, jobs)
    write_lines(out / "clips.csv", results["clips"])
    _write(out / "corpus.json", results)
    for table in corpus_tables(results):
        Console().print(table)


@app.command()
def folds(
    manifest: Annotated[Path, typer.Option(help="CSV of media.", exists=True)],
    by: Annotated[By, typer.Option(help="What is held out at a time.")],
    out: Annotated[Path, typer.Option(help="File to write, JSON: every fold's ids to train on and to test.")],
    protocol: Annotated[Protocol, typer.Option(help="visual or audio: which rows, and which are spoofs.")],
    only: Annotated[str, typer.Option(help="Only these modalities, such as av,video.")] = "",
) -> None:
    """Folds over a manifest: whole sources or generators held out, people never on both sides."""
    wanted = frozenset(filter(None, only.split(",")))
    rows = [row for row in read_manifest(manifest) if not wanted or row.modality in wanted]
    made = make_folds(members(rows, protocol), by)
    about = {"manifest": {"file": manifest.name, "sha256": digest(manifest)}, "by": by, "protocol": protocol}
    parts = [{"name": fold.name, "test": sorted(fold.test), "train": sorted(fold.train)} for fold in made]
    _write(out, about | {"folds": parts})
    typer.echo(f"{out}: {len(made)} folds, {sum(len(fold.test) for fold in made)} tests")


@app.command()
def equalise(
    manifest: Annotated[Path, typer.Option(help="CSV of media.", exists=True)],
    protocol: Annotated[Protocol, typer.Option(help="visual or audio.")],
    out: Annotated[Path, typer.Option(help="Folder for the copies and their manifest.csv.")],
    only: Annotated[str, typer.Option(help="Only these modalities, such as av,video.")] = "",
    seed: Annotated[int, typer.Option(help="Of the windows, sizes and qualities drawn.")] = 7,
) -> None:
    """Copies of the media whose codec, rate, size and length say nothing about their label. Goes on where it was."""
    wanted = frozenset(filter(None, only.split(",")))
    rows = [row for row in read_manifest(manifest) if not wanted or row.modality in wanted]
    made = 0
    for copy in equalise_media(rows, protocol, out, seed):
        made += not copy.reason
        if copy.reason:
            typer.echo(f"{copy.row.row_id}: left out, {copy.reason}")
    typer.echo(f"{out / 'manifest.csv'}: {made} copies")


@app.command()
def held_out(
    scores: Annotated[Path, typer.Option(help="CSV of left-out scores, of clips or segments.", exists=True)],
    manifest: Annotated[Path, typer.Option(help="CSV of the media as they came.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for results.json, roc.png and groups.png.")],
    equalised: Annotated[
        Path | None, typer.Option(help="CSV of the equalised copies that were scored.", exists=True)
    ] = None,
    pooling: Annotated[str, typer.Option(help="Segments to clips: mean, or top (the highest quarter).")] = "mean",
    seed: Annotated[int, typer.Option(help="Of the intervals' resampling.")] = 0,
) -> None:
    """What left-out scores are worth, with intervals and what file facts alone reach."""
    from benchmarks.figures import write_figures

    trials = read_left_out(scores, pooling)
    manifests = {"as they came": manifest} | ({"equalised": equalised} if equalised else {})
    made_from = {path.name: digest(path) for path in (scores, *manifests.values())}
    results = {"made_from": made_from, "seed": seed} | measure_held_out(trials, manifests, seed)
    _write(out / "results.json", results)
    write_figures(out, trials, results)
    Console().print(held_out_table(results))


@app.command()
def footage(
    manifest: Annotated[Path, typer.Option(help="CSV of media; its paths are relative to its folder.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for results.json, README.md and the plots.")],
    work: Annotated[Path, typer.Option(help="Folder for prints and answers; a killed run goes on from here.")],
    hours: Annotated[float, typer.Option(help="Hours of generated programmes beside the genuine clips.", min=1)] = 200,
    seed: Annotated[int, typer.Option(help="Of excerpts, edits and generated programmes.")] = 0,
    limit: Annotated[int, typer.Option(help="Only so many queries; 0: all.", min=0)] = 0,
    cost: Annotated[bool, typer.Option(help="Measure speed and memory too.")] = True,
    only_results: Annotated[bool, typer.Option(help="Ask nothing more; take the answers there are.")] = False,
    calibration: Annotated[Path | None, typer.Option(help="Also write the fitted calibration here.")] = None,
    note: Annotated[list[str] | None, typer.Option(help="A line for the page; may be repeated.")] = None,
) -> None:
    """Recall, false matches, alignment, what was changed, and cost of recognising our own footage."""
    from benchmarks.footage.command import run, write_calibration
    from benchmarks.footage.run import Setting

    work.mkdir(parents=True, exist_ok=True)
    setting = Setting(manifest, work, hours, seed, limit)
    found = run(setting, out, cost, only_results, note or [])
    if calibration:
        write_calibration(setting, calibration)
    told = found["outcomes"]["with_references"]["macro_f1"]
    Console().print(f"{found['queries']} queries, macro-F1 {told:.3f}; the page is in {out}", highlight=False)


@app.command()
def photographs(
    manifest: Annotated[Path, typer.Option(help="CSV of media; its paths are relative to its folder.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for results.json and trials.csv.gz.")],
    work: Annotated[Path, typer.Option(help="Folder for what was seen of each clip; a killed run goes on from here.")],
) -> None:
    """Photographs that were set in motion: found again, and told from other pictures and other people."""
    from benchmarks.photographs import observe, results, rows_of, trials, write_trials

    rows = rows_of(manifest)
    found = list(trials(rows, observe(rows, work)))
    write_trials(found, out / "trials.csv.gz")
    summary = results(found, out / "trials.csv.gz")
    _write(out / "results.json", summary)
    Console().print_json(data=summary)


@app.command()
def scenarios(
    manifest: Annotated[Path, typer.Option(help="CSV of media; its paths are relative to its folder.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for results.json.")],
    work: Annotated[Path, typer.Option(help="Folder for clips, store and findings; a killed run goes on from here.")],
    seed: Annotated[int, typer.Option(help="Of who plays whom, excerpts and edits.")] = 0,
    per_scenario: Annotated[int, typer.Option(help="Only so many clips of each; 0: all.", min=0)] = 0,
    only_results: Annotated[bool, typer.Option(help="Conclude from the findings there are.")] = False,
) -> None:
    """Built clips of every scenario, with anchors and an archive: decisions and scenarios against the truth."""
    from benchmarks.scenarios.command import carry_out, tables, write_results

    results = carry_out(manifest, work, seed, per_scenario, only_results)
    write_results(results, out)
    for line in tables(results):
        typer.echo(line)


@app.command()
def spliced(
    manifest: Annotated[Path, typer.Option(help="CSV of media; its paths are relative to its folder.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for the clips and their manifest.csv.")],
    kind: Annotated[str, typer.Option(help="sound or picture; both unless said.")] = "",
    sample: Annotated[int, typer.Option(help="Only about so many of each kind; 0: one per genuine clip.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="Of who is put into whom, where.")] = 0,
) -> None:
    """Genuine clips with a short made stretch, or a genuine one, for the protocol localisation."""
    from benchmarks.spliced import build, plan

    if kind not in ("", "sound", "picture"):
        raise ValueError(f"the kind is sound or picture; got {kind!r}")
    rows = read_manifest(manifest)
    for wanted in [kind] if kind else ["sound", "picture"]:
        for line in build(plan(rows, wanted, sample, seed), wanted, out):
            typer.echo(line)
    typer.echo(out / "manifest.csv")


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """The command; a stop by the user or an unfit installation ends it with one line, not a stack."""
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except (AnchorproofError, ServiceError, RuntimeError, ValueError) as error:
        raise SystemExit(f"benchmarks: {error}") from error


if __name__ == "__main__":
    main()
