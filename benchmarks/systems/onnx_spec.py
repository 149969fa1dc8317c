"""The small file that says how an ONNX network wants its input and what its output means."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from anchorproof.types import HigherMeans


class Takes(StrEnum):
    """What the network looks at."""

    FACE = "face"
    """The crops of the clip's main face."""
    FRAME = "frame"
    """Whole pictures."""
    AUDIO = "audio"
    """Windows of the sound."""


@dataclass(frozen=True, slots=True)
class Input:
    """How an input tensor is made; which fields count depends on ``takes``.

    Pictures: float32, ``(value * scale - mean) / std`` per channel, ``layout`` nchw or nhwc, at most ``frames`` of a
    clip, evenly spread. Sound: float32 mono at ``sample_rate_hz``, windows of ``samples``, the last one repeated (pad
    "repeat") or filled with silence ("zero"); ``rank`` 2 is ``(batch, samples)``, 3 is ``(batch, 1, samples)``.
    """

    takes: Takes
    width_px: int = 224
    height_px: int = 224
    color: str = "rgb"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    layout: str = "nchw"
    frames: int = 16
    sample_rate_hz: int = 16000
    samples: int = 64600
    windows: int = 1
    pad: str = "repeat"
    rank: int = 2

    def __post_init__(self) -> None:
        choices = {"color": ("rgb", "bgr"), "layout": ("nchw", "nhwc"), "pad": ("repeat", "zero"), "rank": (2, 3)}
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"input.{name} must be one of {allowed}; got {getattr(self, name)!r}")
        if len(self.mean) != 3 or len(self.std) != 3 or 0 in self.std:
            raise ValueError("input.mean and input.std have three numbers each, none of std being 0")
        sizes = (self.width_px, self.height_px, self.frames, self.sample_rate_hz, self.samples, self.windows)
        if min(sizes) < 1:
            raise ValueError("sizes and counts in [input] must be at least 1")


@dataclass(frozen=True, slots=True)
class Output:
    """Which number is the score: ``index`` of the output's last axis, less ``minus`` where there is one.

    Scores of windows and pictures are averaged. ``slope`` and ``offset`` turn the score into a base-10 LLR.
    """

    name: str = ""
    index: int = 0
    minus: int | None = None
    slope: float | None = None
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class OnnxSpec:
    """One network. ``batch`` False: one picture or window at a time, for networks whose batch size is fixed at 1."""

    model: Path
    sha256: str
    higher_means: HigherMeans
    input: Input
    output: Output = field(default_factory=Output)
    batch: bool = True


def read_spec(path: Path) -> OnnxSpec:
    """Reads a ``.toml`` or ``.json`` spec; the model's path is relative to the spec's folder.

    Raises:
        ValueError: a field is missing, unknown or out of range; says which.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content: dict[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name} cannot be read as a spec: {error}") from error
    try:
        model = path.parent / str(content.pop("model"))
        direction = HigherMeans(content.pop("higher_means"))
        taken = dict(content.pop("input"))
        given = Input(**_tuples(taken | {"takes": Takes(taken["takes"])}))
        output = Output(**dict(content.pop("output", {})))
        batch = bool(content.pop("batch", True))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name}: {_plain(error)}") from error
    if content or direction is HigherMeans.SAME_SOURCE:
        unknown = ", ".join(content) or "higher_means = same_source"
        raise ValueError(f"{path.name}: not understood: {unknown}")
    if not model.is_file():
        raise ValueError(f"{path.name}: the model {model.name} is not in its folder")
    return OnnxSpec(model, hashlib.sha256(model.read_bytes()).hexdigest(), direction, given, output, batch)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def _plain(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
