"""Export facenet-pytorch's InceptionResnetV1 from weights that you have, as a face template model of your own.

    python models/build/inception_resnet.py --weights vggface2.pt --models ~/.local/share/anchorproof/models

Writes ``<model_id>.onnx`` and its manifest entry into the folder given with --models, where the service looks for
models besides its own; ``--default`` makes it the one that is used (then enrol again and fit its calibration: templates
and LLRs of one model say nothing about another's). No weights are shipped here: those in circulation were trained on
VGGFace2 or CASIA-WebFace, whose terms are for you to judge.

Architecture: Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning", 2016,
in the variant of the facenet projects; parameter names are those of facenet-pytorch's files.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from torch import Tensor, nn

from anchorproof.faces.layouts import FACENET_INCEPTION

SIDE_PX = 160
#: Of a convolution: output channels, kernel height and width, stride, and whether its borders are padded.
Layer = tuple[int, int, int, int, bool]


class Convolution(nn.Module):
    """Convolution without bias, batch normalisation, ReLU."""

    def __init__(self, inputs: int, layer: Layer) -> None:
        super().__init__()
        outputs, height, width, stride, padded = layer
        padding = (height // 2, width // 2) if padded else 0
        self.conv = nn.Conv2d(inputs, outputs, (height, width), stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).relu()


def _branch(inputs: int, layers: Sequence[Layer]) -> nn.Module:
    """One convolution, or several in a row."""
    modules = []
    for layer in layers:
        modules.append(Convolution(inputs, layer))
        inputs = layer[0]
    return modules[0] if len(modules) == 1 else nn.Sequential(*modules)


class Branches(nn.Module):
    """Parallel branches, concatenated; ``branch0``, ``branch1``, ... by name."""

    def __init__(self, inputs: int, branches: Sequence[Sequence[Layer]]) -> None:
        super().__init__()
        self.count = len(branches)
        for number, layers in enumerate(branches):
            self.add_module(f"branch{number}", _branch(inputs, layers))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([getattr(self, f"branch{number}")(x) for number in range(self.count)], dim=1)


class Residual(Branches):
    """``x + scale * conv2d(branches(x))``, then ReLU unless it is the last."""

    def __init__(self, channels: int, branches: Sequence[Sequence[Layer]], scale: float, is_last: bool = False) -> None:
        super().__init__(channels, branches)
        self.scale, self.is_last = scale, is_last
        self.conv2d = nn.Conv2d(sum(layers[-1][0] for layers in branches), channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.scale * self.conv2d(super().forward(x))
        return x if self.is_last else x.relu()


class Reduction(Branches):
    """Branches that halve the picture, with a max pool as one more."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([super().forward(x), nn.functional.max_pool2d(x, 3, 2)], dim=1)


def _point(outputs: int) -> Layer:
    return outputs, 1, 1, 1, False


def _same(outputs: int, height: int = 3, width: int = 3) -> Layer:
    return outputs, height, width, 1, True


def _half(outputs: int) -> Layer:
    return outputs, 3, 3, 2, False


BLOCK35 = [[_point(32)], [_point(32), _same(32)], [_point(32), _same(32), _same(32)]]
BLOCK17 = [[_point(128)], [_point(128), _same(128, 1, 7), _same(128, 7, 1)]]
BLOCK8 = [[_point(192)], [_point(192), _same(192, 1, 3), _same(192, 3, 1)]]
REDUCTION_A = [[_half(384)], [_point(192), _same(192), _half(256)]]
REDUCTION_B = [[_point(256), _half(384)], [_point(256), _half(256)], [_point(256), _same(256), _half(256)]]


