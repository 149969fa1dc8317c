"""Do the two scores of ``faces/consistency.py`` tell swapped faces from genuine ones, on sources left out?

Real face swaps are two clips only, so blends stand in for them: into every picture of a genuine clip's face the inner
face of another person's clip is blended, at the same landmarks and in the host's colours, under a soft mask whose size
and softness differ from clip to clip; host and blend then go through one JPEG. What a network redraws is measured
beside them.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.engine import Engine
from anchorproof.errors import ClipRejected
from anchorproof.faces.consistency import consistency, inner_against_outer
from anchorproof.faces.tracks import find_tracks
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings, Settings
from anchorproof.types import FaceObservation, Image
from calibration.fit import cross_validated_llrs
from calibration.metrics import auc, bootstrap, cllr, cllr_min, resample_groups
from calibration.trials import Trials

MEDIA = MediaSettings(limit_frames=12)
FEWEST_PICTURES = 4
JPEG_QUALITY = 85
MEASURES = ("consistency", "inner_against_outer", "both")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """One clip's most prominent face, or a blend of two: what it is, whose source, and its two scores."""

    clip_id: str
    kind: str
    source: str
    consistency: float
    inner_against_outer: float


@dataclass(frozen=True)
class _Clip:
    row: dict[str, str]
    observations: tuple[FaceObservation, ...]


def run(data: Path, seed: int) -> dict[str, Any]:
    """Both scores of every clip with a face, and of one blend per genuine clip; how well each tells them apart."""
    engine = Engine.load(Settings())
    clips = _read(data, engine)
    seen = [found for clip in clips if (found := _measure(clip, _kind(clip.row), engine))]
    genuine = [clip for clip in clips if clip.row["label"] == "bonafide"]
    seen += [found for clip in _blends(genuine, seed) if (found := _measure(clip, "blend", engine))]
    return {
        "clips": {kind: sum(one.kind == kind for one in seen) for kind in sorted({one.kind for one in seen})},
        "seed": seed,
        "told_apart": [
            _told_apart(seen, kind, measure, seed)
            for kind in ("blend", "talkinghead", "lipsync")
            for measure in MEASURES
        ],
        "face_swaps": [_placed(one, seen) for one in seen if one.kind == "faceswap"],
    }


# --------------------------------------------------------------------------- the clips


def _read(data: Path, engine: Engine) -> list[_Clip]:
    with (data / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["modality"] in ("av", "video")]
    clips = []
    for row in rows:
        if "composite=1" in row["notes"] or "audio_only_fake=1" in row["notes"]:
            continue
        try:
            info = read_info(data / row["path"], MEDIA)
            frames = sample_frames(data / row["path"], info, MEDIA)
            tracks = find_tracks(frames, engine.face_finder, engine.settings.faces)
        except ClipRejected:
            continue
        if tracks and len(tracks[0].observations) >= FEWEST_PICTURES:
            clips.append(_Clip(row, tracks[0].observations))
    return clips


def _kind(row: dict[str, str]) -> str:
    return "genuine" if row["label"] == "bonafide" else row["fake_type"]


def _measure(clip: _Clip, kind: str, engine: Engine) -> Seen | None:
    shown = [replace(one, aligned=_through_jpeg(one.aligned)) for one in clip.observations]
    steady = consistency(engine.face_embedder.embed(shown))
    belongs = inner_against_outer(shown, engine.face_embedder)
    if steady is None or belongs is None:
        return None
    return Seen(clip.row["id"], kind, clip.row["source_repo"], steady, belongs)


# --------------------------------------------------------------------------- the blends


def _blends(genuine: Sequence[_Clip], seed: int) -> list[_Clip]:
    """One per genuine clip, its inner face from another source's."""
    random = np.random.default_rng(seed)
    made = []
    for host in genuine:
        others = [clip for clip in genuine if clip.row["source_repo"] != host.row["source_repo"]]
        donor = others[int(random.integers(len(others)))]
        mask = _mask(random)
        pairs = zip(host.observations, _stretched(donor.observations, len(host.observations)), strict=True)
        swapped = tuple(replace(one, aligned=_blended(one.aligned, other.aligned, mask)) for one, other in pairs)
        made.append(_Clip(host.row, swapped))
    return made


