"""Spoofed speech: ASVspoof 2019, 2021 and 5, In-the-Wild."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from benchmarks.datasets.layout import Dataset, SasvTrial
from benchmarks.manifests import Protocol, Row
from benchmarks.metrics.tandem import VerifierErrors, verifier_at_eer


def _speech(label: str, attack: str, speaker: str, split: str, **more: str) -> dict[str, str]:
    """A manifest's columns; ``attack`` of a bona fide utterance is not looked at."""
    return {
        "modality": "audio",
        "label": label,
        "fake_type": "tts" if label == "fake" else "none",
        "generator": attack if label == "fake" else "none",
        "identity": speaker,
        "source_repo": speaker,
        "split": split,
        **more,
    }


class SpeechDataset(Dataset):
    """A countermeasure data set."""

    protocols: ClassVar[tuple[str, ...]] = (Protocol.AUDIO.value,)

    def verifier(self, root: Path, split: str) -> VerifierErrors | None:  # noqa: ARG002
        """Errors of the organisers' speaker verifier, for t-DCF; None where its scores are not there."""
        return None

    def _verifier_of(self, keyed: Sequence[tuple[str, float]]) -> VerifierErrors:
        sides = {key: [score for name, score in keyed if name == key] for key in ("target", "nontarget", "spoof")}
        if not all(sides.values()):
            raise self.problem("the verifier's scores lack target, nontarget or spoof trials")
        return verifier_at_eer(sides["target"], sides["nontarget"], sides["spoof"])


class AsvSpoof2019(SpeechDataset):
    """ASVspoof 2019 (Wang et al., Computer Speech & Language 64, 2020), logical and physical access."""

    name = "asvspoof2019"
    title = "ASVspoof 2019"
    tree = """
LA/ASVspoof2019_LA_cm_protocols/ASVspoof2019.LA.cm.{train.trn,dev.trl,eval.trl}.txt
                                    lines such as "LA_0039 LA_E_2834763 - A11 spoof"
LA/ASVspoof2019_LA_{train,dev,eval}/flac/LA_E_2834763.flac
LA/ASVspoof2019_LA_asv_scores/ASVspoof2019.LA.asv.eval.gi.trl.scores.txt      (for t-DCF)
PA/...                              the same with PA
"""
    splits = ("LA-eval", "LA-dev", "LA-train", "PA-eval", "PA-dev", "PA-train")
    _lists: ClassVar[Mapping[str, str]] = {"train": "train.trn", "dev": "dev.trl", "eval": "eval.trl"}

    def recognises(self, root: Path) -> bool:
        return any(root.glob("ASVspoof2019_*_cm_protocols")) or any(root.glob("[LP]A/ASVspoof2019_*_cm_protocols"))

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        part, subset = split.split("-")
        name = f"ASVspoof2019_{part}_cm_protocols/ASVspoof2019.{part}.cm.{self._lists[subset]}.txt"
        listing = self._file(root, f"{part}/{name}", name)
        media = self._file(listing.parent.parent, f"ASVspoof2019_{part}_{subset}/flac")
        found = []
        for speaker, utterance, _, attack, key in self._words(listing, (5,)):
            columns = _speech(self._key(listing, key), attack, speaker, split)
            found.append(Row(utterance, media / f"{utterance}.flac", columns))
        return found

    def verifier(self, root: Path, split: str) -> VerifierErrors | None:
        part, subset = split.split("-")
        name = f"ASVspoof2019_{part}_asv_scores/ASVspoof2019.{part}.asv.{subset}.gi.trl.scores.txt"
        path = next((place for place in (root / part / name, root / name) if place.is_file()), None)
        if path is None:
            return None
        return self._verifier_of([(key, float(score)) for _, key, score in self._words(path, (3,))])


