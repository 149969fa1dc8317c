"""``python -m models.build.sync.train --data DIR --work DIR``: one network per fold, and the shipped one on everything.

Self-supervised: for a stretch of lips the sound at its own time has to be told from the same sound taken earlier or
later and from other people's sound. No label is used; only genuine clips are.

Recordings have delays of their own. From a third of the way on, each training clip's delay is read from the network's
own curve every 75 steps, and its sound counts as in time there.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from anchorproof.detectors.sync import lagged
from models.build.sync.material import MARGIN, Piece, folds_of, load, read_rows, usable
from models.build.sync.network import SyncNet, curve
from models.build.sync.still import STILL

SEEDS = (20,)
STEPS = 350
BATCH = 36
SHORTEST, LONGEST = 40, 110
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.02
#: Lags this near to the true one are neither wanted nor unwanted.
NEAR = 1
#: How often the clips' own delays are read, the largest that is believed, and by how much of the curve's deviation the
#: sound must fit better there.
REREAD, LARGEST_DELAY, CLEARLY = 75, 6, 0.3
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
    delays = {piece.clip_id: 0 for piece in chosen}
    net.train()
    for step in range(steps):
        if step >= steps // 3 and step % REREAD == 0:
            delays = own_delays(net, chosen)
        loss = _loss(net, scale, *_batch(chosen, weights, rng, delays))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 99:
            print(f"  step {step + 1}: loss {loss.item():.3f}, scale {scale.exp().item():.1f}", flush=True)
    return net.eval()


def own_delays(net: SyncNet, pieces: Sequence[Piece]) -> dict[str, int]:
    """Each clip's delay of the sound in steps, from the curve over all its pieces; 0 where it is not clear."""
    net.eval()
    sums: dict[str, np.ndarray] = {}
    steps: dict[str, int] = {}
    for piece in pieces:
        with torch.inference_mode():
            seen, heard = net(torch.from_numpy(piece.lips)[None], torch.from_numpy(piece.mel)[None])
        curve_ = lagged(seen[0].numpy(), heard[0].numpy(), piece.heard, MARGIN)
        filled = np.nan_to_num(curve_, nan=np.nanmin(curve_)) * piece.steps
        sums[piece.clip_id] = sums.get(piece.clip_id, 0) + filled
        steps[piece.clip_id] = steps.get(piece.clip_id, 0) + piece.steps
    net.train()
    return {clip_id: _clear_delay(total / steps[clip_id]) for clip_id, total in sums.items()}


def _clear_delay(curve_: np.ndarray) -> int:
    best = int(curve_.argmax()) - MARGIN
    is_clear = curve_[MARGIN + best] - curve_[MARGIN] > CLEARLY * curve_.std()
    return best if abs(best) <= LARGEST_DELAY and is_clear else 0


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
    pieces: Sequence[Piece], weights: np.ndarray, rng: np.random.Generator, delays: Mapping[str, int]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Crops of one length, made different: lips, sound, lags with sound ``(n, lags)``, pairs of one clip ``(n, n)``."""
    length = int(rng.integers(SHORTEST, LONGEST))
    long = np.array([piece.steps - abs(delays[piece.clip_id]) >= length for piece in pieces])
    chance = weights * long
    chosen = rng.choice(len(pieces), BATCH, p=chance / chance.sum())
    lips, mels, heard = [], [], []
    for index in chosen:
        piece = pieces[index]
        delay = delays[piece.clip_id]
        start = int(rng.integers(max(0, -delay), piece.steps - length - max(0, delay) + 1))
        lips.append(_moved(piece.lips[start : start + length], rng))
        begin = start + delay
        mels.append(piece.mel[4 * begin : 4 * (begin + length + 2 * MARGIN)])
        inside = piece.heard[begin : begin + length + 2 * MARGIN]
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
        if arguments.only and arguments.only != fold:
            continue
        kept = [piece for piece in genuine if fold == "all" or str(folds[piece.group]) != fold]
        for seed in SEEDS:
            path = arguments.work / f"sync_{fold}_{seed}.pt"
            if path.exists():
                continue
            begun = time.process_time()
            torch.save(train(kept, seed, arguments.steps).state_dict(), path)
            print(f"{fold}, seed {seed}: {len(kept)} pieces, {time.process_time() - begun:.0f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
