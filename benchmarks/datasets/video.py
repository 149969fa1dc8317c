"""Face forgery in video: FaceForensics++, Celeb-DF v2, DFDC."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.datasets.layout import Dataset
from benchmarks.manifests import Protocol, Row

_VIDEO = (Protocol.VISUAL.value, Protocol.VERDICT.value)


def _columns(modality: str, label: str, generator: str, identity: str, split: str, **more: str) -> dict[str, str]:
    return {"modality": modality, "label": label, "generator": generator, "identity": identity, "split": split, **more}


class FaceForensics(Dataset):
    """FaceForensics++ (Roessler et al., ICCV 2019), compression c23 where there is a choice."""

    name = "faceforensics"
    title = "FaceForensics++"
    tree = """
original_sequences/youtube/{c23,c40,raw}/videos/NNN.mp4
manipulated_sequences/{Deepfakes,Face2Face,FaceSwap,NeuralTextures,FaceShifter}/{c23,c40,raw}/videos/NNN_MMM.mp4
splits/{train,val,test}.json        lists of pairs such as [["071", "054"], ...], from the project's repository
"""
    splits = ("test", "val", "train")
    protocols = _VIDEO
    methods = ("Deepfakes", "Face2Face", "FaceSwap", "NeuralTextures", "FaceShifter")
    #: Deepfakes, FaceSwap and FaceShifter put another face in; the other two move the face that is there.
    kinds: ClassVar[Mapping[str, str]] = {"Face2Face": "lipsync", "NeuralTextures": "lipsync"}

    def recognises(self, root: Path) -> bool:
        return (root / "manipulated_sequences").is_dir() or (root / "original_sequences").is_dir()

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        pairs = self._pairs(self._file(root, f"splits/{split}.json", f"{split}.json"))
        found = []
        originals = self._videos(root, "original_sequences/youtube")
        for name in sorted({name for pair in pairs for name in pair}):
            columns = _columns("video", "bonafide", "none", name, split, fake_type="none", source_repo=name)
            found.append(Row(f"original/{name}", originals / f"{name}.mp4", columns))
        for method in self.methods:
            if not (root / "manipulated_sequences" / method).is_dir():
                continue
            folder = self._videos(root, f"manipulated_sequences/{method}")
            for target, source in sorted({pair for one, other in pairs for pair in ((one, other), (other, one))}):
                kind = self.kinds.get(method, "faceswap")
                columns = _columns("video", "fake", method, target, split, fake_type=kind, source_repo=target)
                found.append(Row(f"{method}/{target}_{source}", folder / f"{target}_{source}.mp4", columns))
        if all(row.columns["label"] == "bonafide" for row in found):
            raise self.problem("there is no folder of any method in manipulated_sequences")
        return found

    def _videos(self, root: Path, part: str) -> Path:
        return self._file(root, *(f"{part}/{rate}/videos" for rate in ("c23", "c40", "raw")))

    def _pairs(self, path: Path) -> list[tuple[str, str]]:
        try:
            return [(str(one), str(other)) for one, other in json.loads(path.read_text(encoding="utf-8"))]
        except (ValueError, TypeError) as error:
            raise self.problem(f"{path.name} is not a list of pairs of names") from error


class CelebDf(Dataset):
    """Celeb-DF v2 (Li et al., CVPR 2020)."""

    name = "celebdf"
    title = "Celeb-DF v2"
    tree = """
