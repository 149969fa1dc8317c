"""Picture and sound of one clip, each genuine or not: FakeAVCeleb, AV-Deepfake1M."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.datasets.layout import Dataset
from benchmarks.manifests import Protocol, Row


class FakeAvCeleb(Dataset):
    """FakeAVCeleb v1.2 (Khalid et al., NeurIPS Datasets 2021); it has no official split."""

    name = "fakeavceleb"
    title = "FakeAVCeleb"
    tree = """
meta_data.csv                       source,target1,target2,method,category,type,race,gender,path,<folder>
RealVideo-RealAudio/African/men/id00076/00109.mp4
RealVideo-FakeAudio/..., FakeVideo-RealAudio/..., FakeVideo-FakeAudio/...
"""
    splits = ("all",)
    protocols = (Protocol.VERDICT.value, Protocol.VISUAL.value, Protocol.AUDIO.value)
    kinds = ("RealVideo-RealAudio", "RealVideo-FakeAudio", "FakeVideo-RealAudio", "FakeVideo-FakeAudio")

    def recognises(self, root: Path) -> bool:
        return any((root / kind).is_dir() for kind in self.kinds)

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        listing = self._file(root, "meta_data.csv")
        with listing.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
        wanted = ["source", "target1", "target2", "method", "category", "type", "race", "gender", "path"]
        if not lines or lines[0][: len(wanted)] != wanted:
            raise self.problem(f"{listing.name} does not begin with the columns {','.join(wanted)}")
        return [self._row(root, listing, line) for line in lines[1:]]

    def _row(self, root: Path, listing: Path, line: list[str]) -> Row:
        if len(line) < 10 or line[5] not in self.kinds:
            raise self.problem(f"{listing.name}: a line has no folder, or its type is none of {', '.join(self.kinds)}")
        source, method, kind, name, folder = line[0], line[3], line[5], line[8], line[9]
        place = f"{folder.removeprefix('FakeAVCeleb/').strip('/')}/{name}"
        is_picture_fake, is_sound_fake = kind.startswith("FakeVideo"), kind.endswith("FakeAudio")
        columns = {
            "modality": "av",
            "label": "fake" if is_picture_fake or is_sound_fake else "bonafide",
            "fake_type": "faceswap" if is_picture_fake else "vc" if is_sound_fake else "none",
            "picture_label": "fake" if is_picture_fake else "bonafide",
            "sound_label": "fake" if is_sound_fake else "bonafide",
            "generator": method if method != "real" else "none",
            "identity": source,
            "source_repo": source,
            "split": "all",
        }
        return Row(place, root / place, columns)


class AvDeepfake1M(Dataset):
    """AV-Deepfake1M (Cai et al., ACM Multimedia 2024); the test split's labels are not published."""

    name = "avdeepfake1m"
    title = "AV-Deepfake1M"
    tree = """
val_metadata.json, train_metadata.json   [{"file", "original", "split", "modify_type", "audio_model", "fake_segments",
                                           "audio_fake_segments", "visual_fake_segments", "video_frames",
                                           "audio_frames"}, ...]; or one such object per clip:
val_metadata/PERSON/VIDEO/NUMBER/KIND.json
val/PERSON/VIDEO/NUMBER/KIND.mp4         real.mp4, fake_video_fake_audio.mp4, ...
test_files.txt, test/NNNNNN.mp4
"""
    splits = ("val", "train", "test")
    protocols = (Protocol.VERDICT.value, "localisation", Protocol.VISUAL.value, Protocol.AUDIO.value)
    kinds: ClassVar[Mapping[str, tuple[bool, bool]]] = {
        "real": (False, False),
        "visual_modified": (True, False),
        "audio_modified": (False, True),
        "both_modified": (True, True),
    }
    fps = 25

    def recognises(self, root: Path) -> bool:
        names = ("train_metadata", "val_metadata", "train_metadata.json", "val_metadata.json", "test_files.txt")
        return any((root / name).exists() for name in names)

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        if split == "test":
            listing = self._file(root, "test_files.txt")
            names = [line.strip() for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()]
            return [Row(name, root / "test" / name, {"modality": "av", "split": "test"}) for name in names]
        return [self._row(root, facts, split) for facts in self._facts(root, split)]

    def _facts(self, root: Path, split: str) -> list[Mapping[str, Any]]:
        listing = self._file(root, f"{split}_metadata.json", f"{split}_metadata")
        try:
            if listing.is_dir():
                return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(listing.rglob("*.json"))]
            return list(json.loads(listing.read_text(encoding="utf-8")))
        except ValueError as error:
            raise self.problem(f"{listing.name} is not JSON") from error

    def _row(self, root: Path, facts: Mapping[str, Any], split: str) -> Row:
        try:
            name, kind = str(facts["file"]), str(facts["modify_type"]).replace("-", "_")
            is_picture_fake, is_sound_fake = self.kinds[kind]
            segments = [(float(start), float(end)) for start, end in facts["fake_segments"]]
        except (KeyError, TypeError, ValueError) as error:
            raise self.problem(f"an entry of {split}_metadata lacks {error} or holds no such value") from error
        person = name.split("/")[0]
        is_fake = is_picture_fake or is_sound_fake
        columns = {
            "modality": "av",
            "label": "fake" if is_fake else "bonafide",
            "fake_type": "lipsync" if is_picture_fake else "tts" if is_sound_fake else "none",
            "picture_label": "fake" if is_picture_fake else "bonafide",
            "sound_label": "fake" if is_sound_fake else "bonafide",
            "generator": f"{kind}/{facts.get('audio_model') or 'none'}" if is_fake else "none",
            "identity": person,
            "source_repo": person,
            "split": split,
            "segments": json.dumps(segments),
        }
        if frames := facts.get("video_frames"):
            columns["duration_s"] = str(int(frames) / self.fps)
        return Row(name, root / split / name, columns)