class AsvSpoof2021(SpeechDataset):
    """ASVspoof 2021 (Liu et al., IEEE/ACM TASLP 31, 2023): LA, DF and PA, keys from the full key packages."""

    name = "asvspoof2021"
    title = "ASVspoof 2021"
    tree = """
ASVspoof2021_LA_eval/flac/LA_E_9332881.flac
ASVspoof2021_DF_eval/flac/DF_E_2000011.flac      (or its parts: ASVspoof2021_DF_eval_part00/ASVspoof2021_DF_eval/flac)
ASVspoof2021_PA_eval/flac/PA_E_1000001.flac
keys/LA/CM/trial_metadata.txt       "LA_0009 LA_E_9332881 alaw ita_tx A07 spoof notrim eval"
keys/DF/CM/trial_metadata.txt       "LA_0023 DF_E_2000011 nocodec asvspoof A14 spoof notrim progress ... - - - -"
keys/PA/CM/trial_metadata.txt       "PA_0010 PA_E_1000001 R3 M3 d4 r1 m1 s4 c4 spoof notrim eval"
keys/LA/ASV/trial_metadata.txt, keys/LA/ASV/ASVTorch_Kaldi/score.txt          (for t-DCF)
"""
    splits = tuple(f"{part}-{subset}" for subset in ("eval", "progress", "hidden") for part in ("LA", "DF", "PA"))
    #: Fields of a line: how many, where attack (-1: none), key and subset stand.
    _fields: ClassVar[Mapping[str, tuple[int, int, int, int]]] = {
        "LA": (8, 4, 5, 7),
        "DF": (13, 4, 5, 7),
        "PA": (12, -1, 9, 11),
    }

    def recognises(self, root: Path) -> bool:
        return any(root.glob("ASVspoof2021_*_eval*"))

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        part, subset = split.split("-")
        listing = self._keys(root, part, "CM/trial_metadata.txt")
        folders = self._folders(root, part)
        count, attack_at, key_at, subset_at = self._fields[part]
        found = []
        for words in self._words(listing, (count,)):
            if words[subset_at] == subset:
                attack = words[attack_at] if attack_at >= 0 else "replay"
                columns = _speech(self._key(listing, words[key_at]), attack, words[0], split, codec=words[2])
                found.append(Row(words[1], _in_one_of(folders, f"{words[1]}.flac"), columns))
        return found

    def verifier(self, root: Path, split: str) -> VerifierErrors | None:
        part, subset = split.split("-")
        try:
            trials = self._keys(root, part, "ASV/trial_metadata.txt")
            scores = self._keys(root, part, "ASV/ASVTorch_Kaldi/score.txt")
        except ValueError:
            return None
        keys = {(words[0], words[1]): words[5] for words in self._words(trials, (8, 12, 13)) if words[7] == subset}
        scored = ((words[0], words[1], float(words[-1])) for words in self._words(scores, (3, 4)))
        keyed = [(keys[speaker, trial], score) for speaker, trial, score in scored if (speaker, trial) in keys]
        return self._verifier_of(keyed) if keyed else None

    def _keys(self, root: Path, part: str, name: str) -> Path:
        places = (
            f"keys/{part}/{name}",
            f"{part}-keys-full/keys/{part}/{name}",
            f"{part}/{name}",
            f"*/keys/{part}/{name}",
        )
        return self._file(root, *places)

    def _folders(self, root: Path, part: str) -> list[Path]:
        name = f"ASVspoof2021_{part}_eval"
        found = [*root.glob(f"{name}/flac"), *root.glob(f"{name}_part*/{name}/flac"), *root.glob(f"{name}_part*/flac")]
        if not found:
            raise self.problem(f"{name}/flac is missing in {root}")
        return sorted(found)


