"""The enrolled references in memory: one growing matrix per model that follows the database's log of changes.

Every process keeps its own. A change costs the rows it touches and a copy of the row numbers (after a deletion: a
sorting of them), never a reading of all templates: rows are only ever added behind the others; those of a deleted
enrolment are zeroed and skipped, and cleared away when they are a quarter of all. What was handed out stays as it was.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from anchorproof.databases import Database, Row, Session
from anchorproof.identity import logos
from anchorproof.identity.compare import ModelReferences, ReferenceSet
from anchorproof.identity.rows import NAMES, from_blob, label
from anchorproof.identity.screen import Screen
from anchorproof.identity.seal import OVERHEAD_BYTES
from anchorproof.times import now
from anchorproof.types import Consent, RosterEntry, Vector

#: Opens a sealed text, given its label and its key's name.
Opener = Callable[[bytes, str, str], bytes]

#: Templates read from the database at once.
PAGE_ROWS = 4096
#: Rows that are nobody's any more are cleared away from this share of all on, and not before there are this many.
CLEARED_SHARE, CLEARED_ROWS = 0.25, 1024
#: So many new rows at once are put in their places one by one; of more, all are sorted again.
INSERTED_ROWS = 1024
#: With more changes than this to follow, everything is read again.
LIMIT_CHANGES = 50_000


@dataclass(frozen=True, slots=True)
class _Person:
    """An anchor as the references need it; times in microseconds."""

    anchor_id: str
    names: tuple[str, ...]
    outlet: str
    is_forbidden: bool
    valid_from: int | None
    valid_until: int | None

    @classmethod
    def from_row(cls, row: Row) -> _Person:
        forbidden = Consent(row["consent"]).forbids
        localized = (name.text for name in NAMES.validate_json(row["localized_names"]))
        names = tuple(dict.fromkeys((row["display_name"], *json.loads(row["aliases"]), *localized)))
        return cls(row["anchor_id"], names, row["outlet"], forbidden, row["valid_from"], row["valid_until"])

    def counts(self, moment: int) -> bool:
        begun = self.valid_from is None or self.valid_from <= moment
        ended = self.valid_until is not None and self.valid_until <= moment
        return begun and not ended and not self.is_forbidden

    @property
    def is_limited(self) -> bool:
        return self.is_forbidden or self.valid_from is not None or self.valid_until is not None

    def turns(self, moment: int) -> list[int]:
        """When, after ``moment``, it begins or ends to count."""
        return [at for at in (self.valid_from, self.valid_until) if at is not None and at > moment]


class _Order(NamedTuple):
    """Rows, each anchor's together, and the anchors' numbers, rising; never written to, for others may hold them."""

    rows: NDArray[np.intp]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, numbers: NDArray[np.int64]) -> _Order:
        live = np.flatnonzero(numbers >= 0)
        rows = live[np.argsort(numbers[live], kind="stable")]
        return cls(rows, numbers[rows])

    def with_rows(self, rows: NDArray[np.intp], numbers: NDArray[np.int64]) -> _Order:
        """New rows behind their anchors' others: one copy instead of a sorting, which a search would wait for."""
        ranks = np.argsort(numbers, kind="stable")
        places = np.searchsorted(self.numbers, numbers[ranks], side="right")
        return _Order(np.insert(self.rows, places, rows[ranks]), np.insert(self.numbers, places, numbers[ranks]))

    def kept(self, chosen: NDArray[np.bool_]) -> _Order:
        return _Order(self.rows[chosen], self.numbers[chosen])


