"""``anchorproof outlets ...`` and ``anchorproof registry ...``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anchorproof.console import (
    JsonOption,
    ServerOption,
    account,
    examples,
    load_settings,
    logo_json,
    open_service,
    out,
    outlet_json,
    print_lines,
)
from anchorproof.errors import NotFound, RequestInvalid
from anchorproof.types import Modality, Outlet

if TYPE_CHECKING:
    from anchorproof.client import Client
    from anchorproof.identity.archive import Moved
    from anchorproof.local import LocalService

PASSPHRASE_VARIABLE = "ANCHORPROOF_PASSPHRASE"

outlets_app = typer.Typer(help="Broadcasters and agencies that anchors work for.", no_args_is_help=True)
registry_app = typer.Typer(
    help="The registry as a whole, for those who keep it: copies, keys, the audit trail.", no_args_is_help=True
)
OutletArgument = Annotated[str, typer.Argument(metavar="OUTLET", help="The outlet's id, or one of its names.")]

# --------------------------------------------------------------------------- outlets


@outlets_app.command("list", epilog=examples("anchorproof outlets list"))
def list_outlets(context: typer.Context, server: ServerOption = "", as_json: JsonOption = False) -> None:
    """All outlets, in the order of their creation."""
    from anchorproof.display import outlets_table

    with open_service(context, server) as service:
        outlets = list(service.outlets())
    if as_json:
        print_lines(map(outlet_json, outlets))
    else:
        out.print(outlets_table(outlets) if outlets else "no outlets yet; an anchor's --outlet makes one")


@outlets_app.command(
    "create", epilog=examples('anchorproof outlets create "中央电视台" --alias CCTV --country CN --id cctv')
)
def create_outlet(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name to show, in any script.")],
    alias: Annotated[list[str] | None, typer.Option(help="Another name; may be repeated.")] = None,
    country: Annotated[str, typer.Option(help="Two letters (ISO 3166).")] = "",
    notes: Annotated[str, typer.Option(help="Anything worth knowing.")] = "",
    outlet_id: Annotated[str, typer.Option("--id", help="a-z, 0-9 and -; by default made from the name.")] = "",
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Create an outlet; anchors may name it by any of its names."""
    with open_service(context, server) as service:
        _tell_outlet(service.create_outlet(name, alias or (), country, notes, outlet_id), "created", as_json)


