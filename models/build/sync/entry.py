"""The sync network's manifest entry: how stretches are chosen and scored."""

from __future__ import annotations

from typing import Any

from models.build.sync.material import MARGIN
from models.build.sync.still import STILL

MODEL_ID = "sync-mesh-2"
ENTRY: dict[str, Any] = {
    "model_id": MODEL_ID,
    "task": "sync_detector",
    "file": f"{MODEL_ID}.onnx",
    "origin": "trained by models/build/sync (see the card for the data)",
    "licence": "Apache-2.0",
    "card": f"cards/{MODEL_ID}.md",
    "preprocessing": "mesh-lips-mel-25-1",
    "higher_means": "bona_fide",
    "parameters": {
        "window_s": 6.0,
        "shortest_s": 2.0,
        "limit_windows": 2,
        "limit_faces": 2,
        "smallest_face_px": 40.0,
        "lags": MARGIN,
        "near": 3,
        "far": 9,
        "least_opening": 0.01,
        "least_confidence": 0.5,
        "offset_weights": [-4.59, 3.429, 4.05],
        "least_offset_confidence": 0.5,
        "still_points": STILL.astype(float).round(3).tolist(),
    },
}
