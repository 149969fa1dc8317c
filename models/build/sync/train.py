"""``python -m models.build.sync.train --data DIR --work DIR``: one network per fold, and the shipped one on everything.

Self-supervised: for a stretch of lips the sound at its own time has to be told from the same sound taken earlier or
later and from other people's sound. No label is used; only genuine clips are.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.build.sync.material import MARGIN, Piece, folds_of, load, read_rows, usable
from models.build.sync.network import SyncNet, curve
from models.build.sync.still import STILL

SEED = 20
STEPS = 300
BATCH = 36
SHORTEST, LONGEST = 40, 110
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.02
#: Lags this near to the true one are neither wanted nor unwanted: recordings are off by some tens of milliseconds.
NEAR = 2
LEAST_HEARD = 0.9
NEVER = -1e4


def train(pieces: Sequence[Piece], seed: int, steps: int = STEPS) -> SyncNet:
    """A network fitted on these pieces."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    chosen = [piece for piece in pieces if piece.steps >= SHORTEST and piece.confidence > 0.5 and piece.speaks.any()]
    net = SyncNet()
    scale = torch.nn.Parameter(torch.tensor(2.5))
    groups = [{"params": net.parameters()}, {"params": [scale], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
    weights = np.sqrt([piece.steps for piece in chosen])
    weights /= weights.sum()
    net.train()
    for step in range(steps):
        loss = _loss(net, scale, *_batch(chosen, weights, rng))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 99:
            print(f"  step {step + 1}: loss {loss.item():.3f}, scale {scale.exp().item():.1f}", flush=True)
    return net.eval()


def _loss(net: SyncNet, scale: Tensor, lips: Tensor, mel: Tensor, heard: Tensor, alike: Tensor) -> Tensor:
    seen, sound = net(lips, mel)
    own = curve(seen, sound, MARGIN)
    own = own.masked_fill(~heard, NEVER)
    near = torch.zeros_like(own, dtype=torch.bool)
    near[:, MARGIN - NEAR : MARGIN + NEAR + 1] = True
    middle = sound[:, MARGIN:-MARGIN]
    others = torch.einsum("itc,jtc->ij", seen, middle) / seen.shape[1]
    others = others.masked_fill(alike, NEVER)
    truth = own[:, MARGIN]
    lips_side = torch.cat([truth[:, None], own.masked_fill(near, NEVER), others], dim=1)
    sound_side = torch.cat([truth[:, None], others.T], dim=1)
    target = torch.zeros(len(own), dtype=torch.long)
    size = scale.exp()
    return functional.cross_entropy(lips_side * size, target) + functional.cross_entropy(sound_side * size, target)


def _batch(
    pieces: Sequence[Piece], weights: np.ndarray, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Crops of one length, made different: lips, sound, lags with sound ``(n, lags)``, pairs of one clip ``(n, n)``."""
    length = int(rng.integers(SHORTEST, LONGEST))
    long = np.array([piece.steps >= length for piece in pieces])
    chance = weights * long
    chosen = rng.choice(len(pieces), BATCH, p=chance / chance.sum())
    lips, mels, heard = [], [], []
    for index in chosen:
        piece = pieces[index]
        start = int(rng.integers(0, piece.steps - length + 1))
        lips.append(_moved(piece.lips[start : start + length], rng))
        mels.append(piece.mel[4 * start : 4 * (start + length + 2 * MARGIN)])
        inside = piece.heard[start : start + length + 2 * MARGIN]
        heard.append(np.lib.stride_tricks.sliding_window_view(inside, length).mean(axis=1) >= LEAST_HEARD)
    mels = [_overheard(mel, mels[rng.integers(BATCH)], rng) for mel in mels]
    clips = np.array([pieces[index].clip_id for index in chosen])
    return (
        torch.from_numpy(np.stack(lips)),
        torch.from_numpy(np.stack(mels)),
        torch.from_numpy(np.stack(heard)),
        torch.from_numpy(clips[:, None] == clips[None, :]),
    )


def _moved(lips: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As a larger or smaller mouth, with the mesh's tremble."""
    shaped = lips.reshape(len(lips), -1, 3)
    size = rng.uniform(0.7, 1.4) * rng.uniform(0.85, 1.15, 3)
    trembling = rng.normal(0, rng.uniform(0, 0.006), shaped.shape)
    return ((shaped - shaped.mean(axis=0)) * size + trembling).reshape(lips.shape).astype(np.float32)


def _overheard(mel: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With somebody else's sound under it, a noise floor, another microphone and gaps in the bands."""
    under = other + rng.uniform(-9, -2) + mel.mean() - other.mean() if rng.random() < 0.5 else mel - 20
    floor = mel.mean() + rng.uniform(-8, 1)
    mixed = np.logaddexp(np.logaddexp(mel, under), floor)
    if rng.random() < 0.3:
        low = int(rng.integers(0, 24))
        mixed[:, low : low + 8] = mixed.mean()
    return mixed.astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--only", default="", help="one fold, or all")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = usable(read_rows(arguments.data / "manifest.csv"))
    genuine = [piece for piece in load(arguments.work / "mouths", rows, STILL) if piece.row["label"] == "bonafide"]
    folds = folds_of(rows)
    for fold in [*map(str, sorted(set(folds.values()))), "all"]:
        path = arguments.work / f"sync_{fold}.pt"
        if path.exists() or (arguments.only and arguments.only != fold):
            continue
        begun = time.process_time()
        kept = [piece for piece in genuine if fold == "all" or str(folds[piece.group]) != fold]
        net = train(kept, SEED, arguments.steps)
        torch.save(net.state_dict(), path)
        print(f"{fold}: {len(kept)} pieces, {time.process_time() - begun:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
