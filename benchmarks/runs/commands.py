"""``python -m benchmarks run`` and ``merge``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from anchorproof.engine import Engine
from anchorproof.settings import Settings
from benchmarks.datasets.layout import Dataset
from benchmarks.datasets.registry import dataset_at
from benchmarks.datasets.speech import AsvSpoof2021, SpeechDataset
from benchmarks.metrics.tandem import TandemForm, min_tdcf
from benchmarks.reports.report import write_report
from benchmarks.reports.tables import console_table
from benchmarks.runs.cases import KINDS, Shard, cases_of, sampled
from benchmarks.runs.folder import SCHEMA, Run, digest_of_cases, merged, read_run, write_json, write_run
from benchmarks.runs.results import evaluate
from benchmarks.runs.scoring import answer_cases
from benchmarks.summary import ROUNDS
from benchmarks.systems.named import HELP, systems_from
from benchmarks.systems.system import System


def register(app: typer.Typer) -> None:
    """Hang the commands into the benches' command line."""
    app.command("run")(run)
    app.command("merge")(merge)


@dataclass(frozen=True, slots=True)
class Asked:
    """One run as it was asked for; the options of the command."""

    data: Path
    out: Path
    systems: tuple[str, ...] = ()
    protocol: str = ""
    dataset: str = ""
    split: str = ""
    trials: Path | None = None
    only: str = ""
    sample: int = 0
    jobs: int = 1
    shard: Shard = Shard()  # noqa: RUF009, frozen
    seed: int = 0
    rounds: int = ROUNDS
    is_fresh: bool = False
    has_page: bool = True


def run_asked(asked: Asked) -> dict[str, Any]:
    """Answers, results and report of one run; returns the results.

    Raises:
        ValueError: the data set, the protocol or a system is not what it should be; says what is.
    """
    chosen = dataset_at(asked.data, asked.dataset)
    split, protocol = asked.split or chosen.splits[0], asked.protocol or chosen.protocols[0]
    if asked.trials is None and protocol.endswith("verification") and protocol not in chosen.protocols:
        raise ValueError(f"{protocol} on {chosen.title} needs --trials FILE")
    cases = cases_of(chosen, asked.data, split, protocol, asked.trials)
    if asked.only:
        cases = [case for case in cases if case.columns.get("modality") in asked.only.split(",")]
    cases = sampled(cases, asked.sample)
    if not cases:
        raise ValueError(f"{chosen.title}, {split}, has nothing for the protocol {protocol}")
    systems = systems_from(list(asked.systems) or [_usual(protocol)], protocol)
    settings = Settings()
    about = _about(chosen, split, protocol, systems, Engine.load(settings))
    about |= {"seed": asked.seed, "rounds": asked.rounds, "cases_sha256": digest_of_cases(cases)}
    about |= _verifier(chosen, asked.data, split)
    if asked.shard.count > 1:
        about["shard"] = str(asked.shard)
    held = [case for case in cases if asked.shard.holds(case)]
    answered = answer_cases(held, systems, asked.out / "work", asked.jobs, settings, asked.is_fresh)
    write_run(Run(about, held, answered.answers, answered.wall_s), asked.data, asked.out)
    return _finished(asked.out, asked.has_page)


def run(
    data: Annotated[Path, typer.Argument(help="A data set's folder, or a CSV manifest.")],
    out: Annotated[Path, typer.Option(help="Folder for results, scores, plots, the page and the work file.")],
    system: Annotated[list[str] | None, typer.Option(help=HELP)] = None,
    protocol: Annotated[str, typer.Option(help=f"{', '.join(KINDS)}; the data set's usual one unless said.")] = "",
    dataset: Annotated[str, typer.Option(help="Which data set it is, where its folder does not tell.")] = "",
    split: Annotated[str, typer.Option(help="The official test split unless said.")] = "",
    trials: Annotated[Path | None, typer.Option(help="CSV of pairs, for verification on a manifest.")] = None,
    only: Annotated[str, typer.Option(help="Only these modalities, such as av,video.")] = "",
    sample: Annotated[int, typer.Option(help="Only about so many cases, spread over the split; 0: all.", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Worker processes; results do not depend on it.", min=1)] = 1,
    shard: Annotated[
        str, typer.Option(help="i/n: only this part of the cases, for another machine to add to.")
    ] = "1/1",
    seed: Annotated[int, typer.Option(help="Of the intervals' resampling.")] = 0,
    rounds: Annotated[int, typer.Option(help="Of the resampling that makes the intervals.", min=10)] = ROUNDS,
    fresh: Annotated[bool, typer.Option(help="Take nothing over from an earlier run.")] = False,
    page: Annotated[bool, typer.Option(help="Also draw plots and write the page and tables.")] = True,
) -> None:
    """Measure systems side by side on a data set. A killed run goes on where it was."""
    asked = Asked(
        data, out, tuple(system or ()), protocol, dataset, split, trials, only, sample, jobs, Shard.parse(shard), seed,
        rounds, fresh, page,
    )  # fmt: skip
    Console(stderr=True, width=120).print(console_table(run_asked(asked)))


def merge(
    shards: Annotated[list[Path], typer.Argument(help="The folders of all shards of one run.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for the whole run.")],
    page: Annotated[bool, typer.Option(help="Also draw plots and write the page and tables.")] = True,
) -> None:
    """Join the shards of one run; needs neither the data nor the systems."""
    whole = merged([read_run(folder) for folder in shards])
    write_run(whole, out, out)
    Console(stderr=True, width=120).print(console_table(_finished(out, page)))


def _finished(out: Path, has_page: bool) -> dict[str, Any]:
    """From the files alone, so that a run, a resumed run and a merged one cannot differ."""
    whole = read_run(out)
    results = evaluate(whole)
    write_json(out / "results.json", results)
    if has_page:
        write_report(results, out)
    return results


def _usual(protocol: str) -> str:
    return {"visual": "visual", "audio": "audio", "face-verification": "face", "speaker-verification": "voice"}.get(
        protocol, "visual" if protocol == "localisation" else "pipeline"
    )


def _about(chosen: Dataset, split: str, protocol: str, systems: list[System], engine: Engine) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "dataset": {"name": chosen.name, "title": chosen.title, "split": split},
        "protocol": protocol,
        "systems": [{"name": system.name, **system.about(engine)} for system in systems],
    }


def _verifier(chosen: Dataset, data: Path, split: str) -> dict[str, Any]:
    """The organisers' speaker verifier where a data set has one, for t-DCF."""
    errors = chosen.verifier(data, split) if isinstance(chosen, SpeechDataset) else None
    if errors is None:
        return {}
    form = TandemForm.REVISED if isinstance(chosen, AsvSpoof2021) else TandemForm.LEGACY
    try:
        min_tdcf([1.0, 0.0], [1.0, 0.0], errors, form=form)
    except ValueError as error:
        return {"verifier_refused": str(error)}
    return {"verifier": asdict(errors) | {"form": form.value}}
