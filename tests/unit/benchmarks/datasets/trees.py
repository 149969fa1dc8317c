"""Miniature data sets with the exact official layouts: lists as they are distributed, media as empty files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

SASV = ("D_0755", "D_A0000000022", "D_A0000000023")


def _put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"")


def _text(root: Path, name: str, content: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(content, encoding="utf-8")


def faceforensics(root: Path) -> None:
    """One pair per split, two methods."""
    for split, pair in (("train", ["071", "054"]), ("val", ["720", "672"]), ("test", ["953", "974"])):
        _text(root, f"splits/{split}.json", json.dumps([pair]))
        one, other = pair
        _put(root, *(f"original_sequences/youtube/c23/videos/{name}.mp4" for name in pair))
        for method in ("Deepfakes", "Face2Face"):
            folder = f"manipulated_sequences/{method}/c23/videos"
            _put(root, f"{folder}/{one}_{other}.mp4", f"{folder}/{other}_{one}.mp4")


def celebdf(root: Path) -> None:
    """Two test videos of each kind but one of YouTube's, two more for training."""
    listing = "1 YouTube-real/00170.mp4\n1 Celeb-real/id1_0007.mp4\n0 Celeb-synthesis/id1_id0_0007.mp4\n"
    _text(root, "List_of_testing_videos.txt", listing)
    _put(root, "YouTube-real/00170.mp4", "Celeb-real/id1_0007.mp4", "Celeb-synthesis/id1_id0_0007.mp4")
    _put(root, "Celeb-real/id0_0000.mp4", "Celeb-synthesis/id0_id1_0000.mp4")


def dfdc(root: Path) -> None:
    """One part of the training set and the test set."""
    train = {
        "owxbbpjpch.mp4": {"label": "FAKE", "split": "train", "original": "wynotylpnm.mp4"},
        "wynotylpnm.mp4": {"label": "REAL", "split": "train", "original": None},
    }
    _text(root, "dfdc_train_part_0/metadata.json", json.dumps(train))
    _put(root, *(f"dfdc_train_part_0/{name}" for name in train))
    test = {"aalscayrfi.mp4": {"is_fake": 1, "augmentations": {}}, "aaqaifqrwn.mp4": {"is_fake": 0}}
    _text(root, "test/metadata.json", json.dumps(test))
    _put(root, *(f"test/{name}" for name in test))


def fakeavceleb(root: Path) -> None:
    """One clip of each of the four kinds; the header's last column has no name."""
    lines = [
        "source,target1,target2,method,category,type,race,gender,path,",
        "id00076,-,-,real,A,RealVideo-RealAudio,African,men,00109.mp4,FakeAVCeleb/RealVideo-RealAudio/African/men/id00076",
        "id00076,-,-,rtvc,B,RealVideo-FakeAudio,African,men,00109_fake.mp4,"
        "FakeAVCeleb/RealVideo-FakeAudio/African/men/id00076",
        "id00076,id00476,-,fsgan,C,FakeVideo-RealAudio,African,men,00109_id00476_x.mp4,"
        "FakeAVCeleb/FakeVideo-RealAudio/African/men/id00076",
        "id00076,id00476,10,wav2lip,D,FakeVideo-FakeAudio,African,men,00109_10_id00476_wavtolip.mp4,"
        "FakeAVCeleb/FakeVideo-FakeAudio/African/men/id00076",
    ]
    _text(root, "meta_data.csv", "\n".join(lines) + "\n")
    _put(
        root,
        "RealVideo-RealAudio/African/men/id00076/00109.mp4",
        "RealVideo-FakeAudio/African/men/id00076/00109_fake.mp4",
        "FakeVideo-RealAudio/African/men/id00076/00109_id00476_x.mp4",
        "FakeVideo-FakeAudio/African/men/id00076/00109_10_id00476_wavtolip.mp4",
    )


