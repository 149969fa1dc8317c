"""``python -m models.build.sync.export --work DIR``: ONNX of the folds' networks and the shipped one."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from anchorproof.detectors.lips import MEL_BANDS
from models.build import manifest
from models.build.sync.entry import ENTRY
from models.build.sync.material import FOLDS
from models.build.sync.network import POINTS, Several, SyncNet
from models.build.sync.train import SEEDS


def export(net: Several, path: Path) -> float:
    """Write ``net``; the largest difference between torch and ONNX Runtime on noise comes back."""
    generator = torch.Generator().manual_seed(0)
    lips = torch.randn(1, 80, POINTS * 3, generator=generator) * 0.05
    mel = torch.randn(1, 4 * 130, MEL_BANDS, generator=generator) * 2 - 8
    torch.onnx.export(
        net,
        (lips, mel),
        str(path),
        input_names=["lips", "mel"],
        output_names=["seen", "heard"],
        dynamic_axes={
            "lips": {0: "windows", 1: "steps"},
            "mel": {0: "windows", 1: "frames"},
            "seen": {0: "windows", 1: "steps"},
            "heard": {0: "windows", 1: "sound_steps"},
        },
        opset_version=17,
        dynamo=False,
    )
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    shorter = {"lips": lips[:, :60].numpy(), "mel": mel[:, :400].numpy()}
    there = session.run(None, shorter)
    with torch.inference_mode():
        here = net(*map(torch.from_numpy, shorter.values()))
    return max(float(np.abs(one - other.numpy()).max()) for one, other in zip(there, here, strict=True))


def read(path: Path) -> SyncNet:
    """One trained network."""
    net = SyncNet()
    net.load_state_dict(torch.load(path, weights_only=True))
    return net


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    torch.set_num_threads(1)
    targets = {str(fold): work / f"sync_{fold}.onnx" for fold in range(FOLDS)}
    targets["all"] = manifest.MODELS_DIR / ENTRY["file"]
    for fold, target in targets.items():
        net = Several([read(work / f"sync_{fold}_{seed}.pt") for seed in SEEDS]).eval()
        print(f"{fold}: {target.name}, largest difference to torch {export(net, target):.1e}")
    manifest.put(ENTRY, default_for="sync_detector")


if __name__ == "__main__":
    main()
