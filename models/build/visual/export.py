"""Joins backbone and head into one ONNX network and enters it in the manifest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from anchorproof.faces.align import CROP_MARGIN
from models.build.visual.backbone import FEATURES
from models.build.visual.features import (
    FEWEST_OBSERVATIONS,
    LIMIT_TRACKS,
    MAIN_SHARE,
    SMALLEST_FACE_PX,
)
from models.build.visual.heads import MEASURES, VIEW_LIMIT, Floats, Head
from models.build.visual.views import (
    CELLS,
    MOUTH_PX,
    OPSET,
    SIDE_PX,
    VIEWS,
    Eyes,
    middle_cells,
    over_time,
    pooled,
    shares,
)

INPUTS = ["crops", "mouths", *MEASURES]
OUTPUTS = ["score", "scores", "where"]
#: Largest difference between the exported network and the one it was made from.
TOLERANCE = 2e-3
#: And with weights stored in half precision, on noise, which is unlike any picture (on clips: see the card).
HALF_TOLERANCE = 0.5


class Detector(nn.Module):
    """Of a stretch of one face, ``crops``, ``mouths`` ``(n, 3, side, side)`` and measures ``(1,)`` each: its raw score,
    those of the observations ``(n,)``, and what each cell of the crop adds to the score more than usual."""

    def __init__(self, eyes: Eyes, head: Head, usual: Floats) -> None:
        super().__init__()
        self.eyes = eyes
        slopes = head.slopes.reshape(len(VIEWS), 2, FEATURES)
        self.register_buffer("mean_slopes", torch.tensor(slopes[:, 0], dtype=torch.float32))
        self.register_buffer("deviation_slopes", torch.tensor(slopes[:, 1], dtype=torch.float32))
        self.register_buffer("usual", torch.tensor(usual, dtype=torch.float32))
        self.register_buffer("masks", torch.stack([torch.ones(CELLS * CELLS), middle_cells()]))
        self.offsets = [float(offset) for offset in head.offsets]
        self.head = head

    def forward(self, crops: Tensor, mouths: Tensor, *measures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        score = torch.zeros(1)
        for voice, measure in zip(self.head.voices, measures, strict=True):
            score = score + voice.slope * (voice.centre - measure.clamp(*voice.limits))
        apart, where = torch.zeros(1), -self.usual
        of_crops, of_mouths = self.eyes(crops, mouths)
        for view, features in enumerate(pooled(of_crops, of_mouths)):
            of_track, of_each = self._of_view(features, view)
            score, apart = score + of_track, apart + of_each
            if view < len(self.masks):
                where = where + self._where(of_crops, features, view)
        return score, score + apart, where.reshape(CELLS, CELLS)

    def _of_view(self, features: Tensor, view: int) -> tuple[Tensor, Tensor]:
        """What one view adds to the track's score, and how far each observation is from that."""
        mean, deviation = over_time(features)
        slope = self.mean_slopes[view]
        of_track = (mean * slope).sum() + (deviation * self.deviation_slopes[view]).sum() + self.offsets[view]
        return of_track.clamp(-VIEW_LIMIT, VIEW_LIMIT), ((features - mean) * slope).sum(1)

    def _where(self, of_crops: Tensor, features: Tensor, view: int) -> Tensor:
        of_mean, of_deviation = shares(of_crops, features, self.masks[view])
        return self.mean_slopes[view] @ of_mean + self.deviation_slopes[view] @ of_deviation


def export(network: Detector, path: Path, is_halved: bool = True) -> Path:
    """Writes the ONNX file, weights in half precision unless told otherwise; compares it with what it was made from."""
    torch.onnx.export(
        network,
        _noise(6, network.head),
        str(path),
        input_names=INPUTS,
        output_names=OUTPUTS,
        dynamic_axes={"crops": {0: "n"}, "mouths": {0: "n"}, "scores": {0: "n"}},
        opset_version=OPSET,
        dynamo=False,
    )
    _compare(network, path, TOLERANCE)
    if is_halved:
        halve_weights(path)
        _compare(network, path, HALF_TOLERANCE)
    return path


def halve_weights(path: Path) -> None:
    """Stores the convolutions' weights in half precision; they are made float32 when the network is opened."""
    model = onnx.load(path)
    graph = model.graph
    convolved = {node.input[1] for node in graph.node if node.op_type == "Conv"}
    casts = []
    for tensor in graph.initializer:
        if tensor.name in convolved:
            half = numpy_helper.to_array(tensor).astype(np.float16)
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.save(model, path)


def _compare(network: Detector, path: Path, tolerance: float) -> None:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    inputs = _noise(9, network.head)
    with torch.inference_mode():
        expected = network(*inputs)
    given = {name: tensor.numpy() for name, tensor in zip(INPUTS, inputs, strict=True)}
    found = session.run(OUTPUTS, given)
    gap = max(float(np.abs(a.numpy() - b).max()) for a, b in zip(expected, found, strict=True))
    if gap > tolerance:
        raise ValueError(f"the exported network differs by {gap:.2g}")
    _compare_where(network, expected[2], inputs)


def _compare_where(network: Detector, where: Tensor, inputs: tuple[Tensor, ...]) -> None:
    """The map adds up to what the crop's views say before they are clamped, less what is usual and their offsets."""
    views = len(network.masks)
    with torch.inference_mode():
        features = pooled(*network.eyes(*inputs[:2]))[:views]
        parts = [over_time(view) for view in features]
    said = sum(
        float(network.mean_slopes[view] @ mean + network.deviation_slopes[view] @ deviation)
        for view, (mean, deviation) in enumerate(parts)
    )
    gap = abs(said - float(network.usual.sum()) - float(where.sum()))
    if gap > TOLERANCE * max(1.0, abs(said)):
        raise ValueError(f"the map does not add up to the score: {gap:.2g} apart")


def _noise(count: int, head: Head) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(count)
    crops, mouths = (torch.rand(count, 3, side, side, generator=generator) * 255 for side in (SIDE_PX, MOUTH_PX))
    return crops, mouths, *(torch.tensor([voice.usual]) for voice in head.voices)


def entry(model_id: str, origin: str, head: Head) -> dict[str, object]:
    """The manifest entry of a detector with this head."""
    return {
        "model_id": model_id,
        "task": "visual_detector",
        "file": f"{model_id}.onnx",
        "origin": origin,
        "licence": "Apache-2.0",
        "card": f"cards/{model_id}.md",
        "preprocessing": f"face-mouth-stretch-{SIDE_PX}-{MOUTH_PX}-2",
        "higher_means": "spoof",
        "parameters": {
            "side_px": SIDE_PX,
            "mouth_px": MOUTH_PX,
            "crop_margin": CROP_MARGIN,
            **{f"usual_{name}": round(voice.usual, 4) for name, voice in zip(MEASURES, head.voices, strict=True)},
            "smallest_face_px": SMALLEST_FACE_PX,
            "fewest_observations": FEWEST_OBSERVATIONS,
            "main_share": MAIN_SHARE,
            "limit_tracks": LIMIT_TRACKS,
            "stretch_s": 8.0,
            "segment_s": 1.0,
        },
    }