class _Matrix:
    """Vectors of one model; ``numbers`` are the anchors' (-1: nobody's any more)."""

    def __init__(self, dimensions: int, room: int) -> None:
        # Room that is not written to costs address space, not memory.
        self.vectors: Vector = np.empty((room, dimensions), np.float32)
        self.numbers: NDArray[np.int64] = np.empty(room, np.int64)
        self.qualities: Vector = np.empty(room, np.float32)
        #: ``fall_db`` and ``band_db`` (see ``types.Acoustics``), NaN where they were not measured.
        self.acoustics: Vector = np.empty((room, 2), np.float32)
        self.count = self.dead = 0
        self._rows: dict[int, list[int]] = {}
        #: Rows that are somebody's, by anchor and then by age, and whose they are: of the first ``_sorted`` rows, less
        #: what was removed since if ``_has_gaps``. None: to be sorted anew.
        self._order: _Order | None = None
        self._sorted, self._has_gaps = 0, False
        self._screen = Screen()
        #: Anchors last handed out, by number and by id: naming them again would cost more than all else.
        self._named: tuple[NDArray[np.int64], tuple[str, ...]] = (np.zeros(0, np.int64), ())

    def add(self, rows: Sequence[Row], vectors: Vector) -> None:
        """``vectors`` ``(n, d)``, one per row."""
        first, last = self.count, self.count + len(rows)
        if last > len(self.vectors):
            self._move(2 * last + PAGE_ROWS, np.arange(self.count))
        self.vectors[first:last] = vectors
        self.numbers[first:last] = [row["anchor_number"] for row in rows]
        self.qualities[first:last] = [row["quality"] for row in rows]
        self.acoustics[first:last] = np.array([(row["fall_db"], row["band_db"]) for row in rows], np.float32)
        for place, row in enumerate(rows, first):
            self._rows.setdefault(row["enrolment_number"], []).append(place)
        self.count = last  # at the end: what was handed out ends before these rows

    def remove(self, enrolment: int) -> bool:
        places = self._rows.pop(enrolment, [])
        self.numbers[places] = -1
        self.vectors[places] = 0.0
        self.dead += len(places)
        if places:
            self._has_gaps = True
            self._screen = self._screen.renewed(self.vectors, places)
        return bool(places)

    def clear_away(self) -> None:
        if self.dead >= max(CLEARED_ROWS, CLEARED_SHARE * self.count):
            self._move(len(self.vectors), np.flatnonzero(self.numbers[: self.count] >= 0))
            self.dead = 0

    def references(self, state: _State, moment: int) -> ModelReferences:
        order = self._ordered()
        absent = [number for number, person in state.limited.items() if not person.counts(moment)]
        if absent:
            order = order.kept(~np.isin(order.numbers, absent))
        is_first = np.diff(order.numbers, prepend=-1) != 0
        owners = np.cumsum(is_first, dtype=np.intp) - 1
        ids = self._ids(order.numbers[is_first], state)
        vectors, qualities, acoustics = (part[: self.count] for part in (self.vectors, self.qualities, self.acoustics))
        self._screen = self._screen.extended(vectors)
        return ModelReferences(ids, owners, order.rows, vectors, qualities, self._screen, acoustics)

    def _ordered(self) -> _Order:
        """All that changed since it was last asked for, put in its place at once."""
        new = np.arange(self._sorted, self.count)
        order = self._order
        if order is None or len(new) > INSERTED_ROWS:
            order = _Order.of(self.numbers[: self.count])
        else:
            if len(new):
                order = order.with_rows(new, self.numbers[new])
            if self._has_gaps:
                order = order.kept(self.numbers[order.rows] >= 0)
        self._order, self._sorted, self._has_gaps = order, self.count, False
        return order

    def _ids(self, numbers: NDArray[np.int64], state: _State) -> tuple[str, ...]:
        if not np.array_equal(numbers, self._named[0]):
            self._named = numbers, tuple(state.people[number].anchor_id for number in numbers.tolist())
        return self._named[1]

    def _move(self, room: int, places: NDArray[np.intp]) -> None:
        """The rows at ``places`` in new arrays; the old ones stay with whom they were handed to."""
        fresh = _Matrix(self.vectors.shape[1], room)
        new = np.full(self.count, -1, np.intp)
        new[places] = np.arange(len(places))
        for name in ("vectors", "numbers", "qualities", "acoustics"):
            getattr(fresh, name)[: len(places)] = getattr(self, name)[places]
        self._rows = {key: [int(new[row]) for row in rows] for key, rows in self._rows.items()}
        self.vectors, self.numbers = fresh.vectors, fresh.numbers
        self.qualities, self.acoustics = fresh.qualities, fresh.acoustics
        self.count = len(places)
        self._order, self._screen = None, Screen()


@dataclass
class _State:
    """What was read up to change number ``last``; ``limited`` are the people who do not always count."""

    last: int
    limited: dict[int, _Person] = field(default_factory=dict)
    people: dict[int, _Person] = field(default_factory=dict)
    matrices: dict[str, _Matrix] = field(default_factory=dict)

    def put(self, number: int, person: _Person | None) -> None:
        self.people.pop(number, None)
        self.limited.pop(number, None)
        if person is not None:
            self.people[number] = person
            if person.is_limited:
                self.limited[number] = person


