"""The command line: ``anchorproof serve | enrol | analyze | anchors | outlets | registry | footage | ...``."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from anchorproof import __version__
from anchorproof.bundle_commands import bundle_app
from anchorproof.calibration_commands import calibration_app
from anchorproof.console import (
    REJECTED,
    UNFIT,
    JsonOption,
    Refused,
    ServerOption,
    anchor_json,
    caution,
    check_files,
    enrolment_json,
    examples,
    fault_of_the_file,
    files_in,
    load_settings,
    open_service,
    out,
    print_lines,
    report_json,
    run,
    tell_rejected,
    watched,
    with_progress,
)
from anchorproof.doctor_commands import EPILOG as DOCTOR_EPILOG
from anchorproof.doctor_commands import doctor
from anchorproof.errors import NotFound, RequestInvalid
from anchorproof.footage_commands import footage_app
from anchorproof.job_commands import jobs_app, submit
from anchorproof.logs import configure
from anchorproof.picking import read_pick
from anchorproof.registry_commands import outlets_app, registry_app
from anchorproof.review_commands import accounts_app, reviews_app
from anchorproof.settings import Settings
from anchorproof.types import Anchor, Consent, Decision, HigherMeans, LocalizedName, Report
from anchorproof.web_commands import EPILOG as WEB_EPILOG
from anchorproof.web_commands import page_process, web

if TYPE_CHECKING:
    from anchorproof.client import Client
    from anchorproof.local import LocalService
    from anchorproof.runtime import ModelEntry
    from anchorproof.types import ModelInfo

T = TypeVar("T")

# Heavy modules (gRPC, ONNX Runtime) are imported by the commands that need them, so that --help is quick.

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

app = typer.Typer(
    name="anchorproof",
    help="Is this newscast what it claims to be? Compares faces and voices with anchors that you enrolled, looks for "
    "traces of synthesis, and says how sure it is. Its answers are evidence for a person who decides.",
    epilog=examples(
        'anchorproof enrol "Ada Example" bulletin.mp4 --create --outlet "Example News"',
        "anchorproof analyze suspicious.mp4",
        "anchorproof serve",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
anchors_app = typer.Typer(help="The registry: who is enrolled.", no_args_is_help=True)
reports_app = typer.Typer(help="Reports of earlier analyses.", no_args_is_help=True)
models_app = typer.Typer(help="The networks that do the work, and your own ones.", no_args_is_help=True)
app.add_typer(anchors_app, name="anchors")
app.add_typer(outlets_app, name="outlets")
app.add_typer(registry_app, name="registry")
app.add_typer(reports_app, name="reports")
app.add_typer(models_app, name="models")
app.add_typer(footage_app, name="footage")
app.add_typer(reviews_app, name="reviews")
app.add_typer(accounts_app, name="accounts")
app.add_typer(jobs_app, name="jobs")
app.command(epilog=WEB_EPILOG)(web)
app.command(epilog=DOCTOR_EPILOG)(doctor)
app.command(
    epilog=examples(
        "anchorproof submit suspicious.mp4 --wait",
        "anchorproof submit *.mp4 --server 10.0.0.5:50551 --priority high",
        "anchorproof submit s3://incoming/clip.mp4 --json",
    )
)(submit)
app.add_typer(bundle_app, name="bundle")
app.add_typer(calibration_app, name="calibration")

MetricsOption = Annotated[
    str, typer.Option("--metrics", metavar="HOST:PORT", help="Show metrics for Prometheus there; by default nowhere.")
]
LocalizedOption = Annotated[
    list[str] | None,
    typer.Option(
        "--localized", metavar="LANG=NAME", help="A name by language, such as zh-Latn='Kang Hui'; may be repeated."
    ),
]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help="Of the explanation: en or zh; by default the settings' language.")
]
ConsentOption = Annotated[Consent | None, typer.Option(help="Does the person agree to be enrolled?")]
ConsentReferenceOption = Annotated[str | None, typer.Option(help="Where the consent is kept.")]
LegalBasisOption = Annotated[str | None, typer.Option(help="The legal basis of keeping templates.")]
ValidFromOption = Annotated[datetime | None, typer.Option(help="Not compared with before this time (UTC).")]
ValidUntilOption = Annotated[datetime | None, typer.Option(help="Not compared with from this time on (UTC).")]
AnchorArgument = Annotated[str, typer.Argument(metavar="ANCHOR", help="The anchor's id, or the name if it is unique.")]


#: These set up their logs by the settings.
_LOGGED = ("serve", "worker", "web")


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        out.print(f"anchorproof {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="Settings file (TOML); or ANCHORPROOF_CONFIG.", exists=True, dir_okay=False),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(help="Where the registry, the reports and your models live; or ANCHORPROOF_DATA_DIR."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Log details, with tracebacks, to stderr.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    if debug and context.invoked_subcommand not in _LOGGED:
        logging.basicConfig(level=logging.DEBUG, format=LOG_FORMAT)
    if config is not None:
        os.environ["ANCHORPROOF_CONFIG"] = str(config)
    context.obj = {} if data_dir is None else {"data_dir": data_dir}
    if debug:
        context.obj["logging"] = {"level": "debug"}


# --------------------------------------------------------------------------- serve


@app.command(
    epilog=examples(
        "anchorproof serve",
        "anchorproof serve --web 127.0.0.1:8080      (with the reviewers' page; needs anchorproof\\[web])",
        "anchorproof serve --listen 127.0.0.1:0      (takes a free port and says which)",
        "ANCHORPROOF_MEDIA__LIMIT_DURATION_S=600 anchorproof serve --workers 4",
    )
)
def serve(
    context: typer.Context,
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="By default 127.0.0.1:50551.")] = "",
    workers: Annotated[int | None, typer.Option(help="Processes that analyse; by default 2.", min=1)] = None,
    web_listen: Annotated[
        str,
        typer.Option(
            "--web", metavar="HOST:PORT", help="Also serve the reviewers' page there, from a process of its own."
        ),
    ] = "",
    metrics: MetricsOption = "",
) -> None:
    """Run the gRPC service until Ctrl-C or SIGTERM; calls under way are finished first."""
    import asyncio

    from anchorproof.api.server import serve as serve_until_told

    changes: dict[str, Any] = {"listen": listen} if listen else {}
    if workers is not None:
        changes["workers"] = workers
    settings = load_settings(context, server=changes, metrics={"listen": metrics} if metrics else {})
    configure(settings.logging, "server")
    host = settings.server.listen.rpartition(":")[0]
    if not _is_loopback(host):
        caution(
            settings,
            f"listening on {settings.server.listen} without encryption or accounts: everybody who reaches this port "
            "can read and change the registry. Put a TLS proxy in front of it.",
        )

    def tell(port: int) -> None:
        print(f"anchorproof listens on {host}:{port} ({settings.server.workers} workers, data in {settings.data_dir})")
        sys.stdout.flush()

    with contextlib.ExitStack() as page:

        def started(port: int) -> None:
            tell(port)
            if web_listen:
                page.enter_context(page_process(settings, web_listen, f"{_reachable(host)}:{port}"))

        asyncio.run(serve_until_told(settings, started))


def _reachable(host: str) -> str:
    """Where a program of this machine reaches what listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)


