"""What is to be answered: clips, pairs of media or spoofing-aware trials, with their truth and what they belong to."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from benchmarks.datasets.layout import Dataset
from benchmarks.manifests import MODALITIES, Protocol, Row, Trial, applicable, read_trials, spread

LOCALISATION = "localisation"
SCENARIO = "scenario"
SASV = "sasv"


class Kind(StrEnum):
    """What one case consists of."""

    CLIPS = "clips"
    """One medium: is it spoofed (and where)?"""
    PAIRS = "pairs"
    """Two media: the same person?"""
    SASV = "sasv"
    """A probe and a speaker's enrolment: the speaker, somebody else or a spoof?"""


#: Protocols of the ``run`` command and what their cases are.
KINDS: dict[str, Kind] = {
    Protocol.VISUAL: Kind.CLIPS,
    Protocol.AUDIO: Kind.CLIPS,
    Protocol.VERDICT: Kind.CLIPS,
    LOCALISATION: Kind.CLIPS,
    SCENARIO: Kind.CLIPS,
    Protocol.FACE_VERIFICATION: Kind.PAIRS,
    Protocol.SPEAKER_VERIFICATION: Kind.PAIRS,
    SASV: Kind.SASV,
}
#: Truths; the first of each kind is what a larger score supports.
SPOOF, BONA_FIDE, SAME, DIFFERENT = "spoof", "bona_fide", "same", "different"
TARGET, NONTARGET = "target", "nontarget"
#: Columns that the cases' file has in any case, in this order.
LEADING = ("position", "id", "truth", "path")


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to be answered. ``truth`` is empty when it is not known; ``references`` are what it is compared with.

    ``columns`` are a manifest's (generator, source_repo, duration_s, bytes, segments, ...), or ``person1,person2``.
    """

    position: int
    case_id: str
    truth: str
    probe: Path
    references: tuple[Path, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def row(self) -> Row:
        """As the rest of the bench knows it."""
        return Row(self.case_id, self.probe, self.columns)

    @property
    def paths(self) -> tuple[Path, ...]:
        return (*self.references, self.probe)


def cases_of(dataset: Dataset, root: Path, split: str, protocol: str, trials: Path | None = None) -> list[Case]:
    """The cases of a split, in official order.

    Raises:
        ValueError: no such protocol here, or the data set's lists are missing or malformed.
    """
    if protocol not in KINDS:
        raise ValueError(f"no protocol is named {protocol!r}; there are {', '.join(KINDS)}")
    folder = root if root.is_dir() else root.parent
    kind = KINDS[protocol]
    if kind is Kind.SASV:
        return [
            Case(
                place, trial.trial_id, trial.key, trial.probe, trial.enrolment,
                {"person1": trial.speaker, "generator": trial.attack},
            )
            for place, trial in enumerate(dataset.sasv_trials(root, split))
        ]  # fmt: skip
    if kind is Kind.PAIRS:
        pairs = read_trials(trials, folder) if trials else dataset.trials(root, split)
        known = _people(dataset, root, split) if trials else {}
        return [_pair(place, pair, known) for place, pair in enumerate(pairs)]
    rows = dataset.rows(root, split)
    if protocol in MODALITIES:
        rows = applicable(rows, Protocol(protocol))
    if protocol == SCENARIO:
        rows = [row for row in rows if row.columns.get("scenario")]
        if not rows:
            raise ValueError("the protocol scenario needs a manifest with a column 'scenario'")
        return [_clip(place, row, row.columns["scenario"], folder) for place, row in enumerate(rows)]
    asked = Protocol.VERDICT if protocol == LOCALISATION else Protocol(protocol)
    truths = {True: SPOOF, False: BONA_FIDE, None: ""}
    return [_clip(place, row, truths[row.is_spoof(asked)], folder) for place, row in enumerate(rows)]


def sampled(cases: Sequence[Case], count: int) -> list[Case]:
    """About ``count`` cases spread over the list, the truths apart; 0: all. Positions stay."""
    if not count or len(cases) <= count:
        return list(cases)
    rows = [Row(case.case_id, case.probe, {"label": case.truth, "place": str(k)}) for k, case in enumerate(cases)]
    return [cases[int(row.columns["place"])] for row in spread(rows, count)]


@dataclass(frozen=True, slots=True)
class Shard:
    """The ``number``-th of ``count`` parts of a run, from 1."""

    number: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise ValueError(f"a shard is i/n with 1 <= i <= n; got {self}")

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> Shard:
        """``"2/3"``; raises ValueError when it is not that."""
        number, slash, count = text.partition("/")
        if not (slash and number.isdigit() and count.isdigit()):
            raise ValueError(f"a shard is written i/n, such as 2/3; got {text!r}")
        return cls(int(number), int(count))

    def holds(self, case: Case) -> bool:
        """Whether the case is this shard's; decided by its id, so that every machine agrees."""
        digest = hashlib.sha256(case.case_id.encode()).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1


# --------------------------------------------------------------------------- the file


def write_cases(cases: Sequence[Case], root: Path, path: Path) -> None:
    """``cases.csv``: all that results are made from besides the answers."""
    columns = sorted({name for case in cases for name in case.columns} - {"id", "path"})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*LEADING, *columns])
        for case in cases:
            shown = _relative(case.probe, root)
            cells = [case.columns.get(name, "") for name in columns]
            writer.writerow([case.position, case.case_id, case.truth, shown, *cells])


def read_cases(path: Path) -> list[Case]:
    """What :func:`write_cases` wrote; paths are as they were shown."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Case(
                int(cells["position"]), cells["id"], cells["truth"], Path(cells["path"]), (),
                {name: value for name, value in cells.items() if name not in LEADING and value},
            )
            for cells in csv.DictReader(file)
        ]  # fmt: skip


# --------------------------------------------------------------------------- pieces


def _clip(place: int, row: Row, truth: str, folder: Path) -> Case:
    columns = {name: value for name, value in row.columns.items() if value and name not in ("id", "path")}
    columns.setdefault("modality", row.modality)
    if row.path.is_file():
        columns["bytes"] = str(row.path.stat().st_size)
    return Case(place, row.row_id, truth, row.path if row.path.is_absolute() else folder / row.path, (), columns)


def _pair(place: int, pair: Trial, known: Mapping[str, str]) -> Case:
    truth = {True: SAME, False: DIFFERENT, None: ""}[pair.is_same]
    people = [known.get(name) or name.split("/")[0] for name in (pair.first_id, pair.second_id)]
    columns = {"person1": people[0], "person2": people[1]}
    return Case(place, f"{pair.first_id}|{pair.second_id}", truth, pair.second, (pair.first,), columns)


def _people(dataset: Dataset, root: Path, split: str) -> dict[str, str]:
    return {row.row_id: row.columns.get("identity", "") for row in dataset.rows(root, split)}


def _relative(path: Path, root: Path) -> str:
    folder = root if root.is_dir() else root.parent
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.name
