"""``python -m calibration``: fit a map, fit all of them, list what there is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from anchorproof.errors import AnchorproofError
from anchorproof.evidence import load_calibrations
from anchorproof.runtime import ModelEntry, ModelStore
from anchorproof.types import HigherMeans, Question
from calibration import fusing, joint_trials
from calibration import photographs as photograph_fit
from calibration.maps import describe_source, fit_map, named, write
from calibration.report import maps_in, table
from calibration.trials import read_detector_trials, read_identity_trials

ROOT = Path(__file__).resolve().parents[1]
SCORES = ROOT / "calibration" / "scores"
MAPS = ROOT / "models" / "calibration"
JOINT = ROOT / "calibration" / "joint" / "scores.csv"
FUSION = ROOT / "models" / "fusion" / "fusion.json"
PHOTOGRAPH_TRIALS = ROOT / "benchmarks" / "results" / "photographs" / "trials.csv.gz"
#: Narrower, and the table of maps would lose digits.
TABLE_WIDTH = 150

app = typer.Typer(help="Fit raw score -> LLR maps and measure them.", no_args_is_help=True, add_completion=False)
OutOption = Annotated[Path, typer.Option(help="Folder of the maps.")]
ModelsOption = Annotated[
    Path | None, typer.Option(help="A second models folder with a manifest.json (your own models).")
]


@app.command()
def fit(
    scores: Annotated[Path, typer.Option(help="CSV of scored trials.", exists=True, dir_okay=False)],
    model: Annotated[str, typer.Option(help="Model id, as in the manifest.")],
    question: Annotated[Question, typer.Option(help="What the trials answer.")],
    out: OutOption = MAPS,
    seed: Annotated[int, typer.Option(help="Settles the order of equally large groups when folds are made.")] = 0,
    date: Annotated[
        str, typer.Option(help="Date of the scores, YYYY-MM-DD; otherwise the day they are first fitted.")
    ] = "",
    models_dir: ModelsOption = None,
) -> None:
    """Fit one model's map and write it to <out>/<model>.json."""
    entry = ModelStore(models_dir).entry(model)
    _fit_one(scores, entry, question, out, seed=seed, date=date)


@app.command()
def fit_all(out: OutOption = MAPS, seed: int = 0, models_dir: ModelsOption = None) -> None:
    """Fit a map for every model that has scores in calibration/scores/."""
    store = ModelStore(models_dir)
    for path in sorted(SCORES.glob("*.csv")):
        entry = store.entry(path.stem)
        identity = entry.higher_means is HigherMeans.SAME_SOURCE
        _fit_one(path, entry, Question.IDENTITY if identity else Question.AUTHENTICITY, out, seed=seed, date="")


@app.command()
def join(
    manifest: Annotated[Path, typer.Option(help="CSV of the media that the detectors' tables are of.", exists=True)],
    made_audio: Annotated[
        Path, typer.Option(help="scores.csv of the audio protocol over the generated clips.", exists=True)
    ],
    out: Annotated[Path, typer.Option(help="File to write.")] = JOINT,
    seed: Annotated[int, typer.Option(help="Of the voices that are laid over genuine pictures.")] = 0,
) -> None:
    """Put the detectors' tables together, clip by clip: what the fused LLR is calibrated on."""
    detectors = {source: SCORES / f"{model}.csv" for source, model in _default_detectors().items()}
    rows = joint_trials.trials(joint_trials.read_tables(manifest, detectors, made_audio), seed)
    joint_trials.write(rows, out)
    typer.echo(f"{out}: {len(rows)} trials")