def avdeepfake1m(root: Path) -> None:
    """One clip of each kind in validation, one listed test clip."""
    kinds = {
        "real": ([], [], []),
        "visual_modified": ([[1.0, 1.5]], [[1.0, 1.5]], []),
        "audio_modified": ([[2.0, 2.4]], [], [[2.0, 2.4]]),
        "both_modified": ([[1.0, 1.5], [3.0, 3.2]], [[1.0, 1.5]], [[3.0, 3.2]]),
    }
    entries = []
    for kind, (both, picture, sound) in kinds.items():
        name = f"id00012/_raOc3-IRsw/00110/{kind}.mp4"
        _put(root, f"val/{name}")
        entries.append(
            {
                "file": name,
                "original": None if kind == "real" else "id00012/_raOc3-IRsw/00110/real.mp4",
                "split": "val",
                "modify_type": kind,
                "audio_model": "none" if kind in ("real", "visual_modified") else "vits",
                "fake_segments": both,
                "visual_fake_segments": picture,
                "audio_fake_segments": sound,
                "video_frames": 250,
                "audio_frames": 160000,
            }
        )
    _text(root, "val_metadata.json", json.dumps(entries))
    _text(root, "test_files.txt", "000000.mp4\n")
    _put(root, "test/000000.mp4")


def asvspoof2019(root: Path) -> None:
    """One bona fide and one spoofed utterance in each list of LA; the verifier's scores of the evaluation set."""
    for letter, subset, listing in (("T", "train", "train.trn"), ("D", "dev", "dev.trl"), ("E", "eval", "eval.trl")):
        lines = f"LA_0079 LA_{letter}_1138215 - - bonafide\nLA_0039 LA_{letter}_2834763 - A11 spoof\n"
        _text(root, f"LA/ASVspoof2019_LA_cm_protocols/ASVspoof2019.LA.cm.{listing}.txt", lines)
        folder = f"LA/ASVspoof2019_LA_{subset}/flac"
        _put(root, f"{folder}/LA_{letter}_1138215.flac", f"{folder}/LA_{letter}_2834763.flac")
    scores = (
        "bonafide target 3.0\nbonafide target 1.0\nbonafide nontarget 2.0\nbonafide nontarget -1.0\nA11 spoof 2.5\n"
    )
    _text(root, "LA/ASVspoof2019_LA_asv_scores/ASVspoof2019.LA.asv.eval.gi.trl.scores.txt", scores)


def asvspoof2021(root: Path) -> None:
    """LA, DF and PA with an utterance of each key in the evaluation subset."""
    la = (
        "LA_0009 LA_E_9332881 alaw ita_tx A07 spoof notrim eval\n"
        "LA_0020 LA_E_6866159 alaw ita_tx bonafide bonafide notrim eval\n"
        "LA_0020 LA_E_1111111 alaw ita_tx bonafide bonafide notrim progress\n"
    )
    df = (
        "TEF2 DF_E_2000013 low_m4a vcc2020 Task1-team20 spoof notrim eval neural_vocoder_nonautoregressive "
        "Task1 team20 FF E\n"
        "LA_0043 DF_E_2000026 mp3m4a asvspoof - bonafide notrim eval bonafide - - - -\n"
    )
    pa = (
        "PA_0010 PA_E_1000001 R3 M3 d4 r1 m1 s4 c4 spoof notrim eval\n"
        "PA_0015 PA_E_1000003 R4 M2 d3 - - - - bonafide notrim eval\n"
    )
    for part, lines in (("LA", la), ("DF", df), ("PA", pa)):
        _text(root, f"keys/{part}/CM/trial_metadata.txt", lines)
        for line in lines.splitlines():
            _put(root, f"ASVspoof2021_{part}_eval/flac/{line.split()[1]}.flac")
    _text(
        root,
        "keys/LA/ASV/trial_metadata.txt",
        "LA_0007-alaw-ita_tx LA_E_5013670-alaw-ita_tx alaw ita_tx bonafide nontarget notrim eval\n"
        "LA_0007-alaw-ita_tx LA_E_5013671-alaw-ita_tx alaw ita_tx bonafide target notrim eval\n"
        "LA_0007-alaw-ita_tx LA_E_5013672-alaw-ita_tx alaw ita_tx A07 spoof notrim eval\n",
    )
    _text(
        root,
        "keys/LA/ASV/ASVTorch_Kaldi/score.txt",
        "LA_0007-alaw-ita_tx LA_E_5013670-alaw-ita_tx -1.5\n"
        "LA_0007-alaw-ita_tx LA_E_5013671-alaw-ita_tx 2.5\n"
        "LA_0007-alaw-ita_tx LA_E_5013672-alaw-ita_tx 3.5\n",
    )