class AsvSpoof5(SpeechDataset):
    """ASVspoof 5 (Wang et al., 2024): track 1 (countermeasures) and track 2 (spoofing-aware verification)."""

    name = "asvspoof5"
    title = "ASVspoof 5"
    tree = """
ASVspoof5.train.tsv, ASVspoof5.{dev,eval}.track_1.tsv        (there or in ASVspoof5_protocols/)
                                    "E_1607 E_0009538969 M C05 2 E_0005247426 AC1 A30 spoof -"
ASVspoof5.{dev,eval}.track_2.trial.tsv                       "D_0062 D_0000000001 F A11 spoof"
ASVspoof5.{dev,eval}.track_2.enroll.tsv                      "D_4205 D_A0000000562,D_A0000000898,D_A0000000328"
flac_T/T_0000000000.flac, flac_D/D_0000000001.flac, flac_E_eval/E_0009538969.flac
"""
    splits = ("eval", "dev", "train")
    protocols = (Protocol.AUDIO.value, "sasv")
    _media: ClassVar[Mapping[str, str]] = {"train": "flac_T", "dev": "flac_D", "eval": "flac_E_eval"}
    #: The organisers' own verifier on the evaluation set, as their evaluation package states it.
    _organisers = VerifierErrors(
        miss=0.01880141010575793, false_alarm=0.01881016557566423, spoof_false_alarm=0.4607082907604729
    )

    def recognises(self, root: Path) -> bool:
        return any(root.glob("ASVspoof5.*.tsv")) or any(root.glob("ASVspoof5_protocols/ASVspoof5.*.tsv"))

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        listing = self._protocol(root, "ASVspoof5.train.tsv" if split == "train" else f"ASVspoof5.{split}.track_1.tsv")
        media = self._file(root, self._media[split])
        found = []
        for words in self._words(listing, (10,)):
            columns = _speech(self._key(listing, words[8]), words[7], words[0], split, codec=words[3])
            found.append(Row(words[1], media / f"{words[1]}.flac", columns))
        return found

    def sasv_trials(self, root: Path, split: str) -> list[SasvTrial]:
        self.check_split(split)
        if split == "train":
            raise ValueError(f"{self.title} has no verification trials in its training set")
        media = self._file(root, self._media[split])
        enrolled = {
            speaker: tuple(media / f"{name}.flac" for name in names.split(","))
            for speaker, names in self._words(self._protocol(root, f"ASVspoof5.{split}.track_2.enroll.tsv"), (2,))
        }
        listing = self._protocol(root, f"ASVspoof5.{split}.track_2.trial.tsv")
        found = []
        for speaker, utterance, _, attack, key in self._words(listing, (5,)):
            if key not in ("target", "nontarget", "spoof") or speaker not in enrolled:
                raise self.problem(f"{listing.name}: the key {key!r} is unknown, or {speaker} has no enrolment")
            trial_id = f"{speaker}/{utterance}"
            found.append(SasvTrial(trial_id, speaker, enrolled[speaker], media / f"{utterance}.flac", key, attack))
        return found

    def verifier(self, root: Path, split: str) -> VerifierErrors | None:  # noqa: ARG002
        return self._organisers if split == "eval" else None

    def _protocol(self, root: Path, name: str) -> Path:
        return self._file(root, name, f"ASVspoof5_protocols/{name}")


class InTheWild(SpeechDataset):
    """In-the-Wild (Müller et al., Interspeech 2022); it has no split and names no generators."""

    name = "inthewild"
    title = "In-the-Wild"
    tree = """
release_in_the_wild/meta.csv        file,speaker,label    "0.wav,Alec Guinness,spoof" or "...,bona-fide"
release_in_the_wild/0.wav
"""
    splits = ("all",)

    def recognises(self, root: Path) -> bool:
        return root.name == "release_in_the_wild" or (root / "release_in_the_wild").is_dir()

    def rows(self, root: Path, split: str) -> list[Row]:
        self.check_split(split)
        listing = self._file(root, "release_in_the_wild/meta.csv", "meta.csv")
        found = []
        for cells in self._table(listing, ("file", "speaker", "label")):
            label = self._key(listing, cells["label"], bona_fide="bona-fide")
            columns = _speech(label, f"unknown, of {cells['speaker']}", cells["speaker"], "all")
            found.append(Row(cells["file"], listing.parent / cells["file"], columns))
        return found


def _in_one_of(folders: Sequence[Path], name: str) -> Path:
    return next((folder / name for folder in folders[:-1] if (folder / name).is_file()), folders[-1] / name)