Celeb-real/idN_NNNN.mp4
Celeb-synthesis/idN_idM_NNNN.mp4
YouTube-real/NNNNN.mp4
List_of_testing_videos.txt          lines such as "1 YouTube-real/00170.mp4" (1: real, 0: fake)
"""
    splits = ("test", "train")
    protocols = _VIDEO
    _folders = ("Celeb-real", "YouTube-real", "Celeb-synthesis")

    def recognises(self, root: Path) -> bool:
        return (root / "Celeb-synthesis").is_dir() or (root / "Celeb-real").is_dir()

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        listing = self._file(root, "List_of_testing_videos.txt")
        test = {}
        for flag, name in self._words(listing, (2,)):
            test[name] = self._key(listing, flag, spoof="0", bona_fide="1")
        for name, label in test.items():
            if (label == "fake") != name.startswith("Celeb-synthesis/"):
                raise self.problem(f"{listing.name}: {name} is labelled {label}, against its folder")
        names = list(test) if split == "test" else [name for name in self._present(root) if name not in test]
        return [self._row(root, name, split) for name in names]

    def _present(self, root: Path) -> Iterator[str]:
        for folder in self._folders:
            for path in sorted(self._file(root, folder).glob("*.mp4")):
                yield f"{folder}/{path.name}"

    def _row(self, root: Path, name: str, split: str) -> Row:
        folder, stem = name.split("/")[0], Path(name).stem
        is_fake = folder == "Celeb-synthesis"
        person = stem if folder == "YouTube-real" else stem.split("_")[0]
        columns = _columns(
            "video",
            "fake" if is_fake else "bonafide",
            "Celeb-synthesis" if is_fake else "none",
            f"{folder}/{person}" if folder == "YouTube-real" else person,
            split,
            fake_type="faceswap" if is_fake else "none",
            source_repo=f"YouTube-real/{person}" if folder == "YouTube-real" else person,
        )
        return Row(name, root / name, columns)


class Dfdc(Dataset):
    """Deepfake Detection Challenge (Dolhansky et al., 2020): any folder of folders that hold a ``metadata.json``."""

    name = "dfdc"
    title = "DFDC"
    tree = """
dfdc_train_part_N/metadata.json     {"aaa.mp4": {"label": "FAKE", "split": "train", "original": "bbb.mp4"}, ...}
dfdc_train_part_N/aaa.mp4
test/metadata.json                  {"ccc.mp4": {"is_fake": 1, ...}, ...}
test/ccc.mp4
"""
    splits = ("test", "train")
    protocols = (Protocol.VERDICT.value, Protocol.VISUAL.value)

    def recognises(self, root: Path) -> bool:
        return any(root.glob("dfdc_train_part_*")) or any(path.is_file() for path in root.glob("*/metadata.json"))

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        found = []
        listings = sorted(root.glob("*/metadata.json")) + sorted(root.glob("metadata.json"))
        if not listings:
            raise self.problem(f"no metadata.json is in a folder of {root}")
        for listing in listings:
            for name, facts in self._facts(listing).items():
                if self._split(listing, facts) == split:
                    found.append(self._row(root, listing, name, facts, split))
        if not found:
            raise self.problem(f"no metadata.json has videos of the split {split!r}")
        return found

    def _facts(self, listing: Path) -> Mapping[str, Mapping[str, Any]]:
        try:
            content = json.loads(listing.read_text(encoding="utf-8"))
            assert all(isinstance(facts, dict) for facts in content.values())
        except (ValueError, AttributeError, AssertionError) as error:
            raise self.problem(f"{listing.parent.name}/{listing.name} is not what it should be") from error
        return dict(content)

    def _split(self, listing: Path, facts: Mapping[str, Any]) -> str:
        if "split" in facts:
            return str(facts["split"])
        return "test" if "is_fake" in facts or listing.parent.name.startswith("test") else "train"

    def _row(self, root: Path, listing: Path, name: str, facts: Mapping[str, Any], split: str) -> Row:
        value = (
            str(facts["label"]).upper()
            if "label" in facts
            else {"0": "REAL", "1": "FAKE"}.get(str(facts.get("is_fake")), "none")
        )
        label = self._key(listing, value, spoof="FAKE", bona_fide="REAL")
        original = str(facts.get("original") or name)
        columns = _columns(
            "av",
            label,
            "DFDC" if label == "fake" else "none",
            original,
            split,
            fake_type="faceswap" if label == "fake" else "none",
            source_repo=original,
        )
        path = listing.parent / name
        return Row(path.relative_to(root).as_posix(), path, columns)
