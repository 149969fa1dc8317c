"""``anchorproof submit`` and ``anchorproof jobs ...``: analyses that a server does by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anchorproof.console import (
    REJECTED,
    JsonOption,
    account,
    check_files,
    err,
    examples,
    fault_of_the_file,
    out,
    print_lines,
    report_json,
    tell_rejected,
    with_progress,
)
from anchorproof.types import Job, JobState, Priority

if TYPE_CHECKING:
    from anchorproof.client import Client

DEFAULT_SERVER = "127.0.0.1:50551"

jobs_app = typer.Typer(help="Analyses that a server does by itself: see also submit.", no_args_is_help=True)

ServerOption = Annotated[
    str, typer.Option("--server", metavar="HOST:PORT", help="The server that does the work.", envvar="ANCHORPROOF_AT")
]
JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="The job's id, as submit printed it.")]
PriorityOption = Annotated[
    str, typer.Option(help="low, normal or high: the more urgent are done first.", case_sensitive=False)
]


def _client(server: str) -> Client:
    from anchorproof.client import Client

    client = Client(server, actor=account(), client_id=account())
    client.patience_s = 30.0  # somebody sits here and waits
    return client


def submit(
    clips: Annotated[list[str], typer.Argument(help="Files, or addresses that the server may read (s3://, file://).")],
    server: ServerOption = DEFAULT_SERVER,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the reports and print them.")] = False,
    priority: PriorityOption = "normal",
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="After so long nobody wants the answer.", min=0.001)
    ] = None,
    webhook: Annotated[str, typer.Option(metavar="URL", help="Told when a job ends; the server must allow it.")] = "",
    request_id: Annotated[
        str, typer.Option(metavar="ID", help="The same id again goes on with the same job; only for one clip.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Hand clips to a server and leave: it keeps them, analyses them, and has the reports when you come back.

    What had been sent when the connection broke is not sent again. Prints one line per clip: the job's id and the clip.
    """
    check_files(Path(clip) for clip in clips if "://" not in clip)
    if request_id and len(clips) > 1:
        raise typer.BadParameter("--request-id is for one clip")
    urgency = _priority(priority)
    is_any_rejected = False
    with _client(server) as client:
        jobs: list[tuple[str, Job]] = []
        for clip, on_progress in with_progress([Path(clip) for clip in clips]):
            named = clips[len(jobs)] if "://" in clips[len(jobs)] else str(clip)
            job = client.submit(named, "", request_id, urgency, time_limit, webhook, on_progress)
            jobs.append((named, job))
            if not wait:
                _print_submitted(named, job, as_json)
        for named, job in jobs if wait else ():
            is_any_rejected |= not _print_report(client, named, job, as_json)
    if is_any_rejected:
        raise typer.Exit(REJECTED)


def _priority(name: str) -> Priority:
    try:
        return Priority[name.upper()]
    except KeyError:
        raise typer.BadParameter("priority must be low, normal or high") from None


def _print_submitted(clip: str, job: Job, as_json: bool) -> None:
    print(json.dumps({"job": job.job_id, "clip": clip}, ensure_ascii=False) if as_json else f"{job.job_id}  {clip}")


def _print_report(client: Client, clip: str, job: Job, as_json: bool) -> bool:
    from anchorproof.display import report_panel

    for _, on_progress in with_progress([Path(clip)]):
        try:
            report = client.wait_for_job(job.job_id, on_progress)
        except Exception as error:
            tell_rejected(Path(clip), *fault_of_the_file(error), as_json)
            return False
    if as_json:
        print(report_json(report), flush=True)
    else:
        out.print(report_panel(report))
    return True


@jobs_app.command("list", epilog=examples("anchorproof jobs list", "anchorproof jobs list --state running --json"))
def list_jobs(
    server: ServerOption = DEFAULT_SERVER,
    state: Annotated[str, typer.Option(help="queued, running, succeeded, failed, cancelled or dead; all.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, the newest.", min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """The newest jobs."""
    wanted = None
    if state:
        if state.upper() not in JobState.__members__:
            raise typer.BadParameter(f"state must be one of {', '.join(JobState)}")
        wanted = JobState[state.upper()]
    with _client(server) as client:
        found = [job for job, _ in zip(client.jobs(wanted), range(limit), strict=False)]
    if as_json:
        print_lines(map(job_json, found))
    else:
        _print_table(found)


def _print_table(jobs: Sequence[Job]) -> None:
    from rich.table import Table

    from anchorproof.display import plain

    if not jobs:
        err.print("there are no jobs", highlight=False)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("job", "state", "progress", "clip", "accepted", "report or error"):
        table.add_column(column, no_wrap=column == "job")
    for job in jobs:
        accepted = f"{job.create_time:%Y-%m-%d %H:%M:%S}"
        table.add_row(job.job_id, job.state.value, _progress(job), plain(job.request.clip_name), accepted, _end(job))
    out.print(table)


def _progress(job: Job) -> str:
    if job.state is JobState.QUEUED and job.position is not None:
        return f"{job.position} before it"
    return f"{job.step} {job.fraction:.0%}".strip() if job.state is JobState.RUNNING else ""


def _end(job: Job) -> str:
    if job.error and job.state.is_final:
        return job.error.reason
    return f"reports/{job.report_id}" if job.report_id else ""


@jobs_app.command("show", epilog=examples("anchorproof jobs show 7d0f..."))
def show_job(job: JobArgument, server: ServerOption = DEFAULT_SERVER, as_json: JsonOption = False) -> None:
    """One job: where it is, what is done, why it ended."""
    from anchorproof.display import plain

    with _client(server) as client:
        found = client.get_job(job)
    if as_json:
        print(job_json(found))
        return
    _print_table([found])
    for step in found.steps:
        out.print(f"  {step.step}: {'done' if step.is_done else 'under way'}", highlight=False, markup=False)
    if found.report_id:
        out.print(f"report: reports/{found.report_id}", highlight=False, markup=False)
    if found.error:
        out.print(plain(found.error.message), highlight=False, markup=False)


@jobs_app.command("watch", epilog=examples("anchorproof jobs watch 7d0f..."))
def watch_job(job: JobArgument, server: ServerOption = DEFAULT_SERVER, as_json: JsonOption = False) -> None:
    """Follow a job to its end, then print its report; leaving (Ctrl-C) does not end it."""
    with _client(server) as client:
        if as_json:
            for change in client.watch_job(job):
                print(job_json(change), flush=True)
            return
        found = client.get_job(job)
        if not _print_report(client, found.request.clip_name or job, found, as_json):
            raise typer.Exit(REJECTED)


@jobs_app.command("cancel", epilog=examples("anchorproof jobs cancel 7d0f..."))
def cancel_job(job: JobArgument, server: ServerOption = DEFAULT_SERVER) -> None:
    """Cancel a job; one that has ended stays as it is."""
    with _client(server) as client:
        client.cancel_job(job)
        found = client.get_job(job)
    out.print(f"{job}: {'asked to stop' if found.is_cancel_requested else found.state.value}", highlight=False)


def job_json(job: Job) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.jobs_convert import metadata_message

    body = json.loads(message_json(metadata_message(job)))
    if job.error and job.state.is_final:
        body["error"] = {"reason": job.error.reason, "message": job.error.message}
    return json.dumps(body, ensure_ascii=False)
