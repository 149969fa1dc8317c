"""The int8 version: static QDQ of the convolutions, activation ranges from equalised clips, heads left in float."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from anchorproof.detectors.visual import mouths, pixels
from models.build.visual.features import FEWEST_OBSERVATIONS
from models.build.visual.observe import load_tracks
from models.build.visual.views import MOUTH_PX, SIDE_PX

Array = NDArray[np.float32]

#: Clips that the activation ranges are taken from, and observations of each.
RANGE_CLIPS, RANGE_OBSERVATIONS = 48, 6
#: A measure where a network asks for it; it meets no convolution.
ANY_MEASURE = -1.5


class Ranges(CalibrationDataReader):  # type: ignore[misc]
    """Stretches spread over the clips of the first draw, in the order of their ids."""

    def __init__(self, draws: Path, inputs: list[str]) -> None:
        paths = sorted(draws.glob("*-0.npz"))
        chosen = [paths[k * len(paths) // RANGE_CLIPS] for k in range(RANGE_CLIPS)]
        self._left = _stretches(chosen, inputs)

    def get_next(self) -> dict[str, Array] | None:
        return next(self._left, None)


def quantise(network: Path, draws: Path, out: Path) -> None:
    """Writes the int8 version of an exported network that takes ``crops`` and ``mouths``."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    inputs = [tensor.name for tensor in ort.InferenceSession(str(network), options).get_inputs()]
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(network), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(out),
            Ranges(draws, inputs),
            quant_format=QuantFormat.QDQ,
            # With their ReLU6, or the range of a convolution would be that before it is cut at 6: wide and empty.
            op_types_to_quantize=["Conv", "Clip"],
            nodes_to_exclude=_other_clips(prepared),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )


def _other_clips(network: Path) -> list[str]:
    """Names of the clamps that follow no convolution: those of the heads."""
    graph = onnx.load(network).graph
    convolved = {node.output[0] for node in graph.node if node.op_type == "Conv"}
    return [node.name for node in graph.node if node.op_type == "Clip" and node.input[0] not in convolved]


def _stretches(paths: list[Path], inputs: list[str]) -> Iterator[dict[str, Array]]:
    for path in paths:
        seen = list(load_tracks(path)[0].observations)
        if len(seen) < FEWEST_OBSERVATIONS:
            continue
        spread = np.unique(np.linspace(0, len(seen) - 1, RANGE_OBSERVATIONS).astype(int))
        chosen = [seen[index] for index in spread]
        made = {"crops": pixels(chosen, SIDE_PX), "mouths": mouths(chosen, MOUTH_PX)}
        yield {name: made.get(name, np.array([ANY_MEASURE], np.float32)) for name in inputs}
