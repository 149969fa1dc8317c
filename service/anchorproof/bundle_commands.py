"""``anchorproof bundle``: create | verify | key."""

from __future__ import annotations

import json
from dataclasses import asdict
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
    report_json,
)

bundle_app = typer.Typer(
    help="Evidence bundles: a report with hashes, plots and pictures in one signed file.", no_args_is_help=True
)


@bundle_app.command(
    "create", epilog=examples("anchorproof bundle create 5b0e... --clip suspicious.mp4 --out case-17.zip")
)
def create_bundle(
    context: typer.Context,
    report_id: Annotated[str, typer.Argument(metavar="REPORT", help="The report's id.")],
    clip: Annotated[Path | None, typer.Option(help="The clip, for pictures of it (see ANCHORPROOF_BUNDLES).")] = None,
    target: Annotated[Path | None, typer.Option("--out", help="The file to write; by default REPORT.zip here.")] = None,
    server: ServerOption = "",
) -> None:
    """Put a report with all that belongs to it into one file, signed with this installation's key."""
    from anchorproof.bundling import make

    check_files([clip] if clip else [])
    with open_service(context, server) as service:
        report = service.get_report(report_id)
    written = make(target or Path(f"{report.report_id}.zip"), report, report_json(report), load_settings(context), clip)
    out.print(f"wrote {written}", highlight=False, markup=False, soft_wrap=True)


@bundle_app.command("key", epilog=examples("anchorproof bundle key > newsroom.pem"))
def print_key(context: typer.Context) -> None:
    """The public key that bundles made here are verified with: give it to whoever receives them, by another way."""
    from anchorproof.bundle.keys import SigningKey

    print(SigningKey.load_or_make(load_settings(context).bundle_key_path).public_pem.decode(), end="")


@bundle_app.command(
    "verify", epilog=examples("anchorproof bundle verify case-17.zip --key newsroom.pem --clip suspicious.mp4")
)
def verify_bundle(
    bundle: Annotated[Path, typer.Argument(help="The bundle.")],
    key: Annotated[Path, typer.Option(help="The maker's public key (PEM), as `anchorproof bundle key` prints it.")],
    clip: Annotated[Path | None, typer.Option(help="Also check that the report is about this file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check that a bundle is what was signed with this key, to the byte; exit code 3 when it is not."""
    from anchorproof.bundle.keys import VerifyingKey
    from anchorproof.bundle.verifying import verify

    check_files([bundle, key, *([clip] if clip else [])])
    found = verify(bundle, VerifyingKey(key.read_bytes()), clip)
    if as_json:
        print(json.dumps(asdict(found)))
        return
    out.print(
        f"the bundle holds: {found.report}, {found.decision.upper()}, made {found.report_create_time}\n"
        f"clip SHA-256 {found.clip_sha256}{' (the file given)' if clip else ''}\n"
        f"{found.files} files unchanged since they were signed with key {found.key_sha256}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
