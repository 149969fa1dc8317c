"""Write trained networks as ONNX, compare them with torch, and enter the shipped one in the manifest.

Run as ``python -m models.build.audio.export --work DIR``: writes ``DIR/net_FOLD.onnx`` for the folds and
``models/audio-cepstra-3.onnx``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from models.build import manifest
from models.build.audio import folds
from models.build.audio.network import SAMPLE_RATE_HZ, WINDOW_S, WINDOW_SAMPLES, AudioNet

MODEL_ID = "audio-cepstra-3"
ENTRY = {
    "model_id": MODEL_ID,
    "task": "audio_detector",
    "file": f"{MODEL_ID}.onnx",
    "origin": "Distill-MOS (distillmos 0.9.1, PyPI) in part, with what models/build/audio trained (see the card)",
    "licence": "MIT AND Apache-2.0",
    "card": f"cards/{MODEL_ID}.md",
    "preprocessing": "joined-speech-4s-1",
    "higher_means": "spoof",
    "parameters": {
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "window_s": WINDOW_S,
        "hop_s": 1.0,
        "shortest_speech_s": 1.0,
    },
}


def load(path: Path) -> AudioNet:
    net = AudioNet()
    net.load_state_dict(torch.load(path, weights_only=True))
    return net.eval()


def export(net: AudioNet, path: Path) -> float:
    """Write ``net``; the largest difference between torch and ONNX Runtime on noise comes back."""
    example = torch.randn(2, WINDOW_SAMPLES, generator=torch.Generator().manual_seed(0)) * 0.1
    torch.onnx.export(
        net,
        (example,),
        str(path),
        input_names=["samples"],
        output_names=["score"],
        dynamic_axes={"samples": {0: "windows"}, "score": {0: "windows"}},
        opset_version=17,
        dynamo=False,
    )
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (there,) = session.run(None, {"samples": example.numpy()})
    with torch.inference_mode():
        return float(np.abs(there - net(example).numpy()).max())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    targets = {fold: arguments.work / f"net_{fold}.onnx" for fold in folds.FOLDS}
    targets["all"] = manifest.MODELS_DIR / ENTRY["file"]
    for fold, target in targets.items():
        difference = export(load(arguments.work / f"net_{fold}.pt"), target)
        print(f"{fold}: {target.name}, largest difference to torch {difference:.1e}")
    manifest.put(ENTRY)
