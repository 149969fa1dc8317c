"""Export MTCNN's three nets from facenet-pytorch's weights to ONNX.

    python models/build/mtcnn.py --wheel facenet_pytorch-2.6.0-py3-none-any.whl
    python models/build/mtcnn.py --wheel ... --check     # parity with the weights run in torch

Architecture: Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016.
Each exported net takes float32 ``(n, 3, h, w)`` pixels, normalised as ``(x - 127.5) / 128``, and gives the face
probability and the box regression (O-net also five landmarks); P-net is fully convolutional, h and w are free.

Two rewrites make the exported nets about a third cheaper and change nothing but rounding: the first PReLU moves behind
its pooling (``PooledStage``), and the softmax of two classes becomes the sigmoid of their difference (``_margin``).
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from manifest import MODELS_DIR, put
from torch import Tensor, nn

ORIGIN = "facenet-pytorch 2.6.0 (PyPI wheel), data/{name}.pt, exported by models/build/mtcnn.py"
TASKS = {"pnet": "face_proposal", "rnet": "face_refinement", "onet": "face_landmarks"}
SIDES = {"pnet": 12, "rnet": 24, "onet": 48}


def _stage(number: int, inputs: int, outputs: int, kernel: int) -> list[tuple[str, nn.Module]]:
    return [(f"conv{number}", nn.Conv2d(inputs, outputs, kernel)), (f"prelu{number}", nn.PReLU(outputs))]


def _pool(number: int, kernel: int) -> tuple[str, nn.Module]:
    return f"pool{number}", nn.MaxPool2d(kernel, 2, ceil_mode=True)


class Cascade(nn.Module):
    """One net of the cascade: a trunk, and heads for probability, box and (O-net) landmarks."""

    def __init__(self, trunk: list[tuple[str, nn.Module]], heads: dict[str, nn.Module], dense: int | None) -> None:
        super().__init__()
        self.trunk = [name for name, _ in trunk]
        self.heads = list(heads)
        self.dense = dense
        for name, module in [*trunk, *heads.items()]:
            self.add_module(name, module)

    def features(self, x: Tensor, skip: int = 0) -> Tensor:
        """The trunk's output; ``skip`` leaves out that many layers at its start."""
        for name in self.trunk[skip:]:
            if name == f"dense{self.dense}":
                x = x.permute(0, 3, 2, 1).flatten(1)  # the weights come from a column-major framework
            x = getattr(self, name)(x)
        return x

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        features = self.features(pixels)
        classes, *others = (getattr(self, name)(features) for name in self.heads)
        return classes.softmax(dim=1)[:, 1], *others


class PooledStage(nn.Module):
    """``pool(prelu(conv(x)))`` with the PReLU at pooled size.

    A PReLU of slope a <= 1 is ``max(y, a y)``, which a max pool lets through: ``max(pool(y), pool(a y))``. One of slope
    a > 1 rises everywhere, so it may simply come after the pool.
    """

    def __init__(self, conv: nn.Conv2d, prelu: nn.PReLU, pool: nn.MaxPool2d) -> None:
        super().__init__()
        slopes = prelu.weight.detach()
        before = torch.where(slopes <= 1, slopes, torch.ones_like(slopes))
        after = torch.where(slopes <= 1, torch.ones_like(slopes), slopes)
        self.conv = nn.Conv2d(conv.in_channels, 2 * conv.out_channels, conv.kernel_size)
        self.conv.weight.data = torch.cat([conv.weight.data, conv.weight.data * before[:, None, None, None]])
        self.conv.bias.data = torch.cat([conv.bias.data, conv.bias.data * before])
        self.pool = pool
        self.prelu = nn.PReLU(len(slopes)) if bool((after != 1).any()) else nn.Identity()
        if isinstance(self.prelu, nn.PReLU):
            self.prelu.weight.data = after

    def forward(self, x: Tensor) -> Tensor:
        straight, sloped = self.pool(self.conv(x)).chunk(2, dim=1)
        return self.prelu(torch.maximum(straight, sloped))


class Lean(nn.Module):
    """A cascade net with the two rewrites; same answers."""

    def __init__(self, net: Cascade) -> None:
        super().__init__()
        self.first = PooledStage(net.conv1, net.prelu1, net.pool1)
        self.net = net
        self.margin = _margin(getattr(net, net.heads[0]))

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...]:
        features = self.net.features(self.first(pixels), skip=3)
        others = (getattr(self.net, name)(features) for name in self.net.heads[1:])
        return self.margin(features).sigmoid()[:, 0], *others


def _margin(head: nn.Module) -> nn.Module:
    """The layer that gives class 1 minus class 0 of a two-class layer."""
    lean = nn.Conv2d(head.in_channels, 1, 1) if isinstance(head, nn.Conv2d) else nn.Linear(head.in_features, 1)
    lean.weight.data = head.weight.data[1:] - head.weight.data[:1]
    lean.bias.data = head.bias.data[1:] - head.bias.data[:1]
    return lean