def asvspoof5(root: Path) -> None:
    """Both tracks of development and evaluation, track 1 of training."""
    for letter, subset, folder, listing in (
        ("T", "train", "flac_T", "ASVspoof5.train.tsv"),
        ("D", "dev", "flac_D", "ASVspoof5.dev.track_1.tsv"),
        ("E", "eval", "flac_E_eval", "ASVspoof5.eval.track_1.tsv"),
    ):
        lines = (
            f"{letter}_4850 {letter}_0000000000 F - - - AC3 A05 spoof -\n"
            f"{letter}_4851 {letter}_0000000001 M C05 2 {letter}_0005247426 - bonafide bonafide -\n"
        )
        _text(root, f"ASVspoof5_protocols/{listing}", lines)
        names = [f"{letter}_0000000000", f"{letter}_0000000001"]
        if subset != "train":
            names += [f"{letter}_A0000000022", f"{letter}_A0000000023"]
            enrol = f"{letter}_4851 {letter}_A0000000022,{letter}_A0000000023\n"
            _text(root, f"ASVspoof5_protocols/ASVspoof5.{subset}.track_2.enroll.tsv", enrol)
            trials = (
                f"{letter}_4851 {letter}_0000000001 M bonafide target\n"
                f"{letter}_4851 {letter}_A0000000022 M bonafide nontarget\n"
                f"{letter}_4851 {letter}_0000000000 M A05 spoof\n"
            )
            _text(root, f"ASVspoof5_protocols/ASVspoof5.{subset}.track_2.trial.tsv", trials)
        _put(root, *(f"{folder}/{name}.flac" for name in names))


def inthewild(root: Path) -> None:
    """A meta.csv with both labels."""
    table = "file,speaker,label\n0.wav,Alec Guinness,spoof\n1.wav,Alec Guinness,bona-fide\n"
    _text(root, "release_in_the_wild/meta.csv", table)
    _put(root, "release_in_the_wild/0.wav", "release_in_the_wild/1.wav")


def lfw(root: Path) -> None:
    """pairs.txt with one pair of each kind."""
    _text(root, "pairs.txt", "10\t300\nAbel_Pacheco\t1\t4\nAbdel_Madi_Shabneh\t1\tDean_Barker\t1\n")
    _put(root, "lfw/Abel_Pacheco/Abel_Pacheco_0001.jpg", "lfw/Abel_Pacheco/Abel_Pacheco_0004.jpg")
    _put(root, "lfw/Abdel_Madi_Shabneh/Abdel_Madi_Shabneh_0001.jpg", "lfw/Dean_Barker/Dean_Barker_0001.jpg")


def voxceleb1(root: Path) -> None:
    """The cleaned list with one trial of each kind."""
    names = ("id10270/5r0dWxy17C8/00001.wav", "id10270/x6uYqmx31kE/00001.wav", "id10300/ize_eiCFEg0/00003.wav")
    _text(root, "veri_test2.txt", f"1 {names[0]} {names[1]}\n0 {names[0]} {names[2]}\n")
    _put(root, *(f"wav/{name}" for name in names))


def manifest(root: Path) -> None:
    """A manifest with a split column."""
    table = "id,path,modality,label,split\na,files/a.mp4,av,fake,test\nb,files/b.mp4,av,bonafide,train\n"
    _text(root, "manifest.csv", table)
    _put(root, "files/a.mp4", "files/b.mp4")


MAKERS: dict[str, Callable[[Path], None]] = {
    make.__name__: make
    for make in (
        faceforensics,
        celebdf,
        dfdc,
        fakeavceleb,
        avdeepfake1m,
        asvspoof2019,
        asvspoof2021,
        asvspoof5,
        inthewild,
        lfw,
        voxceleb1,
        manifest,
    )
}
