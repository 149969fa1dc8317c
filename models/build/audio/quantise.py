"""The int8 variant: the rating network's convolutions, where the time goes, as static QDQ; all else stays fp32.

Run as ``python -m models.build.audio.quantise --work DIR --scores FILE``: writes ``models/audio-cepstra-2-int8.onnx``
with its manifest entry, its own cross-fitted scores, and prints what it costs and saves.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from anchorproof.detectors.audio import filled
from models.build import manifest
from models.build.audio import corpus, evaluate, export, folds, pool
from models.build.audio.corpus import Clip, Samples
from models.build.audio.network import WINDOW_SAMPLES

MODEL_ID = f"{export.MODEL_ID}-int8"
ENTRY = export.ENTRY | {"model_id": MODEL_ID, "file": f"{MODEL_ID}.onnx"}
#: Windows that set the ranges, one of every so many clips; nobody's label is looked at.
RANGE_WINDOWS = 24
#: The variant is measured and calibrated on every so many clips.
EVERY = 6
BATCH = 16


class Windows(CalibrationDataReader):
    """Windows one by one, as the quantiser asks for them."""

    def __init__(self, windows: list[Samples]) -> None:
        self._left = iter(windows)

    def get_next(self) -> dict[str, Any] | None:
        window = next(self._left, None)
        return None if window is None else {"samples": window[None]}


def quantise(source: Path, target: Path, windows: list[Samples]) -> None:
    """Write ``source`` with the rating network's convolutions in int8, weights per channel."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        graph = onnx.load(str(prepared)).graph
        chosen = [
            node.name for node in graph.node if node.op_type in ("Conv", "LeakyRelu") and "convolutions" in node.name
        ]
        chosen += [node.name for node in graph.node if node.op_type == "LeakyRelu" and node.name not in chosen]
        quantize_static(
            str(prepared),
            str(target),
            Windows(windows),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "LeakyRelu"],
            nodes_to_quantize=chosen,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def clip_windows(clips: list[Clip], speech: dict[str, Samples]) -> Iterator[tuple[int, Samples]]:
    """Every window that is judged, with its clip's place."""
    for place, clip in enumerate(clips):
        if clip.speech_s >= evaluate.SHORTEST_S:
            for window in pool.judged_windows(speech[clip.clip_id]):
                yield place, window


def score_clips(clips: list[Clip], speech: dict[str, Samples], work: Path, front: ort.InferenceSession) -> np.ndarray:
    """Clip-level scores by the folds' answers to the quantised features."""
    nets = {fold: export.load(work / f"net_{fold}.pt") for fold in folds.FOLDS}
    scores: dict[int, list[float]] = {}
    batch: list[tuple[int, Samples]] = []

    def flush() -> None:
        if batch:
            features = torch.from_numpy(front.run(None, {"samples": np.stack([window for _, window in batch])})[0])
            with torch.inference_mode():
                for (place, _), row in zip(batch, features, strict=True):
                    answer = nets[folds.fold_of(clips[place])].answer(row[None])
                    scores.setdefault(place, []).append(float(answer))
            batch.clear()

    for item in clip_windows(clips, speech):
        batch.append(item)
        if len(batch) == BATCH:
            flush()
    flush()
    return np.array([float(np.mean(scores[place])) if place in scores else np.nan for place in range(len(clips))])


def cpu_s_per_window(path: Path, windows: list[Samples]) -> float:
    """Processor time of one window in runs of eight, after one run to warm up."""
    running, stacked = session(path), np.stack(windows[:8])
    running.run(None, {"samples": stacked})
    begun = time.process_time()
    for _ in range(3):
        running.run(None, {"samples": stacked})
    return (time.process_time() - begun) / 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    clips, speech = corpus.load(arguments.work)
    clips = [clip for clip in clips if not clip.clip_id.endswith("+")]
    measured = clips[::EVERY]
    long_enough = [clip for clip in clips if clip.speech_s >= evaluate.SHORTEST_S]
    chosen = long_enough[:: max(1, len(long_enough) // RANGE_WINDOWS)]
    windows = [filled(speech[clip.clip_id], WINDOW_SAMPLES) for clip in chosen]
    fp32, int8 = manifest.MODELS_DIR / export.ENTRY["file"], manifest.MODELS_DIR / ENTRY["file"]
    quantise(fp32, int8, windows)
    manifest.put(ENTRY)
    front = arguments.work / "features-int8.onnx"
    quantise(arguments.work / "features.onnx", front, windows)
    scores = score_clips(measured, speech, arguments.work, session(front))
    kept = np.isfinite(scores)
    judged = [clip for clip, is_scored in zip(measured, kept, strict=True) if is_scored]
    evaluate.write_scores(arguments.scores, judged, scores[kept])
    nets = {fold: export.load(arguments.work / f"net_{fold}.pt") for fold in folds.FOLDS}
    unquantised = evaluate.score_clips(judged, arguments.work, nets)
    difference = np.abs(scores[kept] - unquantised)
    print({"int8": evaluate.measure(scores[kept], judged), "fp32, same clips": evaluate.measure(unquantised, judged)})
    print(f"difference of a clip's score: mean {difference.mean():.3f}, largest {difference.max():.3f}")
    for path in (fp32, int8):
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {cpu_s_per_window(path, windows):.3f} CPU s a window")


if __name__ == "__main__":
    main()
