"""Start a real server, enrol an anchor, analyse three clips over gRPC, print what came back.

python -m benchmarks.demo [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from anchorproof.client import Client, EnrolmentWish, ServiceError
from anchorproof.types import Decision, Report
from anchorproof.types import Progress as Step
from benchmarks.demo.clips import Take, admiral, astronaut, write_newscast
from benchmarks.demo.server import running_server
from benchmarks.demo.speech import formant_voice, neural_voice

ANCHOR, OUTLET = "Demo Anchor", "Demo Evening News"

_ENROLLED = (
    "Good evening. These are the main stories tonight. The council has approved the new budget after a long debate. "
)
_TOLD = "Trains on the northern line are running again this morning, and the harbour bridge will open on Thursday. "
_CLAIM = "Breaking news. The bank will double every deposit that you make before midnight. Follow the link below. "

NOTICE = (
    "These clips are synthetic stand-ins: still portraits that drift across a plain studio, and text-to-speech "
    "voices. They show how the service is used, not how well it detects; a good detector may well object to all three."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip of the demo and what a reader should expect to see of it."""

    title: str
    path: Path


def main() -> int:
    """Run the demo; 0 when every step answered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the clips and the store in this folder")
    options = parser.parse_args()
    console = Console()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anchorproof-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        console.print(f"[yellow]{NOTICE}[/yellow]\n")
        enrolled, samples = _make_clips(folder, console)
        server = stack.enter_context(running_server(folder / "store", console))
        console.print(f"Server listening on {server.address} (its own process, embedded store)\n")
        with Client(server.address) as client:
            return _tour(client, enrolled, samples, console)


def _make_clips(folder: Path, console: Console) -> tuple[list[Path], list[Sample]]:
    with console.status("Composing four short clips from public-domain portraits and synthesised voices ..."):
        anchor, stranger = astronaut(), admiral()
        enrolled = folder / "bulletin.mp4"
        write_newscast(enrolled, anchor, neural_voice(_ENROLLED * 2), Take("DEMO EVENING NEWS (synthetic stand-in)"))
        genuine, revoiced, unknown = (folder / f"{name}.mp4" for name in ("same-anchor", "other-voice", "unknown"))
        write_newscast(genuine, anchor, neural_voice(_TOLD * 2), Take("MORNING EDITION (synthetic stand-in)", 0.9, 1.0))
        write_newscast(revoiced, anchor, formant_voice(_CLAIM * 2), Take("BREAKING (synthetic stand-in)", 1.0, 2.0))
        write_newscast(unknown, stranger, formant_voice(_TOLD * 2, "en+m3"), Take("WORLD (synthetic stand-in)"))
    console.print(f"Made 4 clips in {folder}\n")
    return [enrolled], [
        Sample("the anchor as enrolled", genuine),
        Sample("the anchor's face, another voice", revoiced),
        Sample("an unknown presenter", unknown),
    ]


def _tour(client: Client, enrolled: list[Path], samples: list[Sample], console: Console) -> int:
    try:
        anchor = client.create_anchor(ANCHOR, outlet=OUTLET)
        for path in enrolled:
            # Its voice is synthesised, which the service rightly refuses to enrol unless somebody answers for it.
            wish = EnrolmentWish(override_reason="a stand-in that the demo composed")
            enrolment = client.enrol(anchor.anchor_id, path, wish=wish)
            console.print(
                f"Enrolled {anchor.display_name} from {path.name}: {enrolment.face_templates} face templates, "
                f"{enrolment.speech_s:.0f} s of voice\n"
            )
        reports = [(sample, _analyse(client, sample, console)) for sample in samples]
    except ServiceError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    _show(reports, console)
    console.print(f"\n[yellow]{NOTICE}[/yellow]")
    return 0


def _analyse(client: Client, sample: Sample, console: Console) -> Report:
    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(),
        TextColumn("{task.fields[step]:<9}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(sample.title, total=1.0, step="upload")

        def tell(step: Step) -> None:
            bar.update(task, completed=step.fraction, step=step.step)

        report = client.analyze(sample.path, on_progress=tell)
        bar.update(task, completed=1.0, step="done")
    return report


_COLOURS = {Decision.BONA_FIDE: "green", Decision.SPOOF: "red", Decision.INCONCLUSIVE: "yellow"}


def _show(reports: list[tuple[Sample, Report]], console: Console) -> None:
    table = Table(title="What the service answered", show_lines=True)
    for heading in ("clip", "verdict", "confidence", "face", "voice"):
        table.add_column(heading, overflow="fold")
    for sample, report in reports:
        verdict = report.verdict
        table.add_row(
            sample.title,
            _decision(verdict.decision),
            _confidence(report),
            _who([face.anchor_id for face in report.faces]),
            _who([voice.anchor_id for voice in report.voices]),
        )
    console.print(table)
    for sample, report in reports:
        console.print(f"\n[bold]{sample.title}[/bold]: {_decision(report.verdict.decision)}. {report.verdict.summary}")
        for message in dict.fromkeys(reason.message for reason in report.verdict.reasons):
            console.print(f"  - {message}", highlight=False)


def _confidence(report: Report) -> str:
    verdict = report.verdict
    if verdict.decision is Decision.INCONCLUSIVE:
        return f"{verdict.spoof_posterior:.0%} that it is synthetic"
    return f"{verdict.confidence:.0%}"


def _decision(decision: Decision) -> str:
    return f"[{_COLOURS[decision]}]{decision.name}[/]"


def _who(anchor_ids: list[str | None]) -> str:
    known = sorted({key for key in anchor_ids if key})
    if known:
        return ", ".join(known)
    return "nobody enrolled" if anchor_ids else "none found"


if __name__ == "__main__":
    sys.exit(main())
