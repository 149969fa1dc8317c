"""Write one model's entry into ``models/manifest.json``: checksum and size are taken from the file."""

from __future__ import annotations

import fcntl
import hashlib
import json
from pathlib import Path
from typing import Any

MODELS_DIR = Path(__file__).resolve().parents[1]


def put(entry: dict[str, Any], default_for: str | None = None) -> None:
    """Add or replace an entry (all fields of ``anchorproof.runtime.ModelEntry`` but sha256 and size_bytes).

    Args:
        entry: ``file`` is relative to ``models/``; ``higher_means`` may be absent.
        default_for: also make it the default of this task.
    """
    content = (MODELS_DIR / entry["file"]).read_bytes()
    entry = entry | {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
    path = MODELS_DIR / "manifest.json"
    with (MODELS_DIR / "build" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        manifest = json.loads(path.read_text()) if path.exists() else {"schema": 1, "defaults": {}, "models": []}
        others = [model for model in manifest["models"] if model["model_id"] != entry["model_id"]]
        manifest["models"] = sorted([*others, entry], key=lambda model: str(model["model_id"]))
        if default_for:
            manifest["defaults"][default_for] = entry["model_id"]
        path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