class InceptionResnetV1(nn.Module):
    """Faces ``(n, 3, 160, 160)`` -> unit vectors ``(n, 512)``."""

    def __init__(self) -> None:
        super().__init__()
        self.conv2d_1a = Convolution(3, _half(32))
        self.conv2d_2a = Convolution(32, (32, 3, 3, 1, False))
        self.conv2d_2b = Convolution(32, _same(64))
        self.conv2d_3b = Convolution(64, _point(80))
        self.conv2d_4a = Convolution(80, (192, 3, 3, 1, False))
        self.conv2d_4b = Convolution(192, _half(256))
        self.repeat_1 = nn.Sequential(*(Residual(256, BLOCK35, 0.17) for _ in range(5)))
        self.mixed_6a = Reduction(256, REDUCTION_A)
        self.repeat_2 = nn.Sequential(*(Residual(896, BLOCK17, 0.10) for _ in range(10)))
        self.mixed_7a = Reduction(896, REDUCTION_B)
        self.repeat_3 = nn.Sequential(*(Residual(1792, BLOCK8, 0.20) for _ in range(5)))
        self.block8 = Residual(1792, BLOCK8, 1.0, is_last=True)
        self.last_linear = nn.Linear(1792, 512, bias=False)
        self.last_bn = nn.BatchNorm1d(512, eps=1e-3)

    def forward(self, faces: Tensor) -> Tensor:
        x = self.conv2d_2b(self.conv2d_2a(self.conv2d_1a(faces)))
        x = self.conv2d_3b(nn.functional.max_pool2d(x, 3, 2))
        x = self.repeat_1(self.conv2d_4b(self.conv2d_4a(x)))
        x = self.repeat_2(self.mixed_6a(x))
        x = self.block8(self.repeat_3(self.mixed_7a(x)))
        x = self.last_bn(self.last_linear(x.mean(dim=(2, 3))))
        return nn.functional.normalize(x)


def load(weights: Path) -> InceptionResnetV1:
    """The network with the weights of a facenet-pytorch state dict; the classifier on top of it is left out."""
    state = torch.load(weights, weights_only=True, map_location="cpu")
    net = InceptionResnetV1()
    net.load_state_dict({name: value for name, value in state.items() if not name.startswith("logits.")}, strict=True)
    return net.eval()


def export(net: InceptionResnetV1, path: Path) -> float:
    """Write ONNX with a free batch size; answers the largest difference to the network in torch."""
    torch.onnx.export(
        net,
        (torch.zeros(2, 3, SIDE_PX, SIDE_PX),),
        path,
        input_names=["faces"],
        output_names=["templates"],
        dynamic_shapes=[{0: torch.export.Dim("n")}],
        dynamo=True,
        external_data=False,
    )
    faces = np.random.default_rng(7).uniform(-1, 1, (3, 3, SIDE_PX, SIDE_PX)).astype(np.float32)
    with torch.inference_mode():
        expected = net(torch.from_numpy(faces)).numpy()
    return float(np.abs(ort.InferenceSession(path).run(None, {"faces": faces})[0] - expected).max())


def register(folder: Path, entry: dict[str, Any], is_default: bool) -> None:
    """Add or replace the entry in the folder's ``manifest.json``, which the service reads besides its own."""
    path = folder / "manifest.json"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        manifest = json.loads(path.read_text()) if path.exists() else {"schema": 1, "defaults": {}, "models": []}
        others = [model for model in manifest["models"] if model["model_id"] != entry["model_id"]]
        manifest["models"] = [*others, entry]
        if is_default:
            manifest["defaults"][entry["task"]] = entry["model_id"]
        path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="state dict in facenet-pytorch's names (.pt)")
    parser.add_argument("--models", type=Path, required=True, help="folder of your own models, DATA_DIR/models")
    parser.add_argument("--model-id", default="facenet-inception-1")
    parser.add_argument("--licence", default="unstated", help="the terms of your weights, for the record")
    parser.add_argument("--default", action="store_true", help="use it instead of the packaged face template model")
    arguments = parser.parse_args()
    arguments.models.mkdir(parents=True, exist_ok=True)
    path = arguments.models / f"{arguments.model_id}.onnx"
    difference = export(load(arguments.weights), path)
    content = path.read_bytes()
    entry = {
        "model_id": arguments.model_id,
        "file": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "origin": f"{arguments.weights.name}, exported by models/build/inception_resnet.py",
        "licence": arguments.licence,
        "card": "cards/facenet-inception.md",
        **FACENET_INCEPTION,
    }
    register(arguments.models, entry, arguments.default)
    print(f"{path}: {len(content):,} bytes, largest difference to torch {difference:.1e}")


if __name__ == "__main__":
    main()
