"""Which data sets there are, and which one lies in a folder."""

from __future__ import annotations

from pathlib import Path

from benchmarks.datasets.audiovisual import AvDeepfake1M, FakeAvCeleb
from benchmarks.datasets.layout import Dataset, LayoutProblem
from benchmarks.datasets.people import Lfw, VoxCeleb1
from benchmarks.datasets.speech import AsvSpoof5, AsvSpoof2019, AsvSpoof2021, InTheWild
from benchmarks.datasets.tables import Manifest
from benchmarks.datasets.video import CelebDf, Dfdc, FaceForensics

DATASETS: tuple[Dataset, ...] = (
    FaceForensics(),
    CelebDf(),
    FakeAvCeleb(),
    AvDeepfake1M(),
    AsvSpoof2019(),
    AsvSpoof2021(),
    AsvSpoof5(),
    InTheWild(),
    Lfw(),
    VoxCeleb1(),
    Dfdc(),
    Manifest(),
)


def named(name: str) -> Dataset:
    """The data set of that name.

    Raises:
        ValueError: there is none.
    """
    for dataset in DATASETS:
        if dataset.name == name:
            return dataset
    raise ValueError(f"no data set is named {name!r}; there are {', '.join(one.name for one in DATASETS)}")


def dataset_at(root: Path, name: str = "") -> Dataset:
    """The data set that lies at ``root``: the one named, or the first that recognises the folder.

    Raises:
        LayoutProblem: nothing is there, or nothing recognises it; says what each data set looks like.
        ValueError: no data set has that name.
    """
    if not root.exists():
        raise LayoutProblem(f"{root} does not exist")
    if name:
        return named(name)
    for dataset in DATASETS:
        if dataset.recognises(root):
            return dataset
    trees = "\n\n".join(f"{dataset.title} (--dataset {dataset.name})\n{dataset.tree.strip()}" for dataset in DATASETS)
    raise LayoutProblem(f"{root} looks like no data set that is known; these are:\n\n{trees}")