@app.command(
    epilog=examples(
        "anchorproof worker --workers 4",
        "ANCHORPROOF_DATABASE_URL=postgresql://... ANCHORPROOF_CLIPS_URL=s3://clips anchorproof worker",
    )
)
def worker(
    context: typer.Context,
    workers: Annotated[int | None, typer.Option(help="Processes that analyse; by default 2.", min=1)] = None,
    metrics: MetricsOption = "",
) -> None:
    """Take analyses from the queue that servers share, on this machine, until Ctrl-C or SIGTERM.

    With a database and a clip store that machines share, any number of these may run, beside any number of servers.
    """
    import asyncio

    from anchorproof.worker import work

    changes = {} if workers is None else {"workers": workers}
    settings = load_settings(context, server=changes, metrics={"listen": metrics} if metrics else {})
    configure(settings.logging, "machine")
    asyncio.run(work(settings, lambda: print(f"anchorproof works ({settings.server.workers} workers)", flush=True)))


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.startswith("unix"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# --------------------------------------------------------------------------- enrol


@app.command(
    epilog=examples(
        'anchorproof enrol "Ada Example" bulletin1.mp4 portrait.jpg --create --outlet "Example News"',
        "anchorproof enrol ada-example voice.wav",
        "anchorproof enrol ada-example a-folder/ --session 2026-05",
        "anchorproof enrol ada-example debate.mp4 --pick portrait.jpg     (or 12.5-80, person-2, ask)",
        "anchorproof enrol ada-example more/*.mp4 --server 127.0.0.1:50551",
    )
)
def enrol(
    context: typer.Context,
    name: AnchorArgument,
    files: Annotated[
        list[Path], typer.Argument(help="Pictures, sound or video of the anchor, alone or mostly; or folders of these.")
    ],
    create: Annotated[
        bool, typer.Option("--create", help="Create the anchor when there is none of this name.")
    ] = False,
    outlet: Annotated[str, typer.Option(help="The broadcaster the anchor works for.")] = "",
    pick: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            help="Which of several people it is: a picture of them, START-END in seconds, person-N, or ask.",
        ),
    ] = "",
    session: Annotated[
        str, typer.Option(help="Recording session: media of one day, studio and haircut; by default one per file.")
    ] = "",
    override: Annotated[
        str, typer.Option(metavar="REASON", help="Enrol although it looks like a spoof or somebody else; recorded.")
    ] = "",
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add an anchor's face and voice from media of them; says what was taken and what was left out, and why."""
    from anchorproof.display import enrolments_table, plain
    from anchorproof.identity.coverage import words
    from anchorproof.identity.enrolments import EnrolmentWish

    files = files_in(files)
    check_files(files)
    is_any_rejected = False
    done = []
    with open_service(context, server) as service:
        anchor = _find_or_create(service, name, outlet, create)
        # A bar that draws itself anew would wipe the question away.
        for file in watched(files, "enrolling", as_json or pick == "ask"):
            try:
                wish = EnrolmentWish(read_pick(pick, file, service), session, override)
                enrolment = service.enrol(anchor.anchor_id, file, plain(file.name), wish=wish)
            except Exception as error:
                tell_rejected(file, *fault_of_the_file(error), as_json)
                is_any_rejected = True
                continue
            done.append(enrolment)
            if as_json:
                print(enrolment_json(enrolment), flush=True)
        anchor = service.get_anchor(anchor.anchor_id)
    if done and not as_json:
        out.print(enrolments_table(done))
    if not as_json:
        out.print(f"{_quoted(anchor)}: {words(anchor.coverage)}", highlight=False, markup=False)
    if is_any_rejected:
        raise typer.Exit(REJECTED)