class ReferenceIndex:
    """The references of one database, always as it is now; safe from several threads."""

    def __init__(self, database: Database, opener: Opener) -> None:
        self._database = database
        self._open = opener
        self._lock = threading.Lock()
        self._version: int | None = None
        self._state: _State | None = None
        self._set = ReferenceSet({}, {})
        self._logo_version = 0
        self._until: int | None = None

    def current(self) -> ReferenceSet:
        """Everything that is enrolled and counts now; the same object until something changes."""
        with self._lock:
            # The version is read before the rows: a change in between costs one look too many, never one too few.
            version = self._database.data_version()
            if version != self._version:
                self._follow()
                self._follow_logos()
                self._version = version
            if self._until is not None and now() >= self._until:
                self._publish(set(self._state.matrices) if self._state else set(), with_names=False)
            return self._set

    def _follow(self) -> None:
        with self._database.reading() as session:
            log = session.row("last_change")
            newest, oldest = (int(log["newest"]), int(log["oldest"])) if log is not None else (0, 0)
            state = self._state
            if state is None or not oldest - 1 <= state.last <= newest or newest - state.last > LIMIT_CHANGES:
                self._state = _State(newest)
                self._read_all(session, self._state)
                self._publish(set(self._state.matrices), with_names=True)
                return
            changes = session.rows("list_changes", after=state.last)
            anchors = {int(row["number"]) for row in changes if row["kind"] == "anchor"}
            enrolments = {int(row["number"]) for row in changes if row["kind"] == "enrolment"}
            is_other = self._read_people(session, state, anchors)
            touched = self._read_enrolments(session, state, enrolments)
            state.last = newest
        self._publish(set(state.matrices) if is_other else touched, with_names=bool(anchors))

    def _follow_logos(self) -> None:
        with self._database.reading() as session:
            row = session.row("logo_version")
            version = int(row["version"]) if row is not None else 0
            if version != self._logo_version:
                self._set = replace(self._set, logos=logos.pictures(session))
                self._logo_version = version

    # ------------------------------------------------------------------------------------------------- reading

    def _read_all(self, session: Session, state: _State) -> None:
        for row in session.rows("list_names"):
            state.put(int(row["sequence"]), _Person.from_row(row))
        for row in session.rows("count_templates"):
            dimensions = (int(row["bytes"]) - OVERHEAD_BYTES) // 4
            state.matrices[row["model_id"]] = _Matrix(dimensions, 2 * int(row["templates"]) + PAGE_ROWS)
        after = 0
        while page := session.rows("list_references", after=after, rows=PAGE_ROWS):
            self._add(state, page)
            after = int(page[-1]["sequence"])

    def _read_people(self, session: Session, state: _State, numbers: Iterable[int]) -> bool:
        """True when it matters to the matrices: somebody is called otherwise, or counts otherwise."""
        is_other = False
        for number in numbers:
            row = session.row("reference_name", number=number)
            person = _Person.from_row(row) if row is not None else None
            before = state.people.get(number)
            is_other |= before is not None and before != person
            state.put(number, person)
        return is_other

    def _read_enrolments(self, session: Session, state: _State, numbers: Iterable[int]) -> set[str]:
        """The models whose references are others now."""
        touched: set[str] = set()
        for number in sorted(numbers):
            touched |= {model_id for model_id, matrix in state.matrices.items() if matrix.remove(number)}
            page = session.rows("references_of", number=number)
            self._add(state, page)
            touched |= {str(row["model_id"]) for row in page}
        for model_id in touched:
            state.matrices[model_id].clear_away()
        return touched

    def _add(self, state: _State, rows: Sequence[Row]) -> None:
        by_model: dict[str, list[Row]] = {}
        for row in rows:
            by_model.setdefault(row["model_id"], []).append(row)
        for model_id, mine in by_model.items():
            opened = [self._open(row["vector"], label(row), row["key_id"]) for row in mine]
            vectors = from_blob(b"".join(opened)).reshape(len(mine), -1)
            matrix = state.matrices.get(model_id)
            if matrix is None:
                matrix = state.matrices[model_id] = _Matrix(vectors.shape[1], PAGE_ROWS)
            matrix.add(mine, vectors)

    # ---------------------------------------------------------------------------------------------- publishing

    def _publish(self, models: set[str], with_names: bool) -> None:
        """A new set, in which only what changed is made anew."""
        state = self._state
        if state is None or not (models or with_names):
            return
        moment = now()
        by_model = dict(self._set.by_model)
        for model_id in models:
            references = state.matrices[model_id].references(state, moment)
            if len(references.owners):
                by_model[model_id] = references
            else:
                by_model.pop(model_id, None)
        for model_id in by_model.keys() - state.matrices.keys():
            del by_model[model_id]
        names, roster = self._set.names, self._set.roster
        if with_names:
            names = {person.anchor_id: person.names[0] for person in state.people.values()}
            roster = tuple(RosterEntry(who.anchor_id, who.names, who.outlet) for who in state.people.values())
        self._set = ReferenceSet(names, by_model, roster, self._set.logos)
        self._until = min((at for person in state.limited.values() for at in person.turns(moment)), default=None)
