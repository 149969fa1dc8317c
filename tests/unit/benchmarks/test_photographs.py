"""Which pairs of photograph and clip are trials of what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from anchorproof.footage.photographs import SIDES, BustSeries
from anchorproof.footage.pictures import REFRAMINGS
from benchmarks.manifests import Row
from benchmarks.photographs import EDITS, SHOWN, Seen, results, rows_of, trials, write_trials

RANDOM = np.random.default_rng(0)


def _row(row_id: str, label: str, source: str, identity: str = "") -> Row:
    kind = "talkinghead" if label == "fake" else "none"
    columns = {
        "id": row_id, "label": label, "fake_type": kind, "generator": "G" if label == "fake" else "none",
        "source_repo": source, "identity": identity, "duration_s": "9", "modality": "av", "notes": "",
    }  # fmt: skip
    return Row(row_id, Path(f"{row_id}.mp4"), columns)


def _seen(photograph: np.ndarray, flips: int, pictures: np.ndarray, names: tuple[str, ...]) -> Seen:
    hashes = np.repeat(photograph[None, None], 6, axis=0).repeat(len(SIDES), axis=1)
    for number in range(6):
        hashes[number, :, :flips] ^= 255
    face = BustSeries(np.arange(6) / 2, hashes, 0.2)
    return Seen(
        np.repeat(photograph[None], 2 * len(SIDES), axis=0), pictures[:1], {name: [face] for name in names}, pictures
    )


def _hash() -> np.ndarray:
    return RANDOM.integers(1, 256, 32, dtype=np.uint8)


def test_pairs_are_sorted_by_recording_and_name_and_counted(tmp_path: Path) -> None:
    whole = {name: RANDOM.integers(0, 256, (2 * len(REFRAMINGS), 32), dtype=np.uint8) for name in "abcd"}
    rows = [
        _row("head", "fake", "made"),
        _row("one", "bonafide", "north", "Ada Example (studio)"),
        _row("copy", "bonafide", "south", "unknown"),
        _row("two", "bonafide", "west", "Ada Example"),
    ]
    seen = {
        "head": _seen(_hash(), 4, whole["a"], EDITS),
        "one": _seen(_hash(), 2, whole["b"], (EDITS[0], SHOWN)),
        "copy": _seen(_hash(), 2, whole["b"], (EDITS[0], SHOWN)),
        "two": _seen(_hash(), 2, whole["d"], (EDITS[0], SHOWN)),
    }
    found = list(trials(rows, seen))
    kinds = {(trial.photograph, trial.clip): trial.kind for trial in found if trial.edit == EDITS[0]}
    assert [trial.clip for trial in found if trial.kind == SHOWN] == ["one", "copy", "two"]
    assert kinds["head", "head"] == "animated"
    assert kinds["one", "one"] == "frame"
    assert kinds["one", "copy"] == "same_recording"
    assert kinds["one", "two"] == "same_name"
    assert kinds["copy", "two"] == "same_name", "known by the recording that it is a copy of"
    assert kinds["head", "two"] == "other"
    assert ("one", "head") not in kinds
    assert [trial.bits for trial in found if trial.kind == "animated"] == [32.0] * len(EDITS)
    write_trials(found, tmp_path / "trials.csv.gz")
    first = (tmp_path / "trials.csv.gz").read_bytes()
    write_trials(found, tmp_path / "trials.csv.gz")
    assert (tmp_path / "trials.csv.gz").read_bytes() == first
    other = next(trial for trial in found if trial.kind == "other")
    others = [replace(other, clip_source=f"there-{n}", photograph_source=f"here-{n}") for n in range(40)]
    write_trials([*found, *others], tmp_path / "trials.csv.gz")
    figures = results([*found, *others], tmp_path / "trials.csv.gz")
    assert figures["by_generator"]["G"]["of"] == len(EDITS)
    assert figures["genuine"]["frame"]["of"] == 3


def test_only_long_clips_of_one_picture_are_taken(tmp_path: Path) -> None:
    head = "id,path,modality,label,fake_type,generator,source_repo,identity,duration_s,notes\n"
    lines = [
        "long,long.mp4,av,fake,talkinghead,G,made,,9,",
        "short,short.mp4,av,fake,talkinghead,G,made,,2,",
        "four,four.mp4,av,fake,talkinghead,G,made,,9,composite=1",
        "swap,swap.mp4,av,fake,faceswap,G,made,,9,",
        "own,own.mp4,av,bonafide,none,none,north,,9,",
    ]
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(head + "\n".join(lines) + "\n")
    for line in lines:
        (tmp_path / line.split(",")[1]).write_bytes(b"")
    assert [row.row_id for row in rows_of(manifest)] == ["long", "own"]