@app.command()
def fuse(
    scores: Annotated[Path, typer.Option(help="Trials scored by every detector.", exists=True)] = JOINT,
    out: Annotated[Path, typer.Option(help="File to write.")] = FUSION,
    seed: Annotated[int, typer.Option(help="Settles the order of equally large groups when folds are made.")] = 0,
    plots: Annotated[Path | None, typer.Option(help="Also draw reliability and DET plots into this folder.")] = None,
) -> None:
    """Calibrate the fused LLR."""
    models = _default_detectors()
    known = {map_.model_id: map_ for map_ in load_calibrations([MAPS])}
    shipped = {source: known[model] for source, model in models.items()}
    joint = fusing.read_joint(scores)
    content = fusing.fit(joint, {source: SCORES / f"{model}.csv" for source, model in models.items()}, shipped, seed)
    content = fusing.named(content) | {"fitted_on": fusing.describe(scores, joint), "detectors": models}
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    shown = ("cllr", "cllr_min", "auc", "ece", "ece_by_chance", "act_dcf", "min_dcf", "llr_bounds")
    typer.echo(f"{out}: " + ", ".join(f"{name} {content[name]}" for name in shown))
    if plots:
        from calibration.drawing import draw

        draw(*fusing.left_out_llrs(joint, {s: SCORES / f"{m}.csv" for s, m in models.items()}, shipped, seed), plots)


def _default_detectors() -> dict[str, str]:
    """The model of each kind that the manifest names first, whose scores are fused."""
    store = ModelStore()
    return {source: store.default(f"{source}_detector").model_id for source in fusing.SOURCES}


@app.command()
def photographs(
    trials: Annotated[
        Path, typer.Option(help="trials.csv.gz of `python -m benchmarks photographs`.", exists=True)
    ] = PHOTOGRAPH_TRIALS,
    out: Annotated[Path, typer.Option(help="File to write.")] = ROOT / "models" / "footage" / "photographs.json",
    date: Annotated[str, typer.Option(help="Date of the trials, YYYY-MM-DD; otherwise today.")] = "",
) -> None:
    """Fit what a photograph of ours that was set in motion is worth."""
    content = photograph_fit.calibration(
        photograph_fit.read_trials(trials), date or datetime.now(UTC).date().isoformat()
    )
    out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    shown = ("fitted_on", "recall", "llr_bound", "spoof_llr")
    typer.echo(f"{out}: " + ", ".join(f"{name} {content[name]}" for name in shown))


@app.command()
def report(
    out: OutOption = MAPS,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per map and line.")] = False,
) -> None:
    """List all maps: what they were fitted on, how good they are, how far they go."""
    maps = maps_in(out)
    if as_json:
        for content in maps:
            typer.echo(json.dumps(content, ensure_ascii=False))
    else:
        console = Console()
        console.width = max(console.width, TABLE_WIDTH)
        console.print(table(maps))


def _fit_one(path: Path, entry: ModelEntry, question: Question, out: Path, *, seed: int, date: str) -> None:
    reader = read_identity_trials if question is Question.IDENTITY else read_detector_trials
    trials = reader(path)
    source = describe_source(path, trials, date)
    source["date"] = date or _earlier_date(out / f"{entry.model_id}.json", source["sha256"])
    content = fit_map(trials, entry, question, seed) | {
        "fitted_on": source,
        "command": _command(path, entry, question, seed),
    }
    measured_tail = path.with_suffix(".tail.json")
    if measured_tail.exists():  # of more pairs than have a row
        content["h2_tail"] = json.loads(measured_tail.read_text(encoding="utf-8"))["tail"]
    written = write(named(content), out)
    typer.echo(f"{written}: Cllr {content['cllr']:.3f} (min {content['cllr_min']:.3f}), bounds {content['llr_bounds']}")


def _earlier_date(path: Path, sha256: str) -> str:
    """The date of the map that is there, when it was fitted on the same file: a rerun changes nothing."""
    if path.exists():
        source: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["fitted_on"]
        if source["sha256"] == sha256:
            return str(source["date"])
    return datetime.now(UTC).date().isoformat()


def _command(path: Path, entry: ModelEntry, question: Question, seed: int) -> str:
    shown = path.resolve().relative_to(ROOT) if path.resolve().is_relative_to(ROOT) else Path(path.name)
    command = f"python -m calibration fit --scores {shown.as_posix()} --model {entry.model_id} --question {question}"
    return command + (f" --seed {seed}" if seed else "")


if __name__ == "__main__":
    try:
        app()
    except (AnchorproofError, ValueError) as error:
        raise SystemExit(f"calibration: {error}") from error
