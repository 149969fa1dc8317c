"""``anchorproof calibration``: refit | apply | list | drift."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from anchorproof.console import (
    JsonOption,
    ServerOption,
    check_files,
    examples,
    load_settings,
    open_service,
    out,
)

calibration_app = typer.Typer(
    help="What reviewers decided becomes a new calibration, which is used only when you apply it.", no_args_is_help=True
)


@calibration_app.command(
    "refit", epilog=examples("anchorproof calibration refit --from-reviews reviews.jsonl", "... --json")
)
def refit_calibration(
    context: typer.Context,
    reviews: Annotated[
        Path, typer.Option("--from-reviews", help="Exported reviews: JSON lines with report_id and outcome.")
    ],
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Fit a new version on the packaged trials and the reviewed clips; nothing in use changes.

    Counted are the outcomes confirmed_spoof and bona_fide. Clips that reached a reviewer are no fair sample of all
    clips: a calibration for them need not be better for others.
    """
    from anchorproof.recalibration import read_reviews, refit

    check_files([reviews])
    settings = load_settings(context)
    with open_service(context, server) as service:
        lines = reviews.read_text(encoding="utf-8").splitlines()
        found, left_out = read_reviews(lines, service.get_report, settings.verdict)
    made = refit(found, left_out, settings.data_dir)
    if as_json:
        print(
            json.dumps({key: str(value) if isinstance(value, Path) else value for key, value in asdict(made).items()})
        )
        return
    out.print(
        f"{made.calibration_id}: {made.spoofs} confirmed spoofs, {made.bona_fide} bona fide, {made.left_out} left out\n"
        f"Cllr of the reviewed clips: {made.cllr_before:.3f} with the calibration in use, {made.cllr_after:.3f} with "
        f"this one (cross-validated)\nreliability before and after: {made.plot}\n"
        f"use it: anchorproof calibration apply {made.calibration_id}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


@calibration_app.command("list", epilog=examples("anchorproof calibration list"))
def list_calibrations(context: typer.Context, as_json: JsonOption = False) -> None:
    """The versions of the fused LLR's calibration, and which is in use."""
    from anchorproof.fusion import load_fusion
    from anchorproof.recalibration import versions

    settings = load_settings(context)
    current = load_fusion(settings.data_dir).calibration_id
    kept = list(versions(settings.data_dir))
    rows = [(made["calibration_id"], made["create_time"], made["cllr_before"], made["cllr_after"]) for made in kept]
    if as_json:
        for name, time, before, after in rows:
            entry = {"calibrationId": name, "createTime": time, "cllrBefore": before, "cllrAfter": after}
            print(json.dumps(entry | {"inUse": name == current}))
        return
    out.print(f"in use: {current}", highlight=False)
    for name, time, before, after in rows:
        out.print(f"{name}  {time}  Cllr of its reviews {before:.3f} -> {after:.3f}", highlight=False)


@calibration_app.command(
    "apply", epilog=examples("anchorproof calibration apply fusion-1a2b3c4d", "anchorproof calibration apply packaged")
)
def apply_calibration(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="A version's id (see `calibration list`), or packaged.")],
) -> None:
    """Use a version from now on; a running server takes it up when it is started again. Reports name what made them."""
    from anchorproof.recalibration import apply

    name = apply(version, load_settings(context).data_dir)
    out.print(f"{name} is used from the next start on", highlight=False)


@calibration_app.command("drift", epilog=examples("anchorproof calibration drift --limit 500"))
def show_drift(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="How many reports, newest first.", min=10)] = 1000,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Whether scores of stored reports look like those that the calibration was fitted on."""
    from anchorproof.recalibration import drift

    settings = load_settings(context)
    with open_service(context, server) as service:
        found = drift(islice(service.reports(), limit), settings.data_dir, settings.verdict)
    for item in found:
        if as_json:
            print(json.dumps(asdict(item) | {"words": item.words}))
        else:
            figures = f"PSI {item.psi:.3f}, KS {item.ks:.3f} (chance {item.ks_limit:.3f})"
            out.print(f"{item.source}: {item.reports} reports, {figures}: {item.words}", highlight=False)
    if not found and not as_json:
        out.print("no reports with evidence")
