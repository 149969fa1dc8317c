"""ONNX sessions, the model manifest and its checksums. The only module that imports onnxruntime."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from anchorproof.errors import ModelUnavailable, NotFound
from anchorproof.types import HigherMeans, ModelUse

Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One manifest entry.

    ``preprocessing`` names the exact way inputs are made (a calibration holds for one such name);
    ``parameters`` are what the room's code needs to make them (sizes, means, windows).
    """

    model_id: str
    task: str
    file: str
    sha256: str
    size_bytes: int
    origin: str
    licence: str
    card: str
    preprocessing: str
    higher_means: HigherMeans | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Model:
    """A loaded network."""

    def __init__(self, entry: ModelEntry, session: ort.InferenceSession) -> None:
        self.entry = entry
        self._session = session
        self._runs = 0
        self._run_s = 0.0

    @property
    def model_id(self) -> str:
        return self.entry.model_id

    @property
    def input_names(self) -> list[str]:
        return [tensor.name for tensor in self._session.get_inputs()]

    @property
    def metadata(self) -> dict[str, str]:
        """What the file's author wrote into it, such as a recogniser's alphabet."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> Tensors:
        """All outputs by name.

        Raises:
            ModelUnavailable: the inputs do not fit the network.
        """
        begun = time.perf_counter()
        try:
            outputs = self._session.run(None, dict(inputs))
        except Exception as error:  # onnxruntime raises its own family of pybind exceptions without a public base
            raise ModelUnavailable(f"model {self.model_id!r} refused its input") from error
        finally:
            self._runs += 1
            self._run_s += time.perf_counter() - begun
        names = [tensor.name for tensor in self._session.get_outputs()]
        return {name: np.asarray(value) for name, value in zip(names, outputs, strict=True)}

    def run_one(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """First output for a network with one input."""
        return next(iter(self.run({self.input_names[0]: tensor}).values()))

    def take_use(self) -> ModelUse:
        """How often it ran since this was last asked; one thread runs and asks."""
        use = ModelUse(self.model_id, self._runs, self._run_s)
        self._runs, self._run_s = 0, 0.0
        return use


class ModelStore:
    """The manifest's models: packaged ones, and those the user added in ``extra_dir`` (which win)."""

    def __init__(self, extra_dir: Path | None = None, threads: int = 1) -> None:
        self._extra_dir = extra_dir
        self._threads = threads
        self._loaded: dict[str, Model] = {}
        self._packaged_dir = Path(str(files("anchorproof.models")))
        self._entries: dict[str, tuple[ModelEntry, Path]] = {}
        self._defaults: dict[str, str] = {}
        for folder in filter(None, (self._packaged_dir, extra_dir)):
            self._read_manifest(folder)

    @property
    def packaged_dir(self) -> Path:
        return self._packaged_dir

    def entries(self) -> list[ModelEntry]:
        return [entry for entry, _ in self._entries.values()]

    def entry(self, model_id: str) -> ModelEntry:
        """Raises NotFound when no manifest names it."""
        return self._find(model_id)[0]

    def default(self, task: str) -> ModelEntry:
        """The manifest's choice for a task such as ``face_template`` or ``visual_detector``."""
        if task not in self._defaults:
            raise ModelUnavailable(f"the manifest names no default model for {task!r}")
        return self.entry(self._defaults[task])

    def load(self, model_id: str) -> Model:
        """The network, its file's checksum verified; one session per process.

        Raises:
            ModelUnavailable: the file is missing or not the one the manifest describes.
            NotFound: no such entry.
        """
        if model_id not in self._loaded:
            entry, folder = self._find(model_id)
            self._loaded[model_id] = Model(entry, self._open(entry, folder))
        return self._loaded[model_id]

    def load_statistics(self, model_id: str, name: str) -> dict[str, NDArray[Any]] | None:
        """Arrays that belong to a model, such as its ``cohort``: the ``.npz`` file its parameters name; None: none.

        Raises:
            ModelUnavailable: the file is missing or not the one the manifest describes.
            NotFound: no such entry.
        """
        entry, folder = self._find(model_id)
        named = entry.parameters.get(name)
        if named is None:
            return None
        path = folder / named["file"]
        content = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(content).hexdigest() != named["sha256"]:
            raise ModelUnavailable(f"model {model_id!r}: {path.name} is missing or not the file the manifest describes")
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {key: arrays[key] for key in arrays.files}

    def load_default(self, task: str) -> Model:
        return self.load(self.default(task).model_id)

    def take_use(self) -> tuple[ModelUse, ...]:
        """Of the networks that ran since this was last asked."""
        return tuple(use for use in (model.take_use() for model in self._loaded.values()) if use.runs)

    def _find(self, model_id: str) -> tuple[ModelEntry, Path]:
        if model_id not in self._entries:
            raise NotFound("model", model_id)
        return self._entries[model_id]

    def _read_manifest(self, folder: Path) -> None:
        path = folder / "manifest.json"
        if not path.exists():
            return
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            for raw in manifest["models"]:
                direction = raw.pop("higher_means", None)
                entry = ModelEntry(**raw, higher_means=HigherMeans(direction) if direction else None)
                self._entries[entry.model_id] = (entry, folder)
            self._defaults |= manifest["defaults"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            whose = "that comes with anchorproof" if folder == self._packaged_dir else "of your own models"
            raise ModelUnavailable(f"the manifest {whose} (manifest.json) cannot be read; restore it") from error

    def _open(self, entry: ModelEntry, folder: Path) -> ort.InferenceSession:
        path = folder / entry.file
        if not path.exists():
            raise ModelUnavailable(f"the file of model {entry.model_id!r} is missing: {entry.file}")
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise ModelUnavailable(f"model {entry.model_id!r}: {entry.file} is not the file the manifest describes")
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Batches differ in size, and the arena keeps the largest of each for ever: 930 MB per worker instead of 600,
        # for 5 % less CPU time.
        options.enable_cpu_mem_arena = False
        # Waiting threads sleep: spinning takes the core from the decoder and from other workers.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # as in run(): no public base
            message = f"{entry.file} of model {entry.model_id!r} is not a network that ONNX Runtime opens"
            raise ModelUnavailable(message) from error
