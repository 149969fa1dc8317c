"""Is it the same person: LFW faces, VoxCeleb1 voices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from benchmarks.datasets.layout import Dataset
from benchmarks.manifests import Protocol, Trial


class Lfw(Dataset):
    """Labeled Faces in the Wild (Huang et al., 2007)."""

    name = "lfw"
    title = "LFW"
    tree = """
pairs.txt                           "10 300", then "NAME 1 4" (same) or "NAME 1 OTHER 2" (different), tab-separated
pairsDevTest.txt                    "500", then the same
lfw/NAME/NAME_0001.jpg              (or lfw-deepfunneled, lfw_funneled)
"""
    splits = ("view2", "dev-test")
    protocols = (Protocol.FACE_VERIFICATION.value,)
    _lists: ClassVar[Mapping[str, str]] = {"view2": "pairs.txt", "dev-test": "pairsDevTest.txt"}

    def recognises(self, root: Path) -> bool:
        return (root / "pairs.txt").is_file() or (root / "pairsDevTest.txt").is_file()

    def trials(self, root: Path, split: str) -> list[Trial]:
        self.check_split(split)
        listing = self._file(root, self._lists[split])
        pictures = self._file(root, "lfw", "lfw-deepfunneled", "lfw_funneled")
        found = []
        for words in list(self._words(listing, (1, 2, 3, 4)))[1:]:
            if len(words) not in (3, 4):
                raise self.problem(f"{listing.name}: a pair has 3 or 4 fields; got {' '.join(words)!r}")
            one, other = (words[0], words[1]), (words[-2] if len(words) == 4 else words[0], words[-1])
            names = [f"{name}/{name}_{int(number):04d}" for name, number in (one, other)]
            paths = [pictures / f"{name}.jpg" for name in names]
            found.append(Trial(names[0], names[1], paths[0], paths[1], len(words) == 3))
        return found


class VoxCeleb1(Dataset):
    """VoxCeleb1 verification (Nagrani et al., Interspeech 2017), cleaned lists where they exist."""

    name = "voxceleb1"
    title = "VoxCeleb1"
    tree = """
veri_test2.txt, veri_test.txt       (O-cleaned, O)     "1 id10270/x6uYqmx31kE/00001.wav id10270/8jEAjG6SegY/00008.wav"
list_test_all2.txt, list_test_hard2.txt                (E, H; cleaned)
wav/id10270/x6uYqmx31kE/00001.wav
"""
    splits = ("O-cleaned", "O", "E", "H")
    protocols = (Protocol.SPEAKER_VERIFICATION.value,)
    _lists: ClassVar[Mapping[str, str]] = {
        "O-cleaned": "veri_test2.txt",
        "O": "veri_test.txt",
        "E": "list_test_all2.txt",
        "H": "list_test_hard2.txt",
    }

    def recognises(self, root: Path) -> bool:
        return any((root / name).is_file() for name in self._lists.values())

    def trials(self, root: Path, split: str) -> list[Trial]:
        self.check_split(split)
        listing = self._file(root, self._lists[split])
        media = self._file(root, "wav", "vox1_test_wav/wav")
        found = []
        for flag, one, other in self._words(listing, (3,)):
            if flag not in ("0", "1"):
                raise self.problem(f"{listing.name}: a trial begins with 0 or 1; got {flag!r}")
            names = [name.removesuffix(".wav") for name in (one, other)]
            found.append(Trial(names[0], names[1], media / one, media / other, flag == "1"))
        return found
