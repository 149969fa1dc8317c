"""The network up to its answer as a graph: in fp32, and with the rating network's convolutions in int8.

Run as ``python -m models.build.audio.front --work DIR`` after ``corpus``: writes ``DIR/features.onnx`` and
``DIR/features-int8.onnx``. All training features are taken by the latter, for it is what the service runs.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from anchorproof.detectors.audio import filled
from models.build.audio import corpus
from models.build.audio.corpus import Clip, Samples
from models.build.audio.network import WINDOW_SAMPLES, AudioNet
from models.build.audio.quality import published

#: Windows that set the ranges, one of every so many clips; nobody's label is looked at.
RANGE_WINDOWS = 24
#: Speech that the detector needs, as in the manifest.
SHORTEST_S = 1.0


class Features(nn.Module):
    """The network up to its answer."""

    def __init__(self) -> None:
        super().__init__()
        self.net = AudioNet(published()).eval()

    def forward(self, samples: Tensor) -> Tensor:
        return self.net.features(samples)


def export_front(path: Path) -> None:
    """The features in fp32, ``(windows, samples)`` to ``(windows, FEATURES)``."""
    torch.onnx.export(
        Features().eval(),
        (torch.zeros(2, WINDOW_SAMPLES),),
        str(path),
        input_names=["samples"],
        output_names=["features"],
        dynamic_axes={"samples": {0: "windows"}, "features": {0: "windows"}},
        opset_version=17,
        dynamo=False,
    )


def range_windows(clips: list[Clip], speech: dict[str, Samples]) -> list[Samples]:
    """The first window of every so many clips."""
    own = [clip for clip in clips if not clip.clip_id.endswith("+") and clip.speech_s >= SHORTEST_S]
    return [filled(speech[clip.clip_id], WINDOW_SAMPLES) for clip in own[:: max(1, len(own) // RANGE_WINDOWS)]]


class Windows(CalibrationDataReader):
    """Windows one by one, as the quantiser asks for them."""

    def __init__(self, windows: list[Samples]) -> None:
        self._left = iter(windows)

    def get_next(self) -> dict[str, Any] | None:
        window = next(self._left, None)
        return None if window is None else {"samples": window[None]}


def quantise(source: Path, target: Path, windows: list[Samples]) -> None:
    """Write ``source`` with the rating network's convolutions in int8, weights per channel."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(str(prepared)).graph
        chosen = [
            node.name for node in graph.node if node.op_type in ("Conv", "LeakyRelu") and "convolutions" in node.name
        ]
        chosen += [node.name for node in graph.node if node.op_type == "LeakyRelu" and node.name not in chosen]
        quantize_static(
            str(prepared),
            str(target),
            Windows(windows),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "LeakyRelu"],
            nodes_to_quantize=chosen,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    torch.set_num_threads(1)
    export_front(work / "features.onnx")
    quantise(work / "features.onnx", work / "features-int8.onnx", range_windows(*corpus.load(work)))
