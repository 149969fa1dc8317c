"""Write Resemblyzer's GE2E voice encoder as ONNX, from the weights in its wheel.

    python models/build/ge2e.py                             # from the installed package Resemblyzer 0.1.4, or
    python models/build/ge2e.py --wheel Resemblyzer-0.1.4-py3-none-any.whl
    python models/build/ge2e.py --check                     # only compare with the net in torch

The net: three LSTM layers of 256 over 40 mel energies, the last hidden state through a linear layer and ReLU,
L2-normalised (Wan et al., "Generalized End-to-End Loss for Speaker Verification", ICASSP 2018). The graph is put
together node by node, so that each layer stays one ONNX LSTM operator; float32 ``(n, frames, 40)`` in, ``(n, 256)``
out, both n and frames free.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from manifest import MODELS_DIR, put
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

FILE = "ge2e-1.onnx"
MELS, HIDDEN, LAYERS, FRAMES = 40, 256, 3, 160
OPSET = 17

Weights = dict[str, Tensor]


class Encoder(nn.Module):
    """The net in torch, with the checkpoint's own names."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(MELS, HIDDEN, LAYERS, batch_first=True)
        self.linear = nn.Linear(HIDDEN, HIDDEN)

    def forward(self, mel: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(mel)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)


def load(wheel: Path | None) -> Encoder:
    """The net with the wheel's weights; the loss function's two numbers in the checkpoint are left out."""
    weights: Weights = torch.load(io.BytesIO(_read(wheel)), map_location="cpu", weights_only=True)["model_state"]
    net = Encoder()
    net.load_state_dict({name: value for name, value in weights.items() if not name.startswith("similarity_")})
    return net.eval()


def _read(wheel: Path | None) -> bytes:
    if wheel is not None:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read("resemblyzer/pretrained.pt")
    spec = importlib.util.find_spec("resemblyzer")
    if spec is None or spec.origin is None:
        raise SystemExit("Resemblyzer is not installed; name its wheel with --wheel")
    return Path(spec.origin).with_name("pretrained.pt").read_bytes()


def export(net: Encoder, path: Path) -> None:
    """Write the net as ONNX."""
    weights = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    tensors = {"linear.weight": weights["linear.weight"], "linear.bias": weights["linear.bias"]}
    nodes = [helper.make_node("Transpose", ["mel"], ["states_0"], perm=[1, 0, 2])]
    for layer in range(LAYERS):
        tensors |= _layer_tensors(weights, layer)
        nodes += _layer_nodes(layer)
    tensors["smallest_norm"] = np.array([1e-12], np.float32)
    nodes += [
        helper.make_node("Squeeze", [f"last_{LAYERS - 1}", "direction"], ["last"]),
        helper.make_node("Gemm", ["last", "linear.weight", "linear.bias"], ["projected"], transB=1),
        helper.make_node("Relu", ["projected"], ["positive"]),
        helper.make_node("ReduceL2", ["positive"], ["norm"], axes=[1], keepdims=1),
        helper.make_node("Max", ["norm", "smallest_norm"], ["safe_norm"]),
        helper.make_node("Div", ["positive", "safe_norm"], ["embedding"]),
    ]
    tensors["direction"], tensors["direction_axis"] = np.array([0], np.int64), np.array([1], np.int64)
    graph = helper.make_graph(
        nodes,
        "ge2e",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["n", "frames", MELS])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", HIDDEN])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _layer_nodes(layer: int) -> list[onnx.NodeProto]:
    """``states_i (frames, n, width)`` -> ``states_i+1`` and the last hidden state ``last_i (1, n, 256)``."""
    inputs = [f"states_{layer}", f"w_{layer}", f"r_{layer}", f"b_{layer}"]
    return [
        helper.make_node("LSTM", inputs, [f"directed_{layer}", f"last_{layer}"], hidden_size=HIDDEN),
        helper.make_node("Squeeze", [f"directed_{layer}", "direction_axis"], [f"states_{layer + 1}"]),
    ]


def _layer_tensors(weights: dict[str, NDArray[np.float32]], layer: int) -> dict[str, NDArray[np.float32]]:
    inner, outer = f"weight_ih_l{layer}", f"weight_hh_l{layer}"
    biases = [_gates_for_onnx(weights[f"lstm.bias_{side}_l{layer}"]) for side in ("ih", "hh")]
    return {
        f"w_{layer}": _gates_for_onnx(weights[f"lstm.{inner}"])[None],
        f"r_{layer}": _gates_for_onnx(weights[f"lstm.{outer}"])[None],
        f"b_{layer}": np.concatenate(biases)[None],
    }


def _gates_for_onnx(stacked: NDArray[np.float32]) -> NDArray[np.float32]:
    """torch stacks the gates input, forget, cell, output; ONNX input, output, forget, cell."""
    entry, forget, cell, output = np.split(stacked, 4)
    return np.concatenate([entry, output, forget, cell])


def register() -> None:
    """Put the net into the manifest as the default for voice templates."""
    put(
        {
            "model_id": "ge2e-1",
            "task": "voice_template",
            "file": FILE,
            "origin": "Resemblyzer 0.1.4 (PyPI wheel), resemblyzer/pretrained.pt, exported by models/build/ge2e.py",
            "licence": "Apache-2.0",
            "card": "cards/ge2e-1.md",
            "preprocessing": "ge2e-mel-1",
            "higher_means": "same_source",
            "parameters": {
                "sample_rate_hz": 16_000,
                "window_samples": 400,
                "hop_samples": 160,
                "mels": MELS,
                "partial_frames": FRAMES,
                "level_dbfs": -30.0,
            },
        },
        default_for="voice_template",
    )


def check(net: Encoder, path: Path) -> float:
    """Largest difference between the ONNX file and the net in torch, over mel energies of every plausible size."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(5)
    largest = 0.0
    for n, frames, scale in [(1, FRAMES, 0.1), (37, FRAMES, 1.0), (3, 71, 20.0), (2, 1, 0.0)]:
        mel = (scale * random.exponential(1.0, (n, frames, MELS))).astype(np.float32)
        with torch.inference_mode():
            expected = net(torch.from_numpy(mel)).numpy()
        largest = max(largest, float(np.abs(session.run(None, {"mel": mel})[0] - expected).max()))
    return largest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="Resemblyzer-0.1.4-py3-none-any.whl; absent: the installed package")
    parser.add_argument("--check", action="store_true", help="only compare the file there is with the net in torch")
    arguments = parser.parse_args()
    net, path = load(arguments.wheel), MODELS_DIR / FILE
    if not arguments.check:
        export(net, path)
        register()
    print(f"{path.name}: {path.stat().st_size:,} bytes, largest difference to torch {check(net, path):.1e}")


if __name__ == "__main__":
    main()
