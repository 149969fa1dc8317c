"""Forgeries of a bona fide clip that need no generator: what is blended, moved, re-timed or resampled is its own.

Each takes the pictures of a clip and its meshes and answers as many pictures, of which only the artefact is new. The
codec comes afterwards, the same for both (``twins.py``). Settings are drawn once per clip, with jitter over time.

Sources: Shiohara and Yamasaki, Detecting Deepfakes with Self-Blended Images, CVPR 2022 (blend); Siarohin and others,
First Order Motion Model, NeurIPS 2019, for what a picture moved by key points looks like (puppet); Prajwal and others,
A Lip Sync Expert Is All You Need, ACM MM 2020, for what is made anew in a lip sync (lips); Odena, Dumoulin and Olah,
Deconvolution and Checkerboard Artifacts, Distill 2016 (resampled).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from benchmarks.equalise import Image
from models.build.visual.meshes import Meshes
from models.build.visual.regions import inner_mouth, soft_mask, window
from models.build.visual.resampling import draw_resampler

Floats = NDArray[np.float32]
Forge = Callable[[list[Image], Meshes, str, int], list[Image]]

#: The regions that each way takes.
FORGED: dict[str, tuple[str, ...]] = {
    "blend": ("face", "inner", "eyes", "mouth"),
    "puppet": ("own", "smooth"),
    "lips": ("mouth", "lower"),
    "resampled": ("face", "inner", "picture"),
}
#: Cells per side of the grid on which a puppet's displacements are computed.
GRID = 48
#: Of these displacements: how near a point decides alone, and how soon they fade, in squared face widths.
SHARPEST, FADING = 4e-4, 0.05
#: Deviation of the smoothing of a puppet's movements, in pictures.
SMOOTHED = 1.5


def blend(pictures: list[Image], meshes: Meshes, region: str, seed: int) -> list[Image]:
    """The region of every picture from a copy of itself that is a little off in place, colour and sharpness."""
    rng = np.random.default_rng(seed)
    zoom, turn = rng.normal(1, 0.02), rng.normal(0, 0.015)
    shift, colour = rng.normal(0, 0.02, 2), rng.normal(0, 6, 3)
    gain, sharpness, resampler = rng.normal(1, 0.06), rng.uniform(-0.8, 0.8), draw_resampler(rng)
    grow, soft, trembling = rng.uniform(0.85, 1.1), rng.uniform(0.01, 0.06), rng.uniform(0, 0.006)
    out = list(pictures)
    for place in np.flatnonzero(meshes.seen):
        rows, columns, points, part = _cut(pictures[place], meshes.points[place])
        if part.size == 0:
            continue
        width = float(np.ptp(points[:, 0]))
        middle = points[:, :2].mean(0)
        moved = (shift + rng.normal(0, trembling, 2)) * width
        matrix = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), np.degrees(turn), float(zoom))
        matrix[:, 2] += moved
        copy = cv2.warpAffine(part, matrix, part.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        copy = _sharpened(resampler.apply(copy, 0.5), sharpness) * gain + colour * (1 + rng.normal(0, 0.1))
        mask = soft_mask(points, region, part.shape[:2], soft * width, grow)
        out[place] = _laid(pictures[place], (rows, columns), copy, mask)
    return out


def puppet(pictures: list[Image], meshes: Meshes, region: str, seed: int) -> list[Image]:
    """One picture of the clip, moved by the points of its mesh: an animated photograph on a background that stands.

    ``region`` ``smooth``: movements are smoothed over time first. Between the lips the clip's own mouth shows.
    """
    rng = np.random.default_rng(seed)
    seen = np.flatnonzero(meshes.seen)
    if len(seen) < 2:
        return list(pictures)
    still = int(min(seen, key=lambda place: _turned(meshes.points[place])))
    tracks = meshes.points.copy()
    if region == "smooth":
        tracks[seen] = gaussian_filter1d(tracks[seen], SMOOTHED, axis=0)
    lively, resampler = rng.uniform(0.8, 1.1), draw_resampler(rng)
    source = np.asarray(resampler.apply(pictures[still], 0.7).clip(0, 255), np.uint8)
    out = list(pictures)
    for place in range(len(pictures)):
        nearest = int(seen[np.abs(seen - place).argmin()])
        target = tracks[still] + np.float32(lively) * (tracks[nearest] - tracks[still])
        made = _moved(source, tracks[still, :, :2], target[:, :2])
        if nearest == place:
            mask = inner_mouth(target, made.shape[:2], 1.0)
            made = np.asarray(made + (pictures[place].astype(np.float32) - made) * mask[..., None], np.uint8)
        out[place] = made
    return out


def lips(pictures: list[Image], meshes: Meshes, region: str, seed: int) -> list[Image]:
    """Mouth or lower face of every picture from another moment of the clip, fitted to the head and made anew."""
    rng = np.random.default_rng(seed)
    seen = np.flatnonzero(meshes.seen)
    if len(seen) < 6:
        return list(pictures)
    shift, backwards = int(rng.integers(4, max(5, len(seen) // 2))), rng.random() < 0.5
    order = np.roll(seen[::-1] if backwards else seen, shift)
    resampler, sharpness, soft = draw_resampler(rng), rng.uniform(-0.5, 0.5), rng.uniform(0.015, 0.05)
    colour = rng.normal(0, 2.5, 3)
    out = list(pictures)
    for place, other in zip(seen, order, strict=True):
        rows, columns, points, part = _cut(pictures[place], meshes.points[place])
        if part.size == 0:
            continue
        matrix = _between(meshes.points[other], meshes.points[place])
        matrix[:, 2] -= (columns.start, rows.start)
        flags, border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
        copy = cv2.warpAffine(pictures[other], matrix, part.shape[1::-1], flags=flags, borderMode=border)
        mask = soft_mask(points, region, part.shape[:2], soft * float(np.ptp(points[:, 0])))
        made = _sharpened(resampler.apply(copy, 0.7), sharpness)
        weight = mask[..., None]
        level = ((part - made) * weight).sum((0, 1)) / max(float(weight.sum()), 1.0)
        out[place] = _laid(pictures[place], (rows, columns), made + level + colour, mask)
    return out


def resampled(pictures: list[Image], meshes: Meshes, region: str, seed: int) -> list[Image]:
    """The region of every picture made smaller and enlarged again as upsampling networks do."""
    rng = np.random.default_rng(seed)
    resampler, sharpness = draw_resampler(rng), rng.uniform(0, 0.8)
    out = list(pictures)
    for place in range(len(pictures)):
        if region == "picture":
            out[place] = np.asarray(_sharpened(resampler.apply(pictures[place], 1), sharpness).clip(0, 255), np.uint8)
        elif meshes.seen[place]:
            rows, columns, points, part = _cut(pictures[place], meshes.points[place])
            if part.size:
                mask = soft_mask(points, region, part.shape[:2], 0.03 * float(np.ptp(points[:, 0])))
                made = _sharpened(resampler.apply(part, 1), sharpness)
                out[place] = _laid(pictures[place], (rows, columns), made, mask)
    return out


WAYS: dict[str, Forge] = {"blend": blend, "puppet": puppet, "lips": lips, "resampled": resampled}


def _cut(picture: Image, points: Floats) -> tuple[slice, slice, Floats, Image]:
    """The face's window, the points in it, and its pixels."""
    rows, columns = window(points, picture.shape)
    return rows, columns, points - np.array([columns.start, rows.start, 0], np.float32), picture[rows, columns]


