"""A plain CSV manifest, the project's own kind (README.md of the benches)."""

from __future__ import annotations

from pathlib import Path

from benchmarks.datasets.layout import Dataset
from benchmarks.manifests import Protocol, Row, read_manifest


class Manifest(Dataset):
    """A CSV file, or the folder of a ``manifest.csv``; its splits are the values of its ``split`` column."""

    name = "manifest"
    title = "CSV manifest"
    tree = """
manifest.csv                        id,path,label and, where known: modality,fake_type,generator,identity,source_repo,
                                    split,duration_s,width,height,fps,has_audio,notes,picture_label,sound_label,segments,
                                    scenario
files/...                           paths are relative to the manifest's folder
"""
    splits = ("all",)
    protocols = (
        Protocol.VERDICT.value,
        Protocol.VISUAL.value,
        Protocol.AUDIO.value,
        "localisation",
        "scenario",
    )

    def recognises(self, root: Path) -> bool:
        return root.suffix == ".csv" or (root / "manifest.csv").is_file()

    def file(self, root: Path) -> Path:
        """The CSV itself."""
        return root if root.is_file() else self._file(root, "manifest.csv")

    def rows(self, root: Path, split: str) -> list[Row]:
        try:
            rows = read_manifest(self.file(root))
        except ValueError as error:
            raise self.problem(str(error)) from error
        if split == "all":
            return rows
        kept = [row for row in rows if row.columns.get("split") == split]
        if not kept:
            known = sorted({row.columns.get("split") or "" for row in rows} - {""})
            raise ValueError(f"{self.file(root).name} has no split {split!r}; it has {', '.join(['all', *known])}")
        return kept
