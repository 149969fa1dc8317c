"""Joins backbone and head into one ONNX network and enters it in the manifest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from torch import Tensor, nn

from anchorproof.faces.align import CROP_MARGIN
from models.build.manifest import MODELS_DIR, put
from models.build.visual.backbone import FEATURES, MEAN, SCALE, Backbone
from models.build.visual.features import (
    FEWEST_OBSERVATIONS,
    LIMIT_TRACKS,
    MAIN_SHARE,
    MOUTH_PX,
    SIDE_PX,
    SMALLEST_FACE_PX,
)
from models.build.visual.heads import VIEW_LIMIT, VIEWS, Head

OPSET = 18
INPUTS = ["crops", "mouths", "motion"]
#: Largest difference between the exported network and the one it was made from.
TOLERANCE = 2e-3


class Detector(nn.Module):
    """Raw scores of one stretch of one face: ``crops``, ``mouths`` ``(n, 3, side, side)`` and ``motion`` ``(1,)``."""

    def __init__(self, backbone: Backbone, head: Head) -> None:
        super().__init__()
        self.backbone = backbone
        slopes = head.slopes.reshape(VIEWS, 2, FEATURES)
        self.register_buffer("mean_slopes", torch.tensor(slopes[:, 0], dtype=torch.float32))
        self.register_buffer("deviation_slopes", torch.tensor(slopes[:, 1], dtype=torch.float32))
        self.offsets = [float(offset) for offset in head.offsets]
        self.head = head

    def forward(self, crops: Tensor, mouths: Tensor, motion: Tensor) -> tuple[Tensor, Tensor]:
        still = self.head.motion_centre - motion.clamp(*self.head.motion_range)
        score = self.head.motion_slope * still
        apart = torch.zeros(1)
        for view, pictures in enumerate((crops, mouths)):
            of_track, of_each = self._of_view(pictures, view)
            score, apart = score + of_track, apart + of_each
        return score, score + apart

    def _of_view(self, pictures: Tensor, view: int) -> tuple[Tensor, Tensor]:
        """What one view adds to the track's score, and how far each observation is from that."""
        features = self.backbone((pictures - MEAN) / SCALE)
        mean = features.mean(0, keepdim=True)
        apart = features - mean
        deviation = (apart.square().sum(0) / (pictures.shape[0] - 1)).clamp(min=0).sqrt()
        slope = self.mean_slopes[view]
        of_track = (mean * slope).sum(1) + (deviation * self.deviation_slopes[view]).sum() + self.offsets[view]
        return of_track.clamp(-VIEW_LIMIT, VIEW_LIMIT), (apart * slope).sum(1)


def export(backbone: Backbone, head: Head, model_id: str, origin: str) -> Path:
    """Writes ``models/MODEL_ID.onnx`` and its manifest entry, after comparing it with the network it came from."""
    network = Detector(backbone, head).eval()
    path = MODELS_DIR / f"{model_id}.onnx"
    torch.onnx.export(
        network,
        _noise(6, head),
        str(path),
        input_names=INPUTS,
        output_names=["score", "scores"],
        dynamic_axes={"crops": {0: "n"}, "mouths": {0: "n"}, "scores": {0: "n"}},
        opset_version=OPSET,
        dynamo=False,
    )
    _compare(network, path, head)
    put(_entry(model_id, origin, head), default_for="visual_detector")
    return path


def _compare(network: Detector, path: Path, head: Head) -> None:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = _noise(9, head)
    with torch.inference_mode():
        expected = network(*inputs)
    given = {name: tensor.numpy() for name, tensor in zip(INPUTS, inputs, strict=True)}
    found = session.run(["score", "scores"], given)
    gap = max(float(np.abs(a.numpy() - b).max()) for a, b in zip(expected, found, strict=True))
    if gap > TOLERANCE:
        raise ValueError(f"the exported network differs by {gap:.2g}")


def _noise(count: int, head: Head) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(count)
    crops, mouths = (torch.rand(count, 3, side, side, generator=generator) * 255 for side in (SIDE_PX, MOUTH_PX))
    return crops, mouths, torch.tensor([head.usual_motion])


def _entry(model_id: str, origin: str, head: Head) -> dict[str, object]:
    return {
        "model_id": model_id,
        "task": "visual_detector",
        "file": f"{model_id}.onnx",
        "origin": origin,
        "licence": "Apache-2.0",
        "card": f"cards/{model_id}.md",
        "preprocessing": f"face-mouth-stretch-{SIDE_PX}-{MOUTH_PX}-1",
        "higher_means": "spoof",
        "parameters": {
            "side_px": SIDE_PX,
            "mouth_px": MOUTH_PX,
            "crop_margin": CROP_MARGIN,
            "usual_motion": round(head.usual_motion, 4),
            "smallest_face_px": SMALLEST_FACE_PX,
            "fewest_observations": FEWEST_OBSERVATIONS,
            "main_share": MAIN_SHARE,
            "limit_tracks": LIMIT_TRACKS,
            "stretch_s": 8.0,
            "segment_s": 1.0,
        },
    }