def _find_or_create(service: Client | LocalService, name: str, outlet: str, create: bool) -> Anchor:
    try:
        return _find(service, name, outlet)
    except NotFound as error:
        if create:
            return service.create_anchor(name, outlet)
        hint = f"{error}; add --create to make a new anchor of this name"
        raise Refused(error.reason, hint) from error


def _find(service: Client | LocalService, name: str, outlet: str = "") -> Anchor:
    """By id, or by name (at the outlet, if one is given)."""
    from anchorproof.identity.names import name_key

    anchors = list(service.anchors())
    by_id = [anchor for anchor in anchors if anchor.anchor_id == name]
    by_name = [
        anchor
        for anchor in anchors
        if name_key(anchor.display_name) == name_key(name)
        and (not outlet or name_key(anchor.outlet) == name_key(outlet))
    ]
    found = by_id or by_name
    if not found:
        raise NotFound("anchor", name)
    if len(found) > 1:
        ids = ", ".join(anchor.anchor_id for anchor in found)
        raise RequestInvalid(f"several anchors are called {name!r}: say which by its id ({ids})")
    return found[0]


# --------------------------------------------------------------------------- analyze


@app.command(
    epilog=examples(
        "anchorproof analyze suspicious.mp4",
        "anchorproof analyze *.mp4 --server 127.0.0.1:50551",
        "anchorproof analyze suspicious.mp4 --language zh",
        "anchorproof analyze *.mp4 --json > reports.jsonl",
    )
)
def analyze(
    context: typer.Context,
    clips: Annotated[list[Path], typer.Argument(help="Video or sound files to judge.")],
    language: LanguageOption = None,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Judge clips: who is seen and heard, whether it looks made up, how sure that is, and why.

    With --json, each clip gives one line: its report, or its clipName and the error's reason and message.
    """
    from anchorproof.display import plain, report_panel, reports_table

    check_files(clips)
    tongue = _language(context, language)
    reports: list[Report] = []
    with open_service(context, server) as service:
        for clip, on_progress in with_progress(clips):
            try:
                report = service.analyze(clip, plain(clip.name), on_progress)
            except Exception as error:
                tell_rejected(clip, *fault_of_the_file(error), as_json)
                continue
            reports.append(report)
            if as_json:
                print(report_json(report), flush=True)
            else:
                out.print(report_panel(report, tongue))
    if len(clips) > 1 and reports and not as_json:
        out.print(reports_table(reports))
    if len(reports) < len(clips):
        raise typer.Exit(REJECTED)


def _language(context: typer.Context, wanted: str | None) -> str:
    tongue = wanted or load_settings(context).language
    if tongue not in ("en", "zh"):
        raise RequestInvalid(f"--language must be en or zh; got {tongue!r}")
    return tongue


# --------------------------------------------------------------------------- anchors


@anchors_app.command("list", epilog=examples("anchorproof anchors list", "anchorproof anchors list --json"))
def list_anchors(context: typer.Context, server: ServerOption = "", as_json: JsonOption = False) -> None:
    """All anchors, in the order of their creation."""
    from anchorproof.display import anchors_table

    with open_service(context, server) as service:
        anchors = list(service.anchors())
    if as_json:
        print_lines(map(anchor_json, anchors))
    elif anchors:
        out.print(anchors_table(anchors))
    else:
        out.print('nobody is enrolled yet: anchorproof enrol "A Name" FILE --create')


@anchors_app.command("show", epilog=examples("anchorproof anchors show ada-example"))
def show_anchor(
    context: typer.Context, name: AnchorArgument, server: ServerOption = "", as_json: JsonOption = False
) -> None:
    """One anchor and what was enrolled."""
    from anchorproof.display import anchor_panel

    with open_service(context, server) as service:
        anchor = _find(service, name)
        enrolments = list(service.enrolments(anchor.anchor_id))
    if as_json:
        print(anchor_json(anchor))
        print_lines(map(enrolment_json, enrolments))
    else:
        out.print(anchor_panel(anchor, enrolments))


@anchors_app.command(
    "create", epilog=examples('anchorproof anchors create "康辉" --outlet CCTV --alias "Kang Hui" --id kang-hui')
)
def create_anchor(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name to show, in any script.")],
    outlet: Annotated[str, typer.Option(help="The broadcaster the anchor works for.")] = "",
    alias: Annotated[list[str] | None, typer.Option(help="Another name; may be repeated.")] = None,
    notes: Annotated[str, typer.Option(help="Anything worth knowing.")] = "",
    localized: LocalizedOption = None,
    consent: ConsentOption = None,
    consent_reference: ConsentReferenceOption = None,
    legal_basis: LegalBasisOption = None,
    valid_from: ValidFromOption = None,
    valid_until: ValidUntilOption = None,
    anchor_id: Annotated[str, typer.Option("--id", help="a-z, 0-9 and -; by default made from the name.")] = "",
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Create an anchor, to be enrolled later."""
    fields = _record_fields(localized, consent, consent_reference, legal_basis, valid_from, valid_until)
    with open_service(context, server) as service:
        anchor = service.create_anchor(name, outlet, alias or (), notes, anchor_id, **fields)
    _tell_anchor(anchor, "created", as_json)


@anchors_app.command(
    "update", epilog=examples('anchorproof anchors update ada-example --outlet "Other News" --notes "moved in May"')
)
def update_anchor(
    context: typer.Context,
    name: AnchorArgument,
    new_name: Annotated[str | None, typer.Option("--name", help="The new name to show.")] = None,
    outlet: Annotated[str | None, typer.Option(help="The new outlet.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="All aliases from now on; may be repeated.")] = None,
    notes: Annotated[str | None, typer.Option(help="The new notes.")] = None,
    localized: LocalizedOption = None,
    consent: ConsentOption = None,
    consent_reference: ConsentReferenceOption = None,
    legal_basis: LegalBasisOption = None,
    valid_from: ValidFromOption = None,
    valid_until: ValidUntilOption = None,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Change what is known of an anchor; what is not named stays."""
    wanted = {"display_name": new_name, "outlet": outlet, "aliases": tuple(alias) if alias else None, "notes": notes}
    changes = {field: value for field, value in wanted.items() if value is not None}
    changes |= _record_fields(localized, consent, consent_reference, legal_basis, valid_from, valid_until)
    if not changes:
        raise RequestInvalid("say what to change: --name, --outlet, --alias, --notes, --consent or another option")
    with open_service(context, server) as service:
        anchor = _find(service, name)
        anchor = service.update_anchor(anchor.anchor_id, changes, anchor.etag)
    _tell_anchor(anchor, "updated", as_json)


@anchors_app.command(
    "delete",
    epilog=examples(
        "anchorproof anchors delete ada-example --yes", "anchorproof anchors delete ada-example --enrolment 1f0c..."
    ),
)
def delete_anchor(
    context: typer.Context,
    name: AnchorArgument,
    enrolment: Annotated[str, typer.Option(help="Only this enrolment (see `anchors show`).")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    server: ServerOption = "",
) -> None:
    """Erase an anchor with all enrolments and templates, or one enrolment; there is no way back."""
    with open_service(context, server) as service:
        anchor = _find(service, name)
        what = f"enrolment {enrolment} of {_quoted(anchor)}" if enrolment else f"{_quoted(anchor)} and all templates"
        if not yes:
            _ask(f"Erase {what}?")
        if enrolment:
            service.delete_enrolment(anchor.anchor_id, enrolment)
        else:
            service.delete_anchor(anchor.anchor_id)
    out.print(f"erased {what}", highlight=False, markup=False)


def _record_fields(
    localized: Sequence[str] | None,
    consent: Consent | None,
    consent_reference: str | None,
    legal_basis: str | None,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> dict[str, Any]:
    """Those that were given."""
    names = None
    if localized is not None:
        pairs = [entry.partition("=") for entry in localized]
        if not all(equals for _, equals, _ in pairs):
            raise RequestInvalid("--localized must be LANG=NAME, such as zh-Hans=康辉")
        names = [LocalizedName(language, text) for language, _, text in pairs]
    given = {
        "localized_names": names,
        "consent": consent,
        "consent_reference": consent_reference,
        "legal_basis": legal_basis,
        "valid_from": valid_from.replace(tzinfo=UTC) if valid_from else None,
        "valid_until": valid_until.replace(tzinfo=UTC) if valid_until else None,
    }
    return {field: value for field, value in given.items() if value is not None}


@anchors_app.command("search", epilog=examples('anchorproof anchors search "hui kang"'))
def search_anchors(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name or a part of one, in any script.")],
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Anchors by name: accents, word order and single wrong letters do not matter."""
    from anchorproof.display import matches_table

    with open_service(context, server) as service:
        matches = service.search_anchors(name)
    if as_json:
        print_lines(anchor_json(match.anchor) for match in matches)
    else:
        out.print(matches_table(matches) if matches else "nobody of such a name")


@anchors_app.command("merge", epilog=examples("anchorproof anchors merge ada-exemple ada-example"))
def merge_anchors(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="FROM", help="The record that is given up.")],
    into: Annotated[str, typer.Argument(metavar="INTO", help="The record that stays.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make two records of one person one; there is no way back."""
    with open_service(context, server) as service:
        given_up, kept = _find(service, name), _find(service, into)
        if not yes:
            _ask(f"Give {_quoted(given_up)} up and move all to {_quoted(kept)}?")
        merged = service.merge_anchors(given_up.anchor_id, kept.anchor_id, kept.etag)
    _tell_anchor(merged, "merged into", as_json)


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise RequestInvalid("nobody is there to confirm: add --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(0)


def _tell_anchor(anchor: Anchor, what: str, as_json: bool) -> None:
    if as_json:
        print(anchor_json(anchor))
    else:
        out.print(f"{what} {_quoted(anchor)}", highlight=False, markup=False)


def _quoted(anchor: Anchor) -> str:
    from anchorproof.display import plain

    return f"{plain(anchor.display_name)} ({anchor.anchor_id})"


# --------------------------------------------------------------------------- reports


@reports_app.command(
    "list", epilog=examples("anchorproof reports list --decision spoof --limit 5", "anchorproof reports list --json")
)
def list_reports(
    context: typer.Context,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
    decision: Annotated[Decision | None, typer.Option(help="Only reports with this verdict.")] = None,
    anchor: Annotated[str, typer.Option(help="Only clips in which this anchor was recognised (by id).")] = "",
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Reports of earlier analyses, newest first."""
    from itertools import islice

    from anchorproof.display import reports_table
    from anchorproof.reports.store import ReportFilters

    with open_service(context, server) as service:
        filters = ReportFilters(decision=decision, anchor_id=anchor or None)
        reports = list(islice(service.reports(filters), limit))
    if as_json:
        print_lines(map(report_json, reports))
    elif reports:
        out.print(reports_table(reports, with_ids=True))
    else:
        out.print("no reports")


@reports_app.command(
    "show", epilog=examples("anchorproof reports show 5b0e...", "anchorproof reports show 5b0e... --json")
)
def show_report(
    context: typer.Context,
    report_id: Annotated[str, typer.Argument(metavar="REPORT", help="The report's id.")],
    language: LanguageOption = None,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """One report in full."""
    from anchorproof.display import report_panel

    tongue = _language(context, language)
    with open_service(context, server) as service:
        report = service.get_report(report_id)
    if as_json:
        print(report_json(report))
    else:
        out.print(report_panel(report, tongue))


# --------------------------------------------------------------------------- models


@models_app.command("list", epilog=examples("anchorproof models list", "anchorproof models list --json"))
def list_models(context: typer.Context, server: ServerOption = "", as_json: JsonOption = False) -> None:
    """The models in use, and those that could be."""
    from anchorproof.display import models_table

    rows = _server_models(server) if server else _own_models(load_settings(context))
    if as_json:
        print_lines(
            json.dumps({"modelId": model.model_id, "task": model.task, "sha256": model.sha256, "state": state})
            for model, state in rows
        )
    else:
        out.print(models_table(rows))


def _server_models(server: str) -> list[tuple[ModelEntry | ModelInfo, str]]:
    from anchorproof.client import Client

    with Client(server) as client:
        return [
            (model, _state(model.is_default, model.higher_means is not None, model.calibration is not None))
            for model in client.models()
        ]


def _own_models(settings: Settings) -> list[tuple[ModelEntry | ModelInfo, str]]:
    from anchorproof.evidence import calibration_folders, load_calibrations
    from anchorproof.runtime import ModelStore

    store = ModelStore(settings.data_dir / "models")
    calibrated = {item.model_id for item in load_calibrations(calibration_folders(store, settings.data_dir))}
    return [
        (
            entry,
            _state(
                store.default(entry.task).model_id == entry.model_id,
                entry.higher_means is not None,
                entry.model_id in calibrated,
            ),
        )
        for entry in store.entries()
    ]


def _state(is_default: bool, has_scores: bool, is_calibrated: bool) -> str:
    state = "in use" if is_default else "at hand"
    return f"{state}, not calibrated" if has_scores and not is_calibrated else state


@models_app.command("verify", epilog=examples("anchorproof models verify"))
def verify_models(context: typer.Context) -> None:
    """Open every model and compare its checksum with the manifest's."""
    from anchorproof.display import models_table
    from anchorproof.user_models import verify

    checked = list(verify(load_settings(context).data_dir / "models"))
    out.print(models_table((entry, fault or "sound") for entry, fault in checked))
    if any(fault for _, fault in checked):
        raise typer.Exit(UNFIT)


@models_app.command(
    "add",
    epilog=examples(
        "anchorproof models add inception.onnx --like facenet-inception",
        "anchorproof models use facenet-inception-1 --for face_template",
        "anchorproof models add classifier.onnx --like picture-classifier --id mine-1 --parameter side_px=128 "
        "--parameter output_kind='\"logits\"' --parameter output_index=1 --higher-means bona_fide",
    ),
)
def add_model(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The network, as ONNX.", exists=True, dir_okay=False)],
    like: Annotated[
        str, typer.Option(help="The model whose task and input it shares, facenet-inception or picture-classifier.")
    ],
    model_id: Annotated[str, typer.Option("--id", help="Its id; by default that of --like with -1 behind it.")] = "",
    origin: Annotated[str, typer.Option(help="Where it comes from, for the reports.")] = "",
    licence: Annotated[str, typer.Option(help="Its licence.")] = "",
    parameter: Annotated[
        list[str] | None, typer.Option(metavar="NAME=JSON", help="What differs in its input, such as side_px=112.")
    ] = None,
    higher_means: Annotated[
        HigherMeans | None, typer.Option(help="What a larger score of it supports, where --like says otherwise.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="A calibration file for it.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Add your own network: it is tried out, copied to the data folder and entered in the manifest there."""
    from anchorproof.user_models import ModelWish, add, add_calibration

    models_dir = load_settings(context).data_dir / "models"
    wish = ModelWish(like, model_id, origin, licence, _parameters(parameter or []), higher_means)
    entry = add(models_dir, file, wish)
    if calibration:
        add_calibration(models_dir, entry, calibration)
    out.print(f"added {entry.model_id}; use it: anchorproof models use {entry.model_id} --for {entry.task}")
    if entry.higher_means and not calibration:
        out.print(f"its scores count for nothing until it is calibrated: put a file in {models_dir / 'calibration'}")


def _parameters(assignments: Sequence[str]) -> dict[str, Any]:
    parameters = {}
    for assignment in assignments:
        name, _, value = assignment.partition("=")
        try:
            parameters[name] = json.loads(value)
        except ValueError as error:
            raise RequestInvalid(f"--parameter must be NAME=JSON; got {assignment!r}") from error
    return parameters


@models_app.command("use", epilog=examples("anchorproof models use dlib-resnet-1 --for face_template"))
def use_model(
    context: typer.Context,
    model_id: Annotated[str, typer.Argument(metavar="MODEL", help="The model's id (see `models list`).")],
    task: Annotated[str, typer.Option("--for", help="The task, such as face_template or visual_detector.")],
) -> None:
    """Choose the model of a task from now on; a running server takes it up when it is started again."""
    from anchorproof.user_models import choose

    entry = choose(load_settings(context).data_dir / "models", model_id, task)
    out.print(f"{entry.model_id} is now used for {task}")
    if task.endswith("_template"):
        out.print("templates of another model cannot be compared with it: enrol your anchors' media again")


def main() -> None:
    """The console entry."""
    run(app)


if __name__ == "__main__":
    main()
