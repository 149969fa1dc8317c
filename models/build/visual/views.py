"""What is looked at: the face, its middle and the mouth, each as deep features over time; and where they come from.

The same code makes the features that heads are trained on and the exported network, so that the two cannot differ.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from models.build.visual.backbone import MEAN, SCALE, load_lite0, load_lite2

#: Names and order of the views in ``values``.
VIEWS = ("face", "middle", "mouth")
#: Sides of the crop (1.6 times the face) and of the mouth, in pixels.
SIDE_PX, MOUTH_PX = 192, 112
#: Cells per side of the crop's last map, and those of them in its middle, where the face itself is.
CELLS = 6
MIDDLE = slice(1, 5)
LEAST_VARIANCE = 1e-8
OPSET = 18


def middle_cells() -> Tensor:
    """``(CELLS * CELLS,)``: 1 in the middle, 0 at the border."""
    mask = torch.zeros(CELLS, CELLS)
    mask[MIDDLE, MIDDLE] = 1
    return mask.reshape(-1)


class Eyes(nn.Module):
    """The two frozen networks: Lite2 for the crop, Lite0 for the mouth."""

    def __init__(self) -> None:
        super().__init__()
        self.of_crops, self.of_mouths = load_lite2(), load_lite0()

    def forward(self, crops: Tensor, mouths: Tensor) -> tuple[Tensor, Tensor]:
        """Last maps with their cells in one row: ``(n, 1280, CELLS * CELLS)`` and ``(n, 1280, cells of the mouth)``."""
        return (
            self.of_crops((crops - MEAN) / SCALE).flatten(2),
            self.of_mouths((mouths - MEAN) / SCALE).flatten(2),
        )


def pooled(of_crops: Tensor, of_mouths: Tensor) -> list[Tensor]:
    """Features of every view and observation, each ``(n, 1280)``."""
    middle = middle_cells()
    return [of_crops.mean(2), (of_crops * middle).sum(2) / middle.sum(), of_mouths.mean(2)]


def over_time(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation ``(1280,)`` of one view's features over its n >= 2 observations."""
    mean = features.mean(0)
    variance = (features - mean).square().sum(0) / (features.shape[0] - 1)
    return mean, variance.clamp(min=LEAST_VARIANCE).sqrt()


def shares(of_crops: Tensor, features: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """What each cell of the crop adds to a view's mean and deviation, each ``(1280, CELLS * CELLS)``; exact sums.

    Args:
        features: the view's own, ``(n, 1280)``.
        cells: 1 for the cells that the view is the mean of, 0 for others.
    """
    mean, deviation = over_time(features)
    own = of_crops * (cells / cells.sum())
    apart = (features - mean) / (deviation * (features.shape[0] - 1))
    return own.mean(0), (apart.unsqueeze(2) * own).sum(0)


class Describer(nn.Module):
    """A stretch's ``values`` and ``shares``, from ``crops`` and ``mouths`` ``(n, 3, side, side)``, RGB, 0..255, n >= 2.

    ``values`` ``(len(VIEWS) * 2 * 1280,)``: mean and deviation of each view. ``shares`` ``(2, 2, 1280, cells)``: of
    the crop's two views, what each cell adds to mean and deviation.
    """

    def __init__(self, eyes: Eyes) -> None:
        super().__init__()
        self.eyes = eyes
        self.register_buffer("masks", torch.stack([torch.ones(CELLS * CELLS), middle_cells()]))

    def forward(self, crops: Tensor, mouths: Tensor) -> tuple[Tensor, Tensor]:
        of_crops, of_mouths = self.eyes(crops, mouths)
        features = pooled(of_crops, of_mouths)
        values = torch.cat([part for view in features for part in over_time(view)])
        found = [torch.stack(shares(of_crops, features[view], self.masks[view])) for view in (0, 1)]
        return values, torch.stack(found)


def export_describer(eyes: Eyes, path: Path) -> None:
    """The describer as ONNX: features are made by the runtime that the service uses."""
    noise = torch.rand(6, 3, SIDE_PX, SIDE_PX) * 255, torch.rand(6, 3, MOUTH_PX, MOUTH_PX) * 255
    torch.onnx.export(
        Describer(eyes).eval(),
        noise,
        str(path),
        input_names=["crops", "mouths"],
        output_names=["values", "shares"],
        dynamic_axes={"crops": {0: "n"}, "mouths": {0: "n"}},
        opset_version=OPSET,
        dynamo=False,
    )