def _stretched(observations: Sequence[FaceObservation], count: int) -> list[FaceObservation]:
    return [observations[int(place)] for place in np.linspace(0, len(observations) - 1, count).round()]


def _mask(random: np.random.Generator) -> NDArray[np.float32]:
    """1 where the donor's face goes, in the aligned picture of 112 pixels a side."""
    mask = np.zeros((112, 112), np.float32)
    axes = (round(112 * random.uniform(0.30, 0.38)), round(112 * random.uniform(0.33, 0.42)))
    cv2.ellipse(mask, (56, round(112 * random.uniform(0.58, 0.64))), axes, 0, 0, 360, 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 112 * random.uniform(0.02, 0.06)), np.float32)


def _blended(host: Image, donor: Image, mask: NDArray[np.float32]) -> Image:
    """The donor's colours taken to the host's inside of the mask (mean and deviation of each channel of Lab)."""
    inside = mask > 0.5
    theirs, ours = (cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(np.float32) for image in (donor, host))
    for channel in range(3):
        one, other = theirs[..., channel], ours[..., channel]
        scale = other[inside].std() / max(float(one[inside].std()), 1.0)
        theirs[..., channel] = (one - one[inside].mean()) * scale + other[inside].mean()
    painted = cv2.cvtColor(theirs.clip(0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB)
    weight = mask[..., None]
    return np.asarray((painted * weight + host * (1 - weight)).round().clip(0, 255), np.uint8)


def _through_jpeg(image: Image) -> Image:
    _, packed = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB), np.uint8)


# --------------------------------------------------------------------------- what they are worth


def _placed(one: Seen, seen: Sequence[Seen]) -> dict[str, Any]:
    """Its scores, and the share of genuine clips that score lower."""
    placed: dict[str, Any] = {"clip": one.clip_id}
    for measure in MEASURES[:2]:
        below = [_value(other, measure) < _value(one, measure) for other in seen if other.kind == "genuine"]
        placed[measure] = {"score": round(_value(one, measure), 4), "genuine_below": round(float(np.mean(below)), 3)}
    return placed


def _value(one: Seen, measure: str) -> float:
    if measure == "both":
        return one.consistency + one.inner_against_outer
    return float(getattr(one, measure))


def _told_apart(seen: Sequence[Seen], kind: str, measure: str, seed: int) -> dict[str, Any]:
    """AUC of the score (lower: spoof) with whole sources resampled; Cllr of maps that never saw the trial's source."""
    chosen = [one for one in seen if one.kind in ("genuine", kind)]
    scores = np.array([_value(one, measure) for one in chosen])
    truth = np.array([one.kind == kind for one in chosen])
    sources = np.array([one.source for one in chosen])
    interval = bootstrap(auc, -scores, truth, resample_groups(sources), rng=np.random.default_rng(seed))
    clusters = np.array([f"{one.source} {one.kind}" for one in chosen])
    llrs = cross_validated_llrs(Trials(scores, truth, clusters, sources, sources), seed)
    spread = bootstrap(cllr, llrs, truth, resample_groups(sources), rng=np.random.default_rng(seed))
    return {
        "against": kind,
        "measure": measure,
        "spoof": int(truth.sum()),
        "genuine": int((~truth).sum()),
        "sources": len(set(sources)),
        "auc": round(auc(-scores[truth], -scores[~truth]), 3),
        "auc_95": [round(interval.low, 3), round(interval.high, 3)] if interval else None,
        "cllr_left_out": round(cllr(llrs[truth], llrs[~truth]), 3),
        "cllr_95": [round(spread.low, 3), round(spread.high, 3)] if spread else None,
        "cllr_min": round(cllr_min(llrs[truth], llrs[~truth]), 3),
    }
