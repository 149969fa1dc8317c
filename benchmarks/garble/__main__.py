"""``python -m benchmarks.garble``: print and garble drawn on real pictures, read, and weighed.

``made`` draws and reads trials, ``corpus`` reads clips of a manifest as they are, ``scores`` writes the table that
``python -m calibration fit`` takes, and how well print and garble are told apart.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from anchorproof.captions.captions import read_lines
from anchorproof.captions.garble import Legibility, legibility
from anchorproof.captions.keyframes import FrameChooser
from anchorproof.captions.reader import TextReader
from anchorproof.errors import ClipRejected
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings
from benchmarks.garble import scoring
from benchmarks.garble.trials import FOLDS, Background, Trial, made, pictures_of
from benchmarks.manifests import Row, read_manifest

app = typer.Typer(no_args_is_help=True, add_completion=False)
ManifestOption = Annotated[Path, typer.Option(exists=True, help="CSV of the development media.")]
OutOption = Annotated[Path, typer.Option(help="CSV to write.")]
_LEAST_HEIGHT = 360
#: Print in a clip that is a fake: laid over it by people.
OVERLAY = "overlay"
_BACKGROUNDS = 4


@app.command("made")
def made_(
    manifest: ManifestOption,
    out: OutOption,
    fonts: Annotated[
        list[Path], typer.Option(help="Folders of fonts beside those of matplotlib and the test extra.", exists=True)
    ],
    pairs: Annotated[int, typer.Option(min=1, help="Of print and garble, per fold.")] = 60,
    seed: int = 0,
) -> None:
    """Draw and read the trials."""
    reader = _reader()
    trials: list[Trial] = []
    backgrounds = _backgrounds(read_manifest(manifest))
    for fold in range(len(FOLDS)):
        for trial in made(fold, pairs, backgrounds[fold], _fonts(fonts), reader, seed):
            trials.append(trial)
        print(f"fold {fold}: {len(trials)} trials, {sum(trial.read is not None for trial in trials)} read", flush=True)
        write(trials, out)


@app.command()
def corpus(
    manifest: ManifestOption,
    out: OutOption,
    ids: Annotated[Path | None, typer.Option(help="Read these clips only, one id a line.", exists=True)] = None,
) -> None:
    """Read clips as they are, those with too little text left out; all of them hold print, if overlaid on fakes."""
    wanted = set(ids.read_text(encoding="utf-8").split()) if ids else None
    reader = _reader()
    trials: list[Trial] = []
    for row in read_manifest(manifest):
        if row.modality in ("av", "video") and (wanted is None or row.row_id in wanted):
            trials += _corpus_trial(row, reader)
            write(trials, out)


@app.command()
def scores(
    trials: Annotated[list[Path], typer.Option(help="Tables of `made` and `corpus`.", exists=True)],
    out: Annotated[Path, typer.Option(help="Table of scores to write.")],
    results: Annotated[Path | None, typer.Option(help="Also write figures here, as JSON.")] = None,
    seed: int = 0,
) -> None:
    """Scores for the calibration."""
    rows = [row for path in trials for row in read(path)]
    rows = [row for row in rows if row["kind"] != OVERLAY]  # print, but in clips that are fakes
    _write_rows([scoring.score_row(row) for row in rows], out)
    if results:
        content = json.dumps(scoring.figures(rows, seed), indent=1, ensure_ascii=False)
        results.parent.mkdir(parents=True, exist_ok=True)
        results.write_text(content + "\n", encoding="utf-8")
        print(content)


# --------------------------------------------------------------------------- tables


def write(trials: Sequence[Trial], path: Path) -> None:
    rows = [
        {key: value for key, value in asdict(trial).items() if key != "read"} | _measures(trial) for trial in trials
    ]
    _write_rows(rows, path)


def read(path: Path) -> list[dict[str, Any]]:
    """Rows whose text sufficed, with their scores."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["letters"]]
    return [row | _numbers(row) for row in rows]


def _numbers(row: dict[str, str]) -> dict[str, Any]:
    measured = Legibility(float(row["doubt"]), int(float(row["letters"])))
    return {
        "fold": int(row["fold"]),
        "crf": int(row["crf"]),
        "is_garbled": row["is_garbled"] == "True",
        "doubt": measured.doubt,
        "score": measured.garble_score,
    }


def _measures(trial: Trial) -> dict[str, Any]:
    if trial.read is None:
        return {"doubt": "", "letters": ""}
    return {"doubt": round(trial.read.doubt, 5), "letters": trial.read.letters}


def _write_rows(rows: Sequence[dict[str, Any]], path: Path) -> None:
    if not rows:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# --------------------------------------------------------------------------- media


def _reader() -> TextReader:
    return TextReader(ModelStore(None, 1), Settings().captions)


def _corpus_trial(row: Row, reader: TextReader) -> Iterable[Trial]:
    settings = Settings()
    try:
        info = read_info(row.path, settings.media)
        chooser = FrameChooser(settings.captions.limit_frames)
        for _ in chooser.watch(sample_frames(row.path, info, settings.media)):
            pass
    except ClipRejected as error:
        print(f"{row.row_id}: {error}")
        return
    measured = legibility(line for _, line in read_lines(chooser, reader))
    if measured is not None:
        is_fake = row.columns.get("label") == "fake"
        yield Trial(
            trial_id=row.row_id,
            fold=scoring.fold_of(row.source),
            is_garbled=False,
            kind=OVERLAY if is_fake else "none",
            language=row.columns.get("language", ""),
            font="",
            source=row.source,
            size=f"{row.columns.get('width')}x{row.columns.get('height')}",
            crf=0,
            read=measured,
        )


def _backgrounds(rows: Sequence[Row]) -> list[list[Background]]:
    """For each fold genuine pictures of repositories that no other fold uses."""
    fit_rows = [
        row
        for row in rows
        if row.columns.get("label") == "bonafide"
        and row.modality in ("av", "video")
        and float(row.columns.get("height") or 0) >= _LEAST_HEIGHT
    ]
    by_source = {row.source: row for row in sorted(fit_rows, key=lambda row: row.row_id, reverse=True)}
    folds: list[list[Background]] = [[] for _ in FOLDS]
    for source, row in sorted(by_source.items()):
        room = folds[scoring.fold_of(source)]
        if len(room) < _BACKGROUNDS:
            room.append(Background(source, pictures_of(row.path)))
    if not all(folds):
        raise typer.BadParameter("the manifest has too few genuine sources: each fold needs one of its own")
    return folds


def _fonts(folders: Sequence[Path]) -> list[Path]:
    packaged = [Path(str(files("matplotlib") / "mpl-data" / "fonts" / "ttf"))]
    packaged.append(Path(str(files("paperang_p2_fonts_cjk") / "fonts")))
    found = (path for folder in (*packaged, *folders) for path in sorted(folder.rglob("*")))
    return [path for path in found if path.suffix in (".ttf", ".otf", ".ttc")]


if __name__ == "__main__":
    app()
