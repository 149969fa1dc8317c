"""Raw score x calibration map -> LLR: the only way a detector's number becomes evidence."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from anchorproof.errors import CalibrationUnavailable
from anchorproof.runtime import ModelEntry, ModelStore
from anchorproof.types import (
    AcousticMap,
    AcousticTerm,
    CalibrationKnot,
    CalibrationMap,
    Component,
    Evidence,
    Look,
    Question,
    RawScore,
    Span,
    TimedLLR,
)

#: Looks kept of one subject, and figures behind the point of their cells.
LIMIT_LOOKS = 8
_DIGITS = 4


class Calibrations:
    """All maps in use, by model id, each checked against the model file it was fitted for."""

    def __init__(self, maps: Mapping[str, CalibrationMap], checksums: Mapping[str, str]) -> None:
        self._maps = dict(maps)
        self._checksums = dict(checksums)

    def for_model(self, entry: ModelEntry, question: Question) -> CalibrationMap:
        """The map that turns this very model file's scores into LLRs.

        Raises:
            CalibrationUnavailable: none, or one for another file, preprocessing or question.
        """
        found = self._maps.get(entry.model_id)
        if found is None:
            raise CalibrationUnavailable(f"model {entry.model_id!r} has no calibration; its scores cannot be weighed")
        if (found.model_sha256, found.preprocessing) != (entry.sha256, entry.preprocessing):
            raise CalibrationUnavailable(
                f"calibration {found.calibration_id!r} was fitted for another file or preprocessing of that model"
            )
        if found.question is not question:
            raise CalibrationUnavailable(
                f"calibration {found.calibration_id!r} answers {found.question}, not {question}"
            )
        return found

    def component(self, model_id: str) -> Component | None:
        """What a report says of the map used for a model."""
        if model_id not in self._maps:
            return None
        found = self._maps[model_id]
        return Component("calibration", found.calibration_id, model_id, self._checksums[model_id])

    def __iter__(self) -> Iterator[CalibrationMap]:
        return iter(self._maps.values())


def load_calibrations(folders: list[Path]) -> Calibrations:
    """Every ``*.json`` in the folders; a later folder's map for the same model replaces an earlier one's.

    Raises:
        CalibrationUnavailable: a file that is not a calibration.
    """
    maps: dict[str, CalibrationMap] = {}
    checksums: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.json"))):
        content = path.read_bytes()
        found = _parse(content, path.name)
        maps[found.model_id] = found
        checksums[found.model_id] = hashlib.sha256(content).hexdigest()
    return Calibrations(maps, checksums)


def calibration_folders(models: ModelStore, data_dir: Path) -> list[Path]:
    """Packaged maps first, then those of the user's own models."""
    return [models.packaged_dir / "calibration", data_dir / "models" / "calibration"]


def _parse(content: bytes, name: str) -> CalibrationMap:
    try:
        raw = json.loads(content)
        return CalibrationMap(
            calibration_id=str(raw["calibration_id"]),
            model_id=str(raw["model_id"]),
            model_sha256=str(raw["model_sha256"]),
            preprocessing=str(raw["preprocessing"]),
            question=Question(raw["question"]),
            slope=float(raw["slope"]),
            offset=float(raw["offset"]),
            llr_bounds=_pair(raw["llr_bounds"]),
            knots=tuple(map(_knot, raw.get("knots", ()))),
            h2_tail=tuple((float(score), float(share)) for score, share in raw.get("h2_tail", ())),
            acoustics=_acoustics(raw["acoustics"]) if "acoustics" in raw else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CalibrationUnavailable(f"{name} is not a calibration file") from error


def _knot(raw: Mapping[str, Any]) -> CalibrationKnot:
    return CalibrationKnot(float(raw["quality"]), float(raw["slope"]), float(raw["offset"]), _pair(raw["llr_bounds"]))


def _acoustics(raw: Mapping[str, Any]) -> AcousticMap:
    terms = tuple(
        AcousticTerm(str(term["name"]), float(term["slope"]), float(term["offset"]), _pair(term["llr_bounds"]))
        for term in raw["terms"]
    )
    return AcousticMap(_pair(raw["fall_db"]), _pair(raw["band_db"]), tuple(map(_knot, raw["knots"])), terms)


def _pair(raw: Sequence[Any]) -> tuple[float, float]:
    low, high = raw
    return float(low), float(high)


def weigh(raw: RawScore, calibration: CalibrationMap) -> Evidence:
    """The evidence behind one raw score; ``timeline`` holds each segment's LLR, to be looked at, never summed."""
    return Evidence(
        source=raw.source,
        question=calibration.question,
        llr=calibration.llr(raw.score, raw.quality),
        raw_score=raw.score,
        model_id=raw.model_id,
        calibration_id=calibration.calibration_id,
        subject=raw.subject,
        span=_whole(raw),
        timeline=tuple(
            TimedLLR(part.span, calibration.llr(part.score, raw.quality), part.offset_s, part.confidence)
            for part in raw.segments
        ),
        looks=_telling([_weighed(look, calibration) for look in raw.looks]),
        quality=raw.quality if calibration.knots else None,
    )


def _weighed(look: Look, calibration: CalibrationMap) -> Look:
    """In LLRs. The cells go by the map's slope alone: they are shares of a difference, which bounds do not cut."""
    cells = tuple(tuple(round(calibration.slope * value, _DIGITS) for value in row) for row in look.cells)
    return replace(look, value=calibration.llr(look.value), cells=cells)


def _telling(looks: Iterable[Look]) -> tuple[Look, ...]:
    """Of each subject those that say most, either way, in time order."""
    kept: dict[str, list[Look]] = {}
    for look in sorted(looks, key=lambda one: -abs(one.value)):
        held = kept.setdefault(look.subject, [])
        if len(held) < LIMIT_LOOKS:
            held.append(look)
    return tuple(
        sorted((look for held in kept.values() for look in held), key=lambda one: (one.subject, one.span.start_s))
    )


def _whole(raw: RawScore) -> Span:
    if not raw.segments:
        return Span(0.0, 0.0)
    return Span(min(part.span.start_s for part in raw.segments), max(part.span.end_s for part in raw.segments))
