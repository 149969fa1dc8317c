"""Any ONNX network as a system: decoded by the service's own media room, fed as its spec says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchorproof.engine import Clock, Engine
from anchorproof.errors import AnchorproofError, ClipRejected
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.runtime import Model, ModelStore
from anchorproof.types import HigherMeans
from benchmarks.runs.cases import KINDS, Case, Kind
from benchmarks.steps import Answer, unscored
from benchmarks.systems.onnx_spec import OnnxSpec, Takes, read_spec
from benchmarks.systems.system import System, Unit

#: Pictures or windows that go through the network at once.
BATCH = 16
_MODELS: dict[str, Model] = {}


class OnnxFile(System):
    """A network described by a spec file."""

    def __init__(self, name: str, spec_path: Path) -> None:
        super().__init__(name)
        self._spec_name, self.spec = spec_path.name, read_spec(spec_path)
        _loaded(self.spec)

    def about(self, engine: Engine) -> Mapping[str, Any]:
        return {"kind": "onnx", "spec": self._spec_name, **self.stamp("onnx", engine)}

    def check(self, protocol: str) -> None:
        if KINDS[protocol] is not Kind.CLIPS:
            raise ValueError(f"an ONNX file scores clips; it does not answer {protocol}")

    def units(self, case: Case) -> Sequence[Unit]:
        return (Unit(f"onnx:{self.name}", (case.probe,)),)

    def stamp(self, part: str, engine: Engine) -> Mapping[str, Any]:  # noqa: ARG002
        said = asdict(self.spec) | {"model": self.spec.model.name}
        return {**json.loads(json.dumps(said)), "decoding": asdict(engine.settings.media)}

    def task(self, unit: Unit) -> Task[Answer]:
        return OnnxTask(self.spec, unit.paths[0])

    def answer(self, case: Case, found: Mapping[Unit, Answer], engine: Engine) -> Answer:  # noqa: ARG002
        return found[self.units(case)[0]]


@dataclass(frozen=True, slots=True)
class OnnxTask(Task[Answer]):
    """One clip through the network."""

    spec: OnnxSpec
    path: Path

    def run(self, workshop: Engine, on_progress: OnProgress) -> Answer:
        try:
            tensor = _tensor(self.path, self.spec, workshop, on_progress)
            if isinstance(tensor, str):
                return unscored(tensor, "the clip has nothing that the network looks at")
            score = float(np.mean(_scores(tensor, self.spec)))
        except ClipRejected as error:
            return unscored(error.reason, str(error))
        if not np.isfinite(score):
            return unscored("NO_SCORE", "the network's answer is not finite")
        output, sign = self.spec.output, -1 if self.spec.higher_means is HigherMeans.BONA_FIDE else 1
        llr = None if output.slope is None else sign * (output.slope * score + output.offset)
        return {"score": sign * score, "llr": llr, "decision": "", "reason": ""}


def _scores(tensor: NDArray[np.float32], spec: OnnxSpec) -> NDArray[np.float64]:
    model = _loaded(spec)
    size = BATCH if spec.batch else 1
    parts = []
    for start in range(0, len(tensor), size):
        outputs = model.run({model.input_names[0]: tensor[start : start + size]})
        if spec.output.name and spec.output.name not in outputs:
            raise AnchorproofError(f"the network has no output {spec.output.name!r}; it has {', '.join(outputs)}")
        raw = outputs[spec.output.name] if spec.output.name else next(iter(outputs.values()))
        table = np.asarray(raw, np.float64).reshape(len(tensor[start : start + size]), -1)
        column = table[:, spec.output.index]
        parts.append(column if spec.output.minus is None else column - table[:, spec.output.minus])
    return np.concatenate(parts)


def _tensor(path: Path, spec: OnnxSpec, engine: Engine, on_progress: OnProgress) -> NDArray[np.float32] | str:
    """The network's input, or the reason why the clip gives none."""
    from anchorproof.media.info import read_info

    info = read_info(path, engine.settings.media)
    if spec.input.takes is Takes.AUDIO:
        from anchorproof.media.audio import read_audio

        if info.audio is None:
            return "NO_SOUND"
        waveform = read_audio(path, info, engine.settings.media)
        return _windows(waveform.samples, waveform.sample_rate_hz, spec)
    if info.video is None:
        return "NO_PICTURE"
    if spec.input.takes is Takes.FACE:
        from anchorproof.detectors.visual import track_weight
        from anchorproof.senses import look

        tracks = look(path, info, engine, Clock(on_progress)).tracks
        if not tracks:
            return "NO_FACE"
        main = max(tracks, key=lambda track: track_weight(track, track.observations))
        return _pictures([seen.crop for seen in main.observations], spec)
    from anchorproof.media.frames import sample_frames

    pictures = [frame.image for frame in sample_frames(path, info, engine.settings.media)]
    return _pictures(pictures, spec) if pictures else "NO_PICTURE"


def _pictures(pictures: Sequence[NDArray[np.uint8]], spec: OnnxSpec) -> NDArray[np.float32]:
    import cv2

    given = spec.input
    places = np.unique(np.linspace(0, len(pictures) - 1, min(given.frames, len(pictures))).round().astype(int))
    size = (given.width_px, given.height_px)
    resized = [cv2.resize(pictures[place], size, interpolation=cv2.INTER_AREA) for place in places]
    stack = np.stack(resized).astype(np.float32)
    if given.color == "bgr":
        stack = stack[..., ::-1]
    mean, std = np.array(given.mean, np.float32), np.array(given.std, np.float32)
    stack = np.asarray((stack * np.float32(given.scale) - mean) / std, np.float32)
    return np.ascontiguousarray(stack.transpose(0, 3, 1, 2) if given.layout == "nchw" else stack)


def _windows(samples: NDArray[np.float32], rate_hz: int, spec: OnnxSpec) -> NDArray[np.float32] | str:
    given = spec.input
    if not len(samples):
        return "NO_SOUND"
    if rate_hz != given.sample_rate_hz:
        import librosa

        samples = librosa.resample(samples, orig_sr=rate_hz, target_sr=given.sample_rate_hz)
    count = min(given.windows, max(1, len(samples) // given.samples))
    starts = np.linspace(0, max(0, len(samples) - given.samples), count).round().astype(int)
    stack = np.stack([_filled(samples[start : start + given.samples], given.samples, given.pad) for start in starts])
    return stack if given.rank == 2 else stack[:, None, :]


def _filled(samples: NDArray[np.float32], length: int, pad: str) -> NDArray[np.float32]:
    if len(samples) < length and pad == "repeat":
        return np.resize(samples, length)
    return np.pad(samples, (0, length - len(samples)))


def _loaded(spec: OnnxSpec) -> Model:
    """The network, opened by the service's own runtime; once per process.

    Raises:
        ModelUnavailable: ONNX Runtime does not open it.
    """
    if spec.sha256 not in _MODELS:
        entry = {
            "model_id": "under-test", "task": "under_test", "file": spec.model.name, "sha256": spec.sha256,
            "size_bytes": spec.model.stat().st_size, "origin": "", "licence": "", "card": "", "preprocessing": "spec",
        }  # fmt: skip
        with TemporaryDirectory() as folder:
            (Path(folder) / "manifest.json").write_text(json.dumps({"models": [entry], "defaults": {}}))
            (Path(folder) / spec.model.name).symlink_to(spec.model.resolve())
            _MODELS[spec.sha256] = ModelStore(Path(folder)).load("under-test")
    return _MODELS[spec.sha256]
