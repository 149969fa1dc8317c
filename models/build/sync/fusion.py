"""``python -m models.build.sync.fusion``: decisions with and without the sync evidence, from cross-fitted scores.

Every score comes from a network that saw neither source nor person; the calibration maps are those shipped. Genuine
clips, and the same pictures with another clip's genuine speech laid over them: what only lips can tell.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from anchorproof.evidence import load_calibrations
from anchorproof.fusion import packaged_fusion, parse_fusion
from anchorproof.settings import VerdictSettings
from anchorproof.types import AudioInfo, CalibrationMap, ClipInfo, Evidence, Question, Span, Unassessed, VideoInfo
from anchorproof.verdict import Findings, fuse
from models.build.manifest import MODELS_DIR

SCORES = MODELS_DIR.parent / "calibration" / "scores"
TASKS = {"visual": "visual_detector", "audio": "audio_detector", "sync": "sync_detector"}
_CLIP = ClipInfo("0" * 64, 1, "mp4", 10.0, VideoInfo("h264", 640, 360, 25.0), AudioInfo("aac", 48_000, 2))


def decisions(
    sync: Mapping[str, float], others: Mapping[str, Mapping[str, float]], maps: Mapping[str, CalibrationMap]
) -> Counter[str]:
    """How the clips of ``sync`` are decided; ``others`` are the other detectors' scores by source and clip."""
    counted: Counter[str] = Counter()
    calibration = parse_fusion(packaged_fusion())
    for clip_id, score in sync.items():
        scores = {source: found[clip_id] for source, found in others.items() if clip_id in found}
        counted[str(fuse(_findings(scores, maps), VerdictSettings(), calibration).decision)] += 1
        with_lips = _findings(scores | {"sync": score}, maps)
        counted[f"{fuse(with_lips, VerdictSettings(), calibration).decision} with lips"] += 1
    return counted


def _findings(scores: Mapping[str, float], maps: Mapping[str, CalibrationMap]) -> Findings:
    evidence = [
        Evidence(source, Question.AUTHENTICITY, maps[source].llr(score), score, "", "", "", Span(0, 10), ())
        for source, score in scores.items()
    ]
    missing = [Unassessed(source, "NOT_SCORED", "") for source in TASKS if source not in scores]
    return Findings(_CLIP, evidence, missing, (), (), (), {})


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _scores_of(rows: Sequence[Mapping[str, str]], kind: str) -> dict[str, float]:
    return {row["id"]: float(row["score"]) for row in rows if row["fake_type"] == kind}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    found = {item.model_id: item for item in load_calibrations([MODELS_DIR / "calibration"])}
    defaults = json.loads((MODELS_DIR / "manifest.json").read_text(encoding="utf-8"))["defaults"]
    models = {source: defaults[task] for source, task in TASKS.items()}
    maps = {source: found[model_id] for source, model_id in models.items()}
    tables = {source: _read(SCORES / f"{model_id}.csv") for source, model_id in models.items()}
    sync = tables.pop("sync")
    others = {source: {row["id"]: float(row["score"]) for row in rows} for source, rows in tables.items()}
    results: dict[str, Any] = {
        kind: dict(sorted(decisions(_scores_of(sync, kind), others, maps).items()))
        for kind in ("none", "swapped speech")
    }
    results["genuine"] = results.pop("none")
    text = json.dumps(results, indent=2)
    (out / "fusion.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
