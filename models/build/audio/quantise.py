"""The int8 variant, which the service runs: the rating network's convolutions as static QDQ; all else stays fp32.

Run as ``python -m models.build.audio.quantise --work DIR --scores FILE``: writes ``models/audio-cepstra-3-int8.onnx``
and ``DIR/net_FOLD-int8.onnx``, enters it as the default, writes the fp32 network's own cross-fitted scores, and prints
what int8 costs and saves. With ``--only-int8``: the files and the entry alone.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from models.build import manifest
from models.build.audio import corpus, evaluate, export, folds, front, pool
from models.build.audio.corpus import Clip, Samples
from models.build.audio.evaluate import Scores
from models.build.audio.network import AudioNet

MODEL_ID = f"{export.MODEL_ID}-int8"
ENTRY = export.ENTRY | {"model_id": MODEL_ID, "file": f"{MODEL_ID}.onnx"}
#: fp32 is measured and calibrated on every so many clips.
EVERY = 6
BATCH = 16


def fp32_scores(clips: Sequence[Clip], speech: dict[str, Samples], work: Path, nets: dict[str, AudioNet]) -> Scores:
    """Clip-level scores from features in fp32."""
    running = front.session(work / "features.onnx")
    answers = []
    for clip in clips:
        windows = pool.judged_windows(speech[clip.clip_id])
        batches = [np.stack(windows[first : first + BATCH]) for first in range(0, len(windows), BATCH)]
        features = np.concatenate([running.run(None, {"samples": batch})[0] for batch in batches])
        answers.append(evaluate.pooled(nets[folds.fold_of(clip)], features))
    return np.array(answers)


def cpu_s_per_window(path: Path, windows: list[Samples]) -> float:
    """Processor time of one window in runs of eight, after one run to warm up."""
    running, stacked = front.session(path), np.stack(windows[:8])
    running.run(None, {"samples": stacked})
    begun = time.process_time()
    for _ in range(3):
        running.run(None, {"samples": stacked})
    return (time.process_time() - begun) / 24


def compare(work: Path, scores_file: Path, clips: list[Clip], speech: dict[str, Samples]) -> None:
    """Score every so many clips in fp32, and print how far int8 is from it."""
    nets = {fold: export.load(work / f"net_{fold}.pt") for fold in folds.FOLDS}
    judged = [clip for clip in clips if clip.speech_s >= evaluate.SHORTEST_S][::EVERY]
    scores = fp32_scores(judged, speech, work, nets)
    evaluate.write_scores(scores_file, judged, scores)
    quantised = evaluate.score_clips(judged, work, nets)
    difference = np.abs(scores - quantised)
    print({"int8": evaluate.measure(quantised, judged), "fp32, same clips": evaluate.measure(scores, judged)})
    print(f"difference of a clip's score: mean {difference.mean():.3f}, largest {difference.max():.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--only-int8", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    clips, speech = corpus.load(arguments.work)
    clips = [clip for clip in clips if not clip.clip_id.endswith("+")]
    windows = front.range_windows(clips, speech)
    fp32, int8 = manifest.MODELS_DIR / export.ENTRY["file"], manifest.MODELS_DIR / ENTRY["file"]
    front.quantise(fp32, int8, windows)
    manifest.put(ENTRY, default_for="audio_detector")
    if arguments.only_int8:
        return
    for fold in folds.FOLDS:
        front.quantise(arguments.work / f"net_{fold}.onnx", arguments.work / f"net_{fold}-int8.onnx", windows)
    if arguments.scores:
        compare(arguments.work, arguments.scores, clips, speech)
    for path in (fp32, int8):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {cpu_s_per_window(path, windows):.3f} CPU s a window")


if __name__ == "__main__":
    main()
