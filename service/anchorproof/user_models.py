"""The user's own models: a manifest in the data folder beside the packaged one, whose entries and choices win."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from anchorproof.detectors import pictures
from anchorproof.errors import AlreadyExists, CalibrationUnavailable, ModelUnavailable, RequestInvalid, StorageFailed
from anchorproof.faces.layouts import LAYOUTS
from anchorproof.runtime import Model, ModelEntry, ModelStore
from anchorproof.types import HigherMeans

MODEL_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


@dataclass(frozen=True, slots=True)
class ModelWish:
    """A model as the user describes it: like a manifest's model or a known layout, but for what is said here."""

    like: str
    model_id: str = ""
    origin: str = ""
    licence: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    higher_means: HigherMeans | None = None
    """What a larger score supports, where it is not what it is for the model it is like."""


def add(models_dir: Path, file: Path, wish: ModelWish) -> ModelEntry:
    """Copy an ONNX file into ``models_dir`` and enter it in the manifest there, after trying it out.

    Raises:
        RequestInvalid: a bad id, or nothing known by the name in ``like``.
        AlreadyExists: another model has the id.
        ModelUnavailable: the file is no network, or does not take what it should.
        StorageFailed: the data folder cannot be written.
    """
    store = ModelStore(models_dir)
    content = file.read_bytes()
    entry = _entry(store, content, wish, file.name)
    if entry.model_id in {known.model_id for known in store.entries()}:
        raise AlreadyExists("model", entry.model_id)
    with _manifest(models_dir) as manifest:
        with TemporaryDirectory(dir=models_dir) as trial_dir:
            _place(Path(trial_dir) / entry.file, content)
            trial = {**manifest, "defaults": {}, "models": [_to_json(entry)]}
            (Path(trial_dir) / "manifest.json").write_text(json.dumps(trial), encoding="utf-8")
            _try_out(ModelStore(Path(trial_dir)).load(entry.model_id), store, wish.like)
            (Path(trial_dir) / entry.file).replace(models_dir / entry.file)
        manifest["models"].append(_to_json(entry))
    return entry


def add_calibration(models_dir: Path, entry: ModelEntry, file: Path) -> None:
    """Copy a calibration file to where the service looks for it.

    Raises:
        CalibrationUnavailable: it is none, or was fitted for another model, file or preprocessing.
    """
    folder = models_dir / "calibration"
    content = file.read_bytes()
    try:
        named = json.loads(content)
        fitted_for = (named["model_id"], named["model_sha256"], named["preprocessing"])
    except (ValueError, KeyError, TypeError) as error:
        raise CalibrationUnavailable(f"{file.name} is not a calibration file") from error
    if fitted_for != (entry.model_id, entry.sha256, entry.preprocessing):
        raise CalibrationUnavailable(f"{file.name} was fitted for another model, file or preprocessing")
    folder.mkdir(parents=True, exist_ok=True)
    _place(folder / f"{entry.model_id}.json", content)


def choose(models_dir: Path, model_id: str, task: str) -> ModelEntry:
    """Make a model the default of its task, for every later start.

    Raises:
        NotFound: no such model.
        RequestInvalid: it is a model for another task.
    """
    entry = ModelStore(models_dir).entry(model_id)
    if entry.task != task:
        raise RequestInvalid(f"model {model_id!r} is for {entry.task}, not for {task}", "task")
    with _manifest(models_dir) as manifest:
        manifest["defaults"][task] = model_id
    return entry


def verify(models_dir: Path) -> Iterator[tuple[ModelEntry, str]]:
    """Open every model, its checksum compared: each entry with what is wrong, or an empty string."""
    store = ModelStore(models_dir)
    for entry in store.entries():
        try:
            store.load(entry.model_id)
        except ModelUnavailable as error:
            yield entry, str(error)
        else:
            yield entry, ""


def _entry(store: ModelStore, content: bytes, wish: ModelWish, file_name: str) -> ModelEntry:
    layout = _layout(store, wish.like)
    direction = wish.higher_means or layout["higher_means"]
    model_id = wish.model_id or f"{wish.like}-1"
    if not MODEL_ID.fullmatch(model_id):
        raise RequestInvalid(f"a model id holds a-z, 0-9, - and .; got {model_id[:80]!r}", "model_id")
    return ModelEntry(
        model_id=model_id,
        task=layout["task"],
        file=f"{model_id}.onnx",
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        origin=wish.origin or f"{file_name}, added by the user",
        licence=wish.licence or "not stated",
        card="",
        preprocessing=layout["preprocessing"],
        higher_means=HigherMeans(direction) if direction else None,
        parameters={**layout["parameters"], **wish.parameters},
    )


def _layout(store: ModelStore, like: str) -> Mapping[str, Any]:
    """What a network like that is for, and how its input is made."""
    layouts = {entry.model_id: asdict(entry) for entry in store.entries()} | dict(LAYOUTS) | dict(pictures.LAYOUTS)
    if like not in layouts:
        raise RequestInvalid(f"nothing is known like {like!r}; known are {', '.join(sorted(layouts))}", "like")
    return layouts[like]


def _try_out(model: Model, store: ModelStore, like: str) -> None:
    """A network that cannot be fed should be refused now, not at the first clip."""
    if model.entry.task == "face_template":
        _try_face(model)
    elif pictures.is_picture_classifier(model.entry.parameters):
        pictures.try_out(model)
    elif model.input_names != (expected := store.load(like).input_names):
        raise ModelUnavailable(f"the network takes {model.input_names}; one like {like!r} takes {expected}")


def _try_face(model: Model) -> None:
    side = int(model.entry.parameters["side_px"])
    noise = np.random.default_rng(0).uniform(-1, 1, (2, 3, side, side)).astype(np.float32)
    vectors = model.run_one(noise)
    if vectors.ndim != 2 or len(vectors) != 2 or not np.all(np.linalg.norm(vectors, axis=1) > 0):
        raise ModelUnavailable(f"the network should give one vector per face (2, d); it gave {vectors.shape}")


@contextmanager
def _manifest(models_dir: Path) -> Iterator[dict[str, Any]]:
    """The user's manifest, to be changed; written whole when the block ends well, one writer at a time."""
    path = models_dir / "manifest.json"
    try:
        models_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (models_dir / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            manifest: dict[str, Any] = {"schema": 1, "defaults": {}, "models": []}
            if path.exists():
                manifest = json.loads(path.read_text(encoding="utf-8"))
            yield manifest
            _place(path, (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise StorageFailed(f"the folder of your models cannot be written: {error.strerror}") from error


def _place(path: Path, content: bytes) -> None:
    """The whole file or none."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _to_json(entry: ModelEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value is not None}
