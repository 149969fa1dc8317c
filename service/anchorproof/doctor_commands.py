"""``anchorproof doctor``: is this installation sound, and if not, what is to be done?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from anchorproof.console import JsonOption, load_settings, out
from anchorproof.errors import RequestInvalid

if TYPE_CHECKING:
    from anchorproof.doctor.findings import Finding

EPILOG = "\n\n".join(
    (
        "Examples:",
        "anchorproof doctor",
        "anchorproof doctor --json | jq 'select(.state == \"broken\")'",
        "Exit codes: 0 sound · 1 a person should look at something · 2 something is broken",
    )
)
_STYLES = {"sound": "green", "skipped": "dim", "warning": "yellow", "broken": "bold red"}


def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Look at everything that the service needs, change nothing, and say what is wrong and what to do.

    May run beside a server. Run it as the user and with the settings that the service runs with.
    """
    from anchorproof.doctor.findings import exit_code

    findings = []
    for finding in _findings(context):
        findings.append(finding)
        if as_json:
            print(json.dumps(asdict(finding), ensure_ascii=False), flush=True)
        else:
            _show(finding)
    if not as_json:
        _sum_up(findings)
    raise typer.Exit(exit_code(findings))


def _findings(context: typer.Context) -> Iterator[Finding]:
    from anchorproof.doctor.examination import examine
    from anchorproof.doctor.findings import broken
    from anchorproof.settings import Settings

    try:
        settings = load_settings(context)
    except RequestInvalid as error:
        todo = "correct it; the rest was looked at with the settings as they come"
        yield broken("settings", str(error), todo)
        settings = Settings.model_construct(**_defaults(context))
    yield from examine(settings)


def _defaults(context: typer.Context) -> dict[str, Any]:
    """What can be said without the settings that cannot be read."""
    from anchorproof.settings import Settings

    plain = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    named = {name: value for name, value in context.obj.items() if name == "data_dir"}
    return plain | named


def _show(finding: Finding) -> None:
    from anchorproof.display import plain

    out.print(f"{finding.state:8}", style=_STYLES[finding.state], end=" ", highlight=False)
    out.print(f"{finding.check}: {plain(finding.words)}", markup=False, highlight=False, soft_wrap=True)
    if finding.todo:
        out.print(f"         → {plain(finding.todo)}", markup=False, highlight=False, soft_wrap=True)


def _sum_up(findings: list[Finding]) -> None:
    counts = {state: sum(finding.state == state for finding in findings) for state in ("broken", "warning", "sound")}
    words = f"{counts['broken']} broken, {counts['warning']} to look at, {counts['sound']} sound"
    out.print(words, style="bold", highlight=False)
