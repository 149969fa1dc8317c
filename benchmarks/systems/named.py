"""``--system`` on the command line -> a system."""

from __future__ import annotations

import re
from pathlib import Path

from anchorproof.types import HigherMeans
from benchmarks.systems.call import Callable
from benchmarks.systems.onnx_file import OnnxFile
from benchmarks.systems.own import EMBEDS, SCORES, OwnSystem
from benchmarks.systems.score_file import ScoreFile
from benchmarks.systems.system import System

HELP = (
    "What is measured, any number of times: pipeline, visual, audio, face, voice, onnx:SPEC.toml, scores:FILE.csv, "
    "call:module:function. NAME=... before it names it in the report; ,higher=bona_fide after it turns its sign."
)
_NAME = re.compile(r"[\w.+-]{1,60}")


def system_from(text: str) -> System:
    """The system that ``text`` describes (see :data:`HELP`).

    Raises:
        ValueError: it describes none, or what it names is not there or not usable.
        ModelUnavailable: ONNX Runtime does not open the network.
    """
    name, equals, rest = text.partition("=")
    if not equals or not _NAME.fullmatch(name) or "," in name:
        name, rest = "", text
    rest, comma, option = rest.partition(",")
    if comma and option not in ("higher=bona_fide", "higher=spoof"):
        raise ValueError(f"{option!r} is not understood; say higher=bona_fide or higher=spoof")
    sign = -1 if option == f"higher={HigherMeans.BONA_FIDE.value}" else 1
    kind, colon, target = rest.partition(":")
    if not colon and kind in SCORES | EMBEDS:
        if sign < 0:
            raise ValueError(f"the direction of {kind!r} is known; higher=bona_fide is for scores: and call:")
        return OwnSystem(name or kind, kind)
    if kind == "onnx" and target and not comma:
        return OnnxFile(name or Path(target).stem, _file(target))
    if kind == "scores" and target:
        return ScoreFile(name or Path(target).stem, _file(target), sign)
    if kind == "call" and target:
        return Callable(name or target.replace(":", "."), target, sign)
    raise ValueError(f"{text!r} is no system. {HELP}")


def systems_from(texts: list[str], protocol: str) -> list[System]:
    """All of them, names distinct, each able to answer ``protocol``."""
    systems = [system_from(text) for text in texts]
    names = [system.name for system in systems]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"two systems are named {', '.join(sorted(doubled))}; write NAME=... before one")
    for system in systems:
        if not _NAME.fullmatch(system.name):
            raise ValueError(
                f"{system.name!r} cannot name files; write NAME=... before it, of letters, digits, . + - _"
            )
        system.check(protocol)
    return systems


def _file(target: str) -> Path:
    path = Path(target)
    if not path.is_file():
        raise ValueError(f"{target} is not a file")
    return path
