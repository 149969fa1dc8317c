"""``anchorproof footage``: add | watch | list | search | delete."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from anchorproof.console import (
    REJECTED,
    examples,
    fault_of_the_file,
    load_settings,
    open_service,
    out,
    print_lines,
    tell_rejected,
    watched,
)
from anchorproof.errors import RequestInvalid

if TYPE_CHECKING:
    from anchorproof.local import LocalService
    from anchorproof.types import Programme

footage_app = typer.Typer(
    help="Our own programmes: recognise clips taken from them, and say what was changed.", no_args_is_help=True
)

ServerOption = Annotated[
    str,
    typer.Option("--server", metavar="HOST:PORT", help="Ask this server; without it, the work is done here."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line, for programs.")]
RetainOption = Annotated[
    bool,
    typer.Option(
        "--retain",
        help="Keep small pictures (two a second, 320 px) and 8 kHz sound too, some 100 MB an hour: needed to tell a "
        "changed mouth or face and to show pictures side by side. Without it only fingerprints are kept.",
    ),
]
#: What a folder is searched for.
MEDIA_SUFFIXES = frozenset(
    [
        ".mp4",
        ".mov",
        ".m4v",
        ".mkv",
        ".webm",
        ".ts",
        ".mts",
        ".m2ts",
        ".mpg",
        ".mpeg",
        ".avi",
        ".flv",
        ".mp3",
        ".wav",
        ".flac",
        ".ogg",
        ".m4a",
        ".aac",
    ]
)
#: The same, for photographs.
PICTURE_SUFFIXES = frozenset([".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"])
#: A file that is still being written grows or is touched again within this time.
_SETTLED_S = 5.0


def media_files(places: Iterable[Path], suffixes: frozenset[str] = MEDIA_SUFFIXES) -> list[Path]:
    """The files themselves, and the files with such a name in folders, in order.

    Raises:
        RequestInvalid: a place does not exist.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = (path for path in place.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
            found += sorted(inside)
        elif place.is_file():
            found.append(place)
        else:
            raise RequestInvalid(f"there is no file or folder {str(place)!r}")
    return found


@footage_app.command(
    "add",
    epilog=examples(
        "anchorproof footage add bulletins/",
        "anchorproof footage add bulletin.mp4 --retain",
        "anchorproof footage add --photographs press-photos/",
    ),
)
def add(
    context: typer.Context,
    places: Annotated[list[Path], typer.Argument(metavar="DIR|FILES", help="Programmes, or folders of them.")],
    outlet: Annotated[str, typer.Option(help="The broadcaster.")] = "",
    retain: RetainOption = False,
    photographs: Annotated[
        bool,
        typer.Option(
            "--photographs",
            help="These are photographs of people: clips in which one was set in motion are recognised. Never frames "
            "of programmes: the recordings that they are of would be taken for animated photographs.",
        ),
    ] = False,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Enrol programmes. Files that are enrolled already are not computed again, so a run that was stopped goes on."""
    files = media_files(places, PICTURE_SUFFIXES if photographs else MEDIA_SUFFIXES)
    if not files:
        raise RequestInvalid(f"there are no {'pictures' if photographs else 'media files'} there")
    rejected = 0
    with open_service(context, server) as service:
        for file in watched(files, "enrolling", as_json):
            try:
                programme, existed = service.enrol_programme(file, _shown(file), outlet, retain, photographs)
            except Exception as error:
                tell_rejected(file, *fault_of_the_file(error), as_json)
                rejected += 1
                continue
            _tell(programme, existed, as_json)
    if rejected:
        raise typer.Exit(REJECTED)


@footage_app.command("watch", epilog=examples("anchorproof footage watch /srv/bulletins --every 60"))
def watch(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False)],
    outlet: Annotated[str, typer.Option(help="The broadcaster.")] = "",
    retain: RetainOption = False,
    every: Annotated[float, typer.Option(help="Seconds between looks.", min=0.1)] = 30.0,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Enrol what appears in a folder, until Ctrl-C. Files seen before, by this or an earlier run, are not read again.

    A programme that is deleted while its file stays in the folder is enrolled again: remove the file first.
    """
    from anchorproof.local import LocalService

    with LocalService(load_settings(context)) as service:
        while True:
            for file in _new_files(folder, service, 0.0 if once else _SETTLED_S):
                _take_in(file, service, outlet, retain, as_json)
            if once:
                return
            time.sleep(every)


def _new_files(folder: Path, service: LocalService, settled_s: float) -> Iterator[tuple[Path, str]]:
    from anchorproof.footage.store import file_key

    for file in media_files([folder]):
        try:
            key, changed = file_key(file), file.stat().st_mtime
        except FileNotFoundError:
            continue  # gone since it was listed
        if time.time() - changed >= settled_s and not service.is_file_seen(key):
            yield file, key


def _take_in(found: tuple[Path, str], service: LocalService, outlet: str, retain: bool, as_json: bool) -> None:
    file, key = found
    try:
        programme, existed = service.enrol_programme(file, _shown(file), outlet, retain)
    except Exception as error:
        reason, words = fault_of_the_file(error)
        tell_rejected(file, reason, words, as_json)
        service.remember_file(key, "", reason)
        return
    service.remember_file(key, programme.programme_id)
    _tell(programme, existed, as_json)


@footage_app.command("list", epilog=examples("anchorproof footage list", "anchorproof footage list --json"))
def list_programmes(context: typer.Context, server: ServerOption = "", as_json: JsonOption = False) -> None:
    """All programmes, in the order of their enrolment."""
    from anchorproof.footage_display import programmes_table

    with open_service(context, server) as service:
        programmes = list(service.programmes())
    if as_json:
        print_lines(map(_json, programmes))
    elif programmes:
        out.print(programmes_table(programmes))
    else:
        out.print("no footage is enrolled yet: anchorproof footage add DIR")


@footage_app.command(
    "search",
    epilog=examples("anchorproof footage search clip.mp4", "anchorproof footage search clip.mp4 --frames out/"),
)
def search(
    context: typer.Context,
    clip: Annotated[Path, typer.Argument(help="The clip to look for.")],
    frames: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write pictures side by side here (ours left), if retained.")
    ] = None,
    server: ServerOption = "",
    as_json: JsonOption = False,
) -> None:
    """Where a clip was taken from, and what was changed in it; nothing is stored."""
    from anchorproof.footage_display import findings_group

    with open_service(context, server) as service:
        found = service.search_footage(clip, with_pairs=frames is not None)
    if as_json:
        from anchorproof.api.convert import message_json
        from anchorproof.api.footage_convert import findings_message

        print(message_json(findings_message(found.findings)))
    else:
        out.print(findings_group(found.findings))
    if frames is not None:
        frames.mkdir(parents=True, exist_ok=True)
        for number, pair in enumerate(found.pairs, 1):
            path = frames / f"{clip.stem}-{number:02d}-programme-{pair.programme_s:.2f}s-clip-{pair.clip_s:.2f}s.jpg"
            path.write_bytes(pair.jpeg)
        if not as_json:
            out.print(f"{len(found.pairs)} pictures side by side written", highlight=False)


@footage_app.command("delete", epilog=examples("anchorproof footage delete 5b0e... --yes"))
def delete(
    context: typer.Context,
    programme_id: Annotated[str, typer.Argument(metavar="PROGRAMME", help="Its id (see `footage list`).")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    server: ServerOption = "",
) -> None:
    """Erase a programme's fingerprints and retained references; there is no way back."""
    import sys

    with open_service(context, server) as service:
        programme = service.get_programme(programme_id)
        if not yes:
            if not sys.stdin.isatty():
                raise RequestInvalid("nobody is there to confirm: add --yes")
            if not typer.confirm(f"Erase {programme.title!r}?", err=True):
                raise typer.Exit(0)
        service.delete_programme(programme_id)
    out.print(f"erased {programme.title}", highlight=False, markup=False)


def _shown(file: Path) -> str:
    from anchorproof.display import plain

    return plain(file.name)


def _json(programme: Programme) -> str:
    from anchorproof.api.convert import message_json
    from anchorproof.api.footage_convert import programme_message

    return message_json(programme_message(programme))


def _tell(programme: Programme, existed: bool, as_json: bool) -> None:
    if as_json:
        print(_json(programme), flush=True)
        return
    if programme.is_photograph:
        done = "already enrolled" if existed else "enrolled: a photograph"
        out.print(
            f"{programme.title} ({programme.programme_id}), {done}", highlight=False, markup=False, soft_wrap=True
        )
        return
    kept = f", {programme.references_bytes / 1e6:.1f} MB of references" if programme.references_bytes else ""
    what = (
        "already enrolled"
        if existed
        else f"enrolled: {programme.pictures} pictures, {programme.sound_items} sound items{kept}"
    )
    silent = "" if programme.sound_items or existed else " (no sound to fingerprint)"
    words = f"{programme.title} ({programme.programme_id}), {programme.duration_s:.1f} s, {what}{silent}"
    out.print(words, highlight=False, markup=False, soft_wrap=True)


__all__: list[Any] = ["footage_app"]