@outlets_app.command("update", epilog=examples('anchorproof outlets update cctv --name "CCTV" --country CN'))
def update_outlet(
    context: typer.Context,
    name: OutletArgument,
    new_name: Annotated[str | None, typer.Option("--name", help="The new name to show.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="All aliases from now on; may be repeated.")] = None,
    country: Annotated[str | None, typer.Option(help="Two letters (ISO 3166).")] = None,
    notes: Annotated[str | None, typer.Option(help="The new notes.")] = None,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Change an outlet; its anchors show the new name at once."""
    wanted = {"display_name": new_name, "aliases": alias, "country": country, "notes": notes}
    changes = {field: value for field, value in wanted.items() if value is not None}
    if not changes:
        raise RequestInvalid("say what to change: --name, --alias, --country or --notes")
    with open_service(context, server) as service:
        outlet = _find_outlet(service, name)
        _tell_outlet(service.update_outlet(outlet.outlet_id, changes, outlet.etag), "updated", as_json)


@outlets_app.command("delete", epilog=examples("anchorproof outlets delete example-news"))
def delete_outlet(context: typer.Context, name: OutletArgument, server: ServerOption = "") -> None:
    """Delete an outlet that no anchor works for."""
    with open_service(context, server) as service:
        outlet = _find_outlet(service, name)
        service.delete_outlet(outlet.outlet_id, outlet.etag)
    out.print(f"deleted {outlet.outlet_id}", highlight=False, markup=False)


logo_app = typer.Typer(help="Marks of outlets as pictures, to be found in clips.", no_args_is_help=True)
outlets_app.add_typer(logo_app, name="logo")
PictureArgument = Annotated[Path, typer.Argument(metavar="PICTURE", help="PNG keeps what is transparent.", exists=True)]


@logo_app.command("add", epilog=examples("anchorproof outlets logo add cctv mark.png"))
def add_logo(
    context: typer.Context,
    name: OutletArgument,
    picture: PictureArgument,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add a mark of an outlet as a picture; clips that show it claim the outlet."""
    with open_service(context, server) as service:
        logo = service.add_logo(_find_outlet(service, name).outlet_id, picture)
    if as_json:
        print(logo_json(logo))
    else:
        out.print(f"added logo {logo.logo_id} ({logo.width} x {logo.height})", highlight=False, markup=False)


@logo_app.command("list", epilog=examples("anchorproof outlets logo list cctv"))
def list_logos(
    context: typer.Context, name: OutletArgument, server: ServerOption = "", as_json: JsonOption = False
) -> None:
    """Logos of an outlet."""
    with open_service(context, server) as service:
        logos = service.logos(_find_outlet(service, name).outlet_id)
    if as_json:
        print_lines(map(logo_json, logos))
    for logo in () if as_json else logos:
        out.print(f"{logo.logo_id}  {logo.width} x {logo.height}  {logo.create_time:%Y-%m-%d}", highlight=False)
    if not as_json and not logos:
        out.print("no logos yet")


@logo_app.command("delete", epilog=examples("anchorproof outlets logo delete cctv 3f2a9c01be47"))
def delete_logo(
    context: typer.Context,
    name: OutletArgument,
    logo: Annotated[str, typer.Argument(metavar="LOGO", help="The logo's id.")],
    server: ServerOption = "",
) -> None:
    """Erase a logo."""
    with open_service(context, server) as service:
        service.delete_logo(_find_outlet(service, name).outlet_id, logo)
    out.print(f"deleted {logo}", highlight=False, markup=False)


def _find_outlet(service: Client | LocalService, name: str) -> Outlet:
    from anchorproof.identity.names import name_key

    for outlet in service.outlets():
        if name == outlet.outlet_id or name_key(name) in map(name_key, (outlet.display_name, *outlet.aliases)):
            return outlet
    raise NotFound("outlet", name)


def _tell_outlet(outlet: Outlet, what: str, as_json: bool) -> None:
    from anchorproof.display import plain

    if as_json:
        print(outlet_json(outlet))
    else:
        out.print(f"{what} {plain(outlet.display_name)} ({outlet.outlet_id})", highlight=False, markup=False)


# --------------------------------------------------------------------------- the registry as a whole


@registry_app.command("audit", epilog=examples("anchorproof registry audit", "anchorproof registry audit --of 0c3f..."))
def audit(
    context: typer.Context,
    of: Annotated[str, typer.Option(help="Only this anchor's entries: its audit id (see `anchors show`).")] = "",
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Who changed what, and when."""
    from anchorproof.display import audit_table

    with open_service(context, server) as service:
        entries = list(service.audit(of))
    if as_json:
        for entry in entries:
            line = {
                "number": entry.number,
                "time": entry.time.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
            }
            kept = {"subject": entry.subject, "resource": entry.resource, "details": dict(entry.details)}
            print(json.dumps(line | kept, ensure_ascii=False))
    else:
        out.print(audit_table(entries))


@registry_app.command(
    "export",
    epilog=examples(
        "anchorproof registry export all.registry", "ANCHORPROOF_PASSPHRASE=... anchorproof registry export f"
    ),
)
def export(
    context: typer.Context, file: Annotated[Path, typer.Argument(help="The file to write.", dir_okay=False)]
) -> None:
    """Write everything but the audit trail to one file that a passphrase opens."""
    if file.exists():
        raise RequestInvalid(f"{str(file)!r} exists already; name a new file")
    with _local(context) as service:
        _tell_moved("exported", service.registry.export(file, _passphrase(is_new=True)))


@registry_app.command("import", epilog=examples("anchorproof registry import all.registry"))
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="What `registry export` wrote.", exists=True, dir_okay=False)],
) -> None:
    """Add what an exported file holds to this registry, all or nothing."""
    with _local(context) as service:
        _tell_moved("imported", service.registry.import_from(file, _passphrase(is_new=False)))


@registry_app.command("rotate-key", epilog=examples("anchorproof registry rotate-key"))
def rotate_key(context: typer.Context) -> None:
    """Seal all templates with a new key; the old one opens nothing afterwards. Servers may go on running."""
    with _local(context) as service:
        done = service.registry.rotate_key()
    out.print(f"{done} templates are sealed with a new key; keep a copy of the new key file apart from the backups")


@registry_app.command("rebuild", epilog=examples("anchorproof registry rebuild"))
def rebuild(context: typer.Context) -> None:
    """Make templates of the models in use for whoever has only those of others."""
    from anchorproof.display import plain

    with _local(context) as service:
        done = service.rebuild()
    out.print(f"{done.templates} templates made")
    for anchor_id, name, modality in done.enrol_again:
        words = f"{anchor_id}: enrol the {modality.value} of {plain(name)} again, nothing was retained to make it from"
        out.print(words, highlight=False, markup=False)


@registry_app.command(
    "search", epilog=examples("anchorproof registry search face.jpg", "anchorproof registry search talk.wav --by voice")
)
def search(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A picture, sound or video.", exists=True, dir_okay=False)],
    by: Annotated[Modality, typer.Option(help="Look up its faces, or its voices.")] = Modality.FACE,
    server: ServerOption = "",
) -> None:
    """Whom of the enrolled the faces or voices of a file resemble."""
    from anchorproof.display import hits_table

    with open_service(context, server) as service:
        hits = service.search_media(file, by)
    out.print(hits_table(hits) if hits else f"no {by.value} was found")


def _local(context: typer.Context) -> LocalService:
    from anchorproof.local import LocalService

    return LocalService(load_settings(context), account())


def _passphrase(is_new: bool) -> str:
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise RequestInvalid(f"nobody is there to type the passphrase: put it in {PASSPHRASE_VARIABLE}")
    return str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=is_new, err=True))


def _tell_moved(what: str, moved: Moved) -> None:
    present = f"; {moved.present} enrolments were there already" if moved.present else ""
    counts = f"{moved.anchors} anchors, {moved.enrolments} enrolments, {moved.templates} templates"
    out.print(f"{what} {moved.outlets} outlets, {counts}{present}")
