"""What a data set adapter is, and what it says when the data are not where they should be."""

from __future__ import annotations

import abc
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmarks.manifests import Protocol, Row, Trial

AUDIO_SUFFIXES = (".flac", ".wav")


class LayoutProblem(ValueError):
    """Something of a data set is missing or cannot be read; the message shows the tree that is expected."""

    reason = "DATASET_LAYOUT"


@dataclass(frozen=True, slots=True)
class SasvTrial:
    """One probe claimed to be a target speaker's; ``key`` is ``target``, ``nontarget`` or ``spoof``."""

    trial_id: str
    speaker: str
    enrolment: tuple[Path, ...]
    probe: Path
    key: str
    attack: str


class Dataset(abc.ABC):
    """One public data set: how its folder looks, and its items in the words of a manifest.

    ``rows`` give ``label`` (bonafide, fake), ``fake_type``, ``generator``, ``identity``, ``source_repo`` (what bona
    fide items are resampled by) and ``split``; where picture and sound of one clip differ, ``picture_label`` and
    ``sound_label`` say which is which.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    #: The folder as the distributors lay it out; shown in every error.
    tree: ClassVar[str]
    #: Official splits, the one that results are published on first.
    splits: ClassVar[tuple[str, ...]]
    #: What can be measured on it, the usual first.
    protocols: ClassVar[tuple[str, ...]]

    @abc.abstractmethod
    def recognises(self, root: Path) -> bool:
        """Whether the folder looks like this data set, judged by a name or two."""

    def rows(self, root: Path, split: str) -> list[Row]:  # noqa: ARG002
        """The items of a split, in official order; their files need not be there.

        Raises:
            LayoutProblem: a list or folder that the split needs is missing or malformed.
            ValueError: the data set has no such items.
        """
        raise ValueError(f"{self.title} has trials ({', '.join(self.protocols)}), not labelled clips")

    def trials(self, root: Path, split: str) -> list[Trial]:  # noqa: ARG002
        """Same-or-different trials, for the verification protocols."""
        raise ValueError(f"{self.title} has no verification trials")

    def sasv_trials(self, root: Path, split: str) -> list[SasvTrial]:  # noqa: ARG002
        """Target, nontarget and spoof trials, for spoofing-aware verification."""
        raise ValueError(f"{self.title} has no spoofing-aware verification trials")

    def problem(self, message: str) -> LayoutProblem:
        """An error that says what is wrong and how the folder should look."""
        return LayoutProblem(f"{self.title}: {message}\nexpected:\n{_indented(self.tree)}")

    def check_split(self, split: str) -> None:
        """Raises ValueError when the data set has no such split."""
        if split not in self.splits:
            raise ValueError(f"{self.title} has no split {split!r}; it has {', '.join(self.splits)}")

    # ------------------------------------------------------------------ what adapters read with

    def _file(self, root: Path, *candidates: str) -> Path:
        """The first of several places that is there."""
        for candidate in candidates:
            found = sorted(root.glob(candidate)) if "*" in candidate else [root / candidate]
            if found and found[0].exists():
                return found[0]
        raise self.problem(f"{candidates[0]} is missing in {root}")

    def _words(self, path: Path, counts: Sequence[int]) -> Iterator[list[str]]:
        """The fields of each line that is not empty, of which there must be one of ``counts``."""
        for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
            if words := line.split():
                if len(words) not in counts:
                    wanted = " or ".join(map(str, counts))
                    raise self.problem(f"{path.name}, line {number}: {wanted} fields expected, got {len(words)}")
                yield words

    def _table(self, path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            if missing := set(needed) - set(reader.fieldnames or ()):
                raise self.problem(f"{path.name} lacks the columns {sorted(missing)}")
            return [{key: value for key, value in cells.items() if isinstance(key, str)} for cells in reader]

    def _key(self, path: Path, value: str, spoof: str = "spoof", bona_fide: str = "bonafide") -> str:
        """A label in a manifest's words.

        Raises:
            LayoutProblem: it is neither.
        """
        if value not in (spoof, bona_fide):
            raise self.problem(f"{path.name}: a key must be {bona_fide!r} or {spoof!r}; got {value!r}")
        return "fake" if value == spoof else "bonafide"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a folder showed for one protocol and split."""

    split: str
    protocol: str
    items: int
    missing: tuple[Path, ...]
    labels: dict[str, int]


def look_at(dataset: Dataset, root: Path, split: str, protocol: str) -> Found:
    """Counts the items of a split and the files that are not there."""
    if protocol == "sasv":
        trials = dataset.sasv_trials(root, split)
        paths = [path for trial in trials for path in (*trial.enrolment, trial.probe)]
        return Found(split, protocol, len(trials), _missing(paths), _counts(trial.key for trial in trials))
    if protocol in (Protocol.FACE_VERIFICATION, Protocol.SPEAKER_VERIFICATION):
        pairs = dataset.trials(root, split)
        paths = [path for pair in pairs for path in (pair.first, pair.second)]
        kinds = {True: "same", False: "different", None: "unknown"}
        return Found(split, protocol, len(pairs), _missing(paths), _counts(kinds[pair.is_same] for pair in pairs))
    rows = dataset.rows(root, split)
    labels = _counts(row.columns.get("label") or "unknown" for row in rows)
    return Found(split, protocol, len(rows), _missing(row.path for row in rows), labels)


def _missing(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(path for path in dict.fromkeys(paths) if not path.is_file())


def _counts(values: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return dict(sorted(found.items()))


def _indented(tree: str) -> str:
    return "\n".join(f"  {line}" for line in tree.strip("\n").splitlines())
