"""Small corpora for the tests of runs: files whose first word is the truth."""

from __future__ import annotations

import json
from pathlib import Path

COUNT = 60


def manifest(folder: Path, count: int = COUNT) -> Path:
    """``count`` clips of five sources and four generators, a third of them spoofs with one stretch each."""
    lines = ["id,path,modality,label,fake_type,generator,source_repo,duration_s,segments"]
    for number in range(count):
        is_fake = number % 3 == 0
        (folder / f"{number}.mp4").write_text(f"{'fake' if is_fake else 'real'} {number}")
        segments = json.dumps([[1.0, 2.0]] if is_fake else []).replace('"', '""')
        made = f"fake,lipsync,G{number % 4}" if is_fake else "bonafide,none,none"
        lines.append(f'c{number},{number}.mp4,av,{made},S{number % 5},{3 + number % 7},"{segments}"')
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder / "manifest.csv"


def pairs(folder: Path, count: int = COUNT) -> Path:
    """Trials over twelve people, every other of one person."""
    lines = ["id1,id2,path1,path2,same"]
    rows = ["id,path,identity"]
    for number in range(count):
        first, second = f"p{number % 12}", f"p{number % 12}" if number % 2 else f"p{(number + 5) % 12}"
        for side, person in (("a", first), ("b", second)):
            (folder / f"{number}{side}.png").write_text(f"x {person} {number}")
            rows.append(f"{number}{side},{number}{side}.png,{person}")
        lines.append(f"{number}a,{number}b,{number}a.png,{number}b.png,{number % 2}")
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    (folder / "trials.csv").write_text("\n".join(lines) + "\n")
    return folder / "trials.csv"


def asvspoof5(folder: Path, count: int = COUNT) -> Path:
    """Track 2 of a development set with six speakers."""
    media = folder / "flac_D"
    media.mkdir()
    trials, enrolled = [], []
    for speaker in range(6):
        names = [f"D_A{speaker}{k}" for k in range(2)]
        for name in names:
            (media / f"{name}.flac").write_text(f"enrol {speaker}")
        enrolled.append(f"D_{speaker} {','.join(names)}")
    for number in range(count):
        key = ("target", "nontarget", "spoof")[number % 3]
        (media / f"D_{number:04d}.flac").write_text(f"{key} {number}")
        attack = "A11" if key == "spoof" else "bonafide"
        trials.append(f"D_{number % 6} D_{number:04d} F {attack} {key}")
    (folder / "ASVspoof5.dev.track_2.enroll.tsv").write_text("\n".join(enrolled) + "\n")
    (folder / "ASVspoof5.dev.track_2.trial.tsv").write_text("\n".join(trials) + "\n")
    return folder
