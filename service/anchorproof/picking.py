"""How ``anchorproof enrol --pick`` says which of several people is the anchor, or asks."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from anchorproof.console import err
from anchorproof.errors import RequestInvalid

if TYPE_CHECKING:
    from anchorproof.client import Client
    from anchorproof.identity.enrolments import Pick
    from anchorproof.local import LocalService
    from anchorproof.types import Person


def read_pick(text: str, file: Path, service: Client | LocalService) -> Pick | None:
    """What ``--pick`` says: a picture's file, ``START-END`` in seconds, ``person-2``, or ``ask``.

    Raises:
        RequestInvalid: it is none of these, or nobody is there to be asked.
    """
    from anchorproof.display import plain
    from anchorproof.identity.enrolments import Pick
    from anchorproof.types import Span

    if not text:
        return None
    if text == "ask":
        err.print(f"looking for people in {plain(file.name)} ...", highlight=False, markup=False)
        return Pick(person_id=_asked(file, service.people(file)))
    if Path(text).is_file():
        return Pick(reference=Path(text))
    start, dash, end = text.partition("-")
    try:
        if dash:
            return Pick(span=Span(float(start), float(end)))
    except ValueError:
        pass
    if text.startswith("person-"):
        return Pick(person_id=text)
    raise RequestInvalid(f"--pick takes a picture's file, START-END in seconds, person-N or ask; got {text!r}")


def _asked(file: Path, people: Sequence[Person]) -> str:
    from anchorproof.display import people_table, plain

    if not people:
        raise RequestInvalid(f"nobody is seen or heard in {plain(file.name)!r}")
    err.print(people_table(people, plain(file.name)))
    if not sys.stdin.isatty():
        raise RequestInvalid("nobody is there to choose: name one by --pick person-N")
    known = [person.person_id for person in people]
    err.print("(type 'show' for pictures of their faces)", highlight=False)
    with _Faces(people) as faces:
        while True:
            answer = str(typer.prompt("who is the anchor?", default=known[0], err=True)).strip()
            answer = f"person-{answer}" if answer.isdigit() else answer
            if answer in known:
                return answer
            if answer == "show":
                err.print(f"until you have answered they are in {faces.shown()}", highlight=False, markup=False)
            else:
                err.print(f"one of {', '.join(known)}, please", highlight=False)


class _Faces:
    """Pictures of people for whoever has to tell them apart, in a folder of the user's own that goes when it ends."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._folder: Path | None = None

    def __enter__(self) -> _Faces:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def shown(self) -> Path:
        """The folder, with ``person-1.jpg`` and so on."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="anchorproof-faces-"))
            for person in self._people:
                if person.thumbnail:
                    (self._folder / f"{person.person_id}.jpg").write_bytes(person.thumbnail)
        return self._folder