def _pnet() -> Cascade:
    trunk = [*_stage(1, 3, 10, 3), _pool(1, 2), *_stage(2, 10, 16, 3), *_stage(3, 16, 32, 3)]
    return Cascade(trunk, {"conv4_1": nn.Conv2d(32, 2, 1), "conv4_2": nn.Conv2d(32, 4, 1)}, None)


def _rnet() -> Cascade:
    trunk = [*_stage(1, 3, 28, 3), _pool(1, 3), *_stage(2, 28, 48, 3), _pool(2, 3), *_stage(3, 48, 64, 2)]
    trunk += [("dense4", nn.Linear(576, 128)), ("prelu4", nn.PReLU(128))]
    return Cascade(trunk, {"dense5_1": nn.Linear(128, 2), "dense5_2": nn.Linear(128, 4)}, 4)


def _onet() -> Cascade:
    trunk = [*_stage(1, 3, 32, 3), _pool(1, 3), *_stage(2, 32, 64, 3), _pool(2, 3), *_stage(3, 64, 64, 3), _pool(3, 2)]
    trunk += [*_stage(4, 64, 128, 2), ("dense5", nn.Linear(1152, 256)), ("prelu5", nn.PReLU(256))]
    heads = {"dense6_1": nn.Linear(256, 2), "dense6_2": nn.Linear(256, 4), "dense6_3": nn.Linear(256, 10)}
    return Cascade(trunk, heads, 5)


NETS = {"pnet": _pnet, "rnet": _rnet, "onet": _onet}


def load(name: str, wheel: Path) -> Cascade:
    """The net ``pnet``, ``rnet`` or ``onet`` with the wheel's weights; every weight must find its place."""
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(f"facenet_pytorch/data/{name}.pt")
    net = NETS[name]()
    net.load_state_dict(torch.load(io.BytesIO(content), weights_only=True), strict=True)
    return net.eval()


def export(name: str, wheel: Path, path: Path) -> None:
    """Write one net as ONNX with a free batch size (P-net: and free picture size)."""
    outputs = ["probability", "box"] + (["landmarks"] if name == "onet" else [])
    free = {0: torch.export.Dim("n")}
    side = SIDES[name]
    if name == "pnet":
        side = 64
        free |= {2: torch.export.Dim("h", min=12), 3: torch.export.Dim("w", min=12)}
    torch.onnx.export(
        Lean(load(name, wheel)).eval(),
        (torch.zeros(2, 3, side, side + (side if name == "pnet" else 0)),),
        path,
        input_names=["pixels"],
        output_names=outputs,
        dynamic_shapes=[free],
        dynamo=True,
        external_data=False,
    )


def register(name: str) -> None:
    """Put the exported net into the manifest."""
    put(
        {
            "model_id": f"mtcnn-{name}-1",
            "task": TASKS[name],
            "file": f"mtcnn-{name}-1.onnx",
            "origin": ORIGIN.format(name=name),
            "licence": "MIT",
            "card": "cards/mtcnn-1.md",
            "preprocessing": "mtcnn-1",
            "parameters": {"side_px": SIDES[name], "mean": 127.5, "scale": 128.0},
        },
        default_for=TASKS[name],
    )


def check(name: str, wheel: Path, path: Path) -> float:
    """Largest difference between the ONNX file and the net in torch, over random pictures."""
    net = load(name, wheel)
    session = ort.InferenceSession(path)
    largest = 0.0
    for n, height, width in [(1, 12, 12), (3, 57, 91), (2, 120, 213)] if name == "pnet" else [(1, 0, 0), (37, 0, 0)]:
        shape = (n, 3, height or SIDES[name], width or SIDES[name])
        pixels = np.random.default_rng(7).uniform(-1, 1, shape).astype(np.float32)
        with torch.inference_mode():
            expected = net(torch.from_numpy(pixels))
        for want, got in zip(expected, session.run(None, {"pixels": pixels}), strict=True):
            assert want.shape == got.shape
            largest = max(largest, float(np.abs(want.numpy() - got).max()))
    return largest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True, help="facenet_pytorch-2.6.0-py3-none-any.whl")
    parser.add_argument("--check", action="store_true", help="only compare the files there are with the weights")
    arguments = parser.parse_args()
    for name in NETS:
        path = MODELS_DIR / f"mtcnn-{name}-1.onnx"
        if not arguments.check:
            export(name, arguments.wheel, path)
            register(name)
        difference = check(name, arguments.wheel, path)
        print(f"{path.name}: {path.stat().st_size:,} bytes, largest difference to torch {difference:.1e}")


if __name__ == "__main__":
    main()
