"""Genuine and re-voiced stretches, each scored by the network that saw neither its source nor its people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from anchorproof.detectors.lips import Floats, Lips, mel_of
from anchorproof.detectors.sync import LagCurve, SyncRules, lagged, opening
from anchorproof.media.audio import read_audio
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from anchorproof.types import Span
from models.build.sync.material import FOLDS, MARGIN, Piece

#: At least this share of a stretch is speech.
LEAST_SPEECH = 0.5


class Judge:
    """The folds' networks; a piece is scored by the one that left its group out."""

    def __init__(self, work: Path, rules: SyncRules, folds: Mapping[str, int]) -> None:
        self.rules = rules
        self._folds = folds
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._sessions = [
            ort.InferenceSession(str(work / f"sync_{fold}.onnx"), options, providers=["CPUExecutionProvider"])
            for fold in range(FOLDS)
        ]

    def fold(self, piece: Piece) -> int:
        return self._folds[piece.group]

    def curve(self, piece: Piece, lips: Floats, mel: Floats, heard: NDArray[np.bool_]) -> LagCurve:
        """``mel`` and ``heard`` begin one second before ``lips`` and end one second after."""
        session = self._sessions[self._folds[piece.group]]
        seen, sound = session.run(None, {"lips": lips[None], "mel": mel[None]})
        likeness = lagged(seen[0], sound[0], heard, self.rules.lags)
        return LagCurve(piece.clip_id, Span(0.0, len(lips) / 25), likeness)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps ``[start, start + length)`` of a piece."""

    piece: Piece
    start: int
    length: int

    @property
    def lips(self) -> Floats:
        return self.piece.lips[self.start : self.start + self.length]

    @property
    def mel(self) -> Floats:
        return self.sound_at(0)

    @property
    def heard(self) -> NDArray[np.bool_]:
        return self.piece.heard[self.start : self.start + self.length + 2 * MARGIN]

    def sound_at(self, shift: int) -> Floats:
        """The sound as if it came ``shift`` steps later; what would lie outside is silence."""
        steps = np.arange(self.start, self.start + self.length + 2 * MARGIN) - shift
        frames = (4 * steps[:, None] + np.arange(4)).ravel()
        inside = (frames >= 0) & (frames < len(self.piece.mel))
        mel = np.full((len(frames), self.piece.mel.shape[1]), self.piece.mel.min(), np.float32)
        mel[inside] = self.piece.mel[frames[inside]]
        return mel

    def heard_at(self, shift: int) -> NDArray[np.bool_]:
        steps = np.arange(self.start, self.start + self.length + 2 * MARGIN) - shift
        inside = (steps >= 0) & (steps < len(self.piece.heard))
        heard = np.zeros(len(steps), bool)
        heard[inside] = self.piece.heard[steps[inside]]
        return heard


def stretches(pieces: Sequence[Piece], length: int, hop: int, rules: SyncRules, first: int = 0) -> list[Stretch]:
    """Spoken stretches in which the detector would not abstain, every ``hop`` steps from ``first`` on."""
    found = []
    for piece in pieces:
        if piece.confidence < rules.least_confidence or piece.face_px < rules.smallest_face_px:
            continue
        for start in range(first, piece.steps - length + 1, hop):
            stretch = Stretch(piece, start, length)
            if _speaks(stretch) and opening(Lips(0.0, stretch.lips)) >= rules.least_opening:
                found.append(stretch)
    return found


def whole(pieces: Sequence[Piece], rules: SyncRules) -> list[Stretch]:
    """One stretch per piece, as long as the service would look at, over 2 s."""
    found = []
    for piece in pieces:
        length = min(piece.steps, round(rules.window_s * 25))
        if length >= round(rules.shortest_s * 25) - 2:
            found += stretches([piece], length, max(1, piece.steps - length + 1), rules)[:1]
    return found


def served(pieces: Sequence[Piece], rules: SyncRules) -> list[list[Stretch]]:
    """Of each piece the windows that the service would look at: up to ``limit_windows`` one after another."""
    window, shortest = round(rules.window_s * 25), round(rules.shortest_s * 25) - 2
    found = []
    for piece in pieces:
        windows: list[Stretch] = []
        for start in range(0, min(piece.steps, rules.limit_windows * window), window):
            length = min(window, piece.steps - start)
            if length >= shortest:
                windows += stretches([piece], length, piece.steps, rules, first=start)
        if windows:
            found.append(windows)
    return found


def other_clips(clips: Sequence[Sequence[Stretch]], seed: int) -> list[list[Stretch]]:
    """For each clip's windows those of one clip of another source that speaks at the same times, picked by ``seed``."""
    rng = np.random.default_rng(seed)
    found = []
    for windows in clips:
        own = windows[0].piece.row["source_repo"]
        others = [other[0].piece for other in clips if other[0].piece.row["source_repo"] != own]
        moved = [[Stretch(piece, one.start, one.length) for one in windows] for piece in others]
        fitting = [sounds for sounds in moved if all(map(_speaks, sounds))]
        if not fitting:
            raise ValueError(f"no other clip speaks as long as {windows[0].piece.clip_id}")
        found.append(fitting[rng.integers(len(fitting))])
    return found


def _speaks(stretch: Stretch) -> bool:
    end = stretch.start + stretch.length
    return end <= stretch.piece.steps and stretch.piece.speaks[stretch.start : end].mean() >= LEAST_SPEECH


def other_sounds(chosen: Sequence[Stretch], seed: int) -> list[Stretch]:
    """For each stretch one of another source with at least as much sound, picked by ``seed``."""
    rng = np.random.default_rng(seed)
    partners = []
    for stretch in chosen:
        fitting = [
            other
            for other in chosen
            if other.piece.row["source_repo"] != stretch.piece.row["source_repo"] and other.length >= stretch.length
        ]
        partners.append(fitting[rng.integers(len(fitting))] if fitting else None)
    return [
        Stretch(partner.piece, partner.start, stretch.length) if partner else stretch
        for stretch, partner in zip(chosen, partners, strict=True)
    ]


def synthetic_speech(data: Path, rows: Sequence[Mapping[str, str]], count: int, seed: int) -> list[Floats]:
    """Log mel of ``count`` clips of text-to-speech, at least 8 s of speech each (shorter ones joined)."""
    spoken = [row for row in rows if row["modality"] == "audio" and row["fake_type"] == "tts"]
    order = np.random.default_rng(seed).permutation(len(spoken))
    found: list[Floats] = []
    waiting: list[Floats] = []
    for index in order:
        path, settings = data / spoken[index]["path"], MediaSettings()
        sound = read_audio(path, read_info(path, settings), settings)
        waiting.append(mel_of(sound, 0.0, int(sound.duration_s * 25)))
        if sum(map(len, waiting)) >= 8 * 100:
            found.append(np.concatenate(waiting))
            waiting = []
        if len(found) == count:
            break
    return found


def bootstrap_over(clips: Sequence[str], rounds: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Indices of trials, whole clips drawn with replacement."""
    names, places = np.unique(clips, return_inverse=True)
    members = [np.flatnonzero(places == place) for place in range(len(names))]
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        yield np.concatenate([members[place] for place in rng.integers(0, len(names), len(names))])