def _laid(picture: Image, place: tuple[slice, slice], made: Floats, mask: Floats) -> Image:
    out = picture.copy()
    own = picture[place].astype(np.float32)
    out[place] = np.clip(own + (made - own) * mask[..., None], 0, 255).astype(np.uint8)
    return out


def _sharpened(picture: Floats, amount: float) -> Floats:
    """Unsharp masking; below zero: blurred."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.2)
    return np.asarray(picture + amount * (picture - soft), np.float32)


def _turned(points: Floats) -> float:
    """How far a head is turned: the nose's distance from the middle between the outer corners of the eyes."""
    eyes = points[263, :2] - points[33, :2]
    middle = (points[263, :2] + points[33, :2]) / 2
    return abs(float((points[1, :2] - middle) @ eyes)) / float(eyes @ eyes)


def _between(theirs: Floats, ours: Floats) -> NDArray[np.float64]:
    """Affine from one picture's head to another's, by the points that speech does not move."""
    still = [33, 133, 362, 263, 168, 6, 197, 195, 10, 151, 9, 8, 50, 280, 234, 454]
    given = np.column_stack([theirs[still, :2], np.ones(len(still))]).astype(np.float64)
    solved, *_ = np.linalg.lstsq(given, ours[still, :2].astype(np.float64), rcond=None)
    return np.ascontiguousarray(solved.T)


def _moved(picture: Image, source: Floats, target: Floats) -> Image:
    """``picture`` with the points ``source`` at ``target``, ``(n, 2)``; what is far from them stays where it was.

    Displacements are averages over the points with weights that fall with their distance, computed on a coarse grid.
    """
    rows, columns = window(np.concatenate([source, target]), picture.shape, 0.5)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if min(height, width) < 8:
        return picture
    size = float(np.ptp(target[:, 0])) + 1
    ours, apart = target[::4], (source - target)[::4]
    across, down = np.meshgrid(
        np.linspace(columns.start, columns.stop - 1, GRID), np.linspace(rows.start, rows.stop - 1, GRID)
    )
    grid = np.stack([across.ravel(), down.ravel()], axis=1).astype(np.float32)
    squares = ((grid**2).sum(1)[:, None] - 2 * grid @ ours.T + (ours**2).sum(1)) / size**2
    near = 1 / (np.maximum(squares, 0) + SHARPEST) ** 1.5
    fading = np.exp(-np.maximum(squares.min(1), 0) / FADING)
    field = (near @ apart) / near.sum(1, keepdims=True) * fading[:, None]
    field = cv2.resize(field.reshape(GRID, GRID, 2).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    x, y = np.meshgrid(np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop))
    maps = (x + field[..., 0]).astype(np.float32), (y + field[..., 1]).astype(np.float32)
    out = picture.copy()
    out[rows, columns] = cv2.remap(picture, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out
