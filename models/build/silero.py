"""Take Silero VAD's 16 kHz sequence net out of the silero-vad wheel.

    python models/build/silero.py                           # from the installed package silero-vad 6.2.3, or
    python models/build/silero.py --wheel silero_vad-6.2.3-py3-none-any.whl
    python models/build/silero.py --check                   # only compare with the stepwise net of the same package

The sequence net is the streaming net with its recurrence inside the graph: float32 ``(n, 576)`` windows (64 samples
of context and 512 new ones) and the state of its LSTM go in, ``n`` speech probabilities and the state come out.
"""

from __future__ import annotations

import argparse
import importlib.util
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime as ort
from manifest import MODELS_DIR, put
from numpy.typing import NDArray

FILE = "silero-vad-1.onnx"
IN_WHEEL = "silero_vad/data/silero_vad_16k_sequence.onnx"
STEPWISE_IN_WHEEL = "silero_vad/data/silero_vad.onnx"
CONTEXT, STEP, STATE = 64, 512, 128
SAMPLE_RATE_HZ = 16_000


def extract(wheel: Path | None) -> None:
    """Copy the net into ``models/``, byte for byte."""
    (MODELS_DIR / FILE).write_bytes(_read(wheel, IN_WHEEL))


def register() -> None:
    """Put the net into the manifest as the default for speech activity."""
    put(
        {
            "model_id": "silero-vad-1",
            "task": "speech_activity",
            "file": FILE,
            "origin": f"silero-vad 6.2.3 (PyPI wheel), {IN_WHEEL}, unchanged",
            "licence": "MIT",
            "card": "cards/silero-vad-1.md",
            "preprocessing": "silero-16k-1",
            "parameters": {
                "sample_rate_hz": SAMPLE_RATE_HZ,
                "context_samples": CONTEXT,
                "step_samples": STEP,
                "state_size": STATE,
            },
        },
        default_for="speech_activity",
    )


def check(wheel: Path | None) -> float:
    """Largest difference of probabilities between our file and the wheel's stepwise net, over minutes of made sound."""
    sequence = _session((MODELS_DIR / FILE).read_bytes())
    stepwise = _session(_read(wheel, STEPWISE_IN_WHEEL))
    largest = 0.0
    for samples in _sounds():
        padded = np.pad(samples, (CONTEXT, -len(samples) % STEP))
        windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + STEP)[::STEP].copy()
        still = np.zeros((1, 1, STATE), np.float32)
        got = sequence.run(["speech_probs"], {"input": windows, "h": still, "c": still})[0]
        largest = max(largest, float(np.abs(got - _step_through(stepwise, windows)).max()))
    return largest


def _step_through(session: ort.InferenceSession, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    state = np.zeros((2, 1, STATE), np.float32)
    probabilities = np.zeros(len(windows), np.float32)
    for index, window in enumerate(windows):
        inputs = {"input": window[None], "state": state, "sr": np.array(SAMPLE_RATE_HZ, np.int64)}
        output, state = session.run(None, inputs)
        probabilities[index] = output[0, 0]
    return probabilities


def _sounds() -> list[NDArray[np.float32]]:
    """Silence, noise, and a pulse train whose pitch, level and colour wander: together they move the output widely."""
    random = np.random.default_rng(11)
    times = np.arange(30 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    phase = np.cumsum(120 + 40 * np.sin(2 * np.pi * 0.7 * times)) / SAMPLE_RATE_HZ
    harmonics = [
        np.sin(2 * np.pi * k * phase) / k * (1 + np.sin(2 * np.pi * times * (0.3 + k / 9))) for k in range(1, 25)
    ]
    voiced = np.sum(harmonics, axis=0) * (1 + np.sin(2 * np.pi * 4 * times)) / 20
    noise = random.normal(0, 0.05, len(times))
    return [sound.astype(np.float32) for sound in (np.zeros(SAMPLE_RATE_HZ), noise, voiced, voiced + noise / 5)]


def _session(content: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _read(wheel: Path | None, name: str) -> bytes:
    if wheel is None:
        spec = importlib.util.find_spec(name.split("/")[0])
        if spec is None or spec.origin is None:
            raise SystemExit("silero-vad is not installed; name its wheel with --wheel")
        return (Path(spec.origin).parents[1] / name).read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, help="silero_vad-6.2.3-py3-none-any.whl; absent: the installed package")
    parser.add_argument("--check", action="store_true", help="only compare the file there is with the wheel's nets")
    arguments = parser.parse_args()
    if not arguments.check:
        extract(arguments.wheel)
        register()
    path = MODELS_DIR / FILE
    difference = check(arguments.wheel)
    print(f"{path.name}: {path.stat().st_size:,} bytes, largest difference to the stepwise net {difference:.1e}")


if __name__ == "__main__":
    main()
