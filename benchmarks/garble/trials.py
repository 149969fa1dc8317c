"""Trials: texts drawn on real pictures, through codec and size, and what the service's recogniser reads of them.

Five folds that share no language, font, kind of garble or repository of backgrounds, but for Chinese, whose fonts
are two: whoever is tested by a fold is scored by weights that saw nothing of these.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.captions.garble import Legibility, legibility
from anchorproof.captions.reader import TextReader
from benchmarks.garble.glyphs import KINDS, Mask, Random, drawn, font_at
from benchmarks.garble.texts import HAN, LINES

Picture = NDArray[np.uint8]
SIZES = ((1280, 720), (854, 480), (640, 360))
_FRAMES, _RATE = 4, 8
_LINES = 3
#: Share of the trials whose picture was small once and blown up since.
_BLOWN_UP = 0.2


@dataclass(frozen=True, slots=True)
class Fold:
    """What is left out together; fonts by a part of their file's name."""

    languages: tuple[str, ...]
    latin_fonts: tuple[str, ...]
    han_font: str
    kind: str


FOLDS = (
    Fold(
        ("en", "tickers", "zh", "ru"), ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"), "wqy", "warped"
    ),
    Fold(("de", "sv", "en2", "zh2"), ("LiberationSerif-Regular.", "LiberationSerif-Bold."), "wqy", "mixed"),
    Fold(("fr", "id", "zh3", "he"), ("STIXGeneral.ttf", "STIXGeneralBol.ttf"), "NotoSansCJK", "strokes"),
    Fold(
        ("es", "tr", "ko", "zh-hant"),
        ("LiberationSansNarrow-Bold.", "LiberationSans-Regular."),
        "NotoSansCJK",
        "blended",
    ),
    Fold(("it", "pl", "el", "ja"), ("NotoSans[wdth",), "wqy", "melted"),
)
#: Languages whose letters the fold's own fonts lack.
_OWN_FONT = {"he": "DejaVuSans.ttf", "ko": "NotoSansCJK", "ru": "DejaVuSans.ttf", "el": "NotoSans[wdth"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One picture and what was read; ``read`` None: too little to say anything."""

    trial_id: str
    fold: int
    is_garbled: bool
    kind: str
    language: str
    font: str
    source: str
    size: str
    crf: int
    read: Legibility | None


@dataclass(frozen=True, slots=True)
class Background:
    """Pictures of one genuine clip."""

    source: str
    pictures: Sequence[Picture]


def made(
    fold: int, count: int, backgrounds: Sequence[Background], fonts: Sequence[Path], reader: TextReader, seed: int
) -> Iterator[Trial]:
    """``count`` pairs of one fold: print, and garble under the same conditions."""
    rule = FOLDS[fold]
    for number in range(count):
        for is_garbled in (False, True):
            random = np.random.default_rng([seed, fold, number])  # conditions of a pair are the same
            language = rule.languages[number % len(rule.languages)]
            name = _font_name(rule, language, random)
            path = next(font for font in fonts if name in font.name)
            background = backgrounds[int(random.integers(len(backgrounds)))]
            size, crf = SIZES[int(random.integers(len(SIZES)))], int(random.integers(23, 39))
            blown_up = bool(random.random() < _BLOWN_UP)
            picture = _composed(background, size, language, path, rule.kind if is_garbled else "", random, blown_up)
            yield Trial(
                trial_id=f"{'garble' if is_garbled else 'print'}-{fold}-{number:03d}",
                fold=fold,
                is_garbled=is_garbled,
                kind=rule.kind if is_garbled else "none",
                language=language,
                font=path.name,
                source=background.source,
                size=f"{size[0]}x{size[1]}",
                crf=crf,
                read=legibility(reader.read(coded(picture, crf))),
            )


def _font_name(rule: Fold, language: str, random: Random) -> str:
    if language in _OWN_FONT:
        return _OWN_FONT[language]
    return rule.han_font if language in HAN else str(random.choice(rule.latin_fonts))


def _composed(
    background: Background, size: tuple[int, int], language: str, font: Path, kind: str, random: Random, blown_up: bool
) -> Sequence[Picture]:
    """The clip's pictures with three lines, on a bar or on the picture itself."""
    width, height = (side // 2 if blown_up else side for side in size)
    pictures = [filled(picture, (width, height)) for picture in background.pictures]
    colours = _colours(random)
    place = (0.06 * width, random.uniform(0.55, 0.66) * height)
    chosen = random.choice(LINES[language], size=_LINES, replace=False)
    shares = random.uniform(0.038, 0.075, _LINES)
    with_bar = bool(random.random() < 0.7)
    top, masks = place[1], []
    for text, share in zip(chosen, shares, strict=True):
        face = font_at(font, max(9, round(share * height)))
        garbler = np.random.default_rng(int(random.integers(2**31)))
        mask = KINDS[kind](str(text), face, LINES[language], garbler) if kind else drawn(str(text), face)
        masks.append((round(top), round(place[0]), mask))
        top += mask.shape[0] * 0.85
    written = [_written(picture, masks, colours, with_bar) for picture in pictures]
    if not blown_up:
        return written
    return [np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_CUBIC), np.uint8) for one in written]


def _colours(random: Random) -> tuple[Picture, Picture]:
    """Of letters and bar: light on dark, or dark on light."""
    light, dark = random.integers(205, 256, 3), random.integers(0, 90, 3)
    pair = (light, dark) if random.random() < 0.75 else (dark, light)
    return np.asarray(pair[0], np.uint8), np.asarray(pair[1], np.uint8)


def _written(
    picture: Picture, masks: Sequence[tuple[int, int, Mask]], colours: tuple[Picture, Picture], with_bar: bool
) -> Picture:
    canvas = picture.astype(np.float32)
    for top, left, mask in masks:
        room = canvas[top : top + mask.shape[0], left : left + mask.shape[1]]
        ink = mask[: room.shape[0], : room.shape[1], None].clip(0, 1)
        if with_bar:
            room += 0.9 * (colours[1].astype(np.float32) - room)
        else:  # a soft dark or light rim, as graphics without a bar have
            rim = cv2.GaussianBlur(ink[:, :, 0], (0, 0), 2.0)[:, :, None]
            room += (1.6 * rim).clip(0, 0.8) * (colours[1].astype(np.float32) - room)
        room += ink * (colours[0].astype(np.float32) - room)
    return canvas.clip(0, 255).astype(np.uint8)


def filled(picture: Picture, size: tuple[int, int]) -> Picture:
    """Cropped and scaled so that it fills the size."""
    width, height = size
    scale = max(width / picture.shape[1], height / picture.shape[0])
    wide, tall = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    whole = cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA)
    top, left = (tall - height) // 2, (wide - width) // 2
    return np.ascontiguousarray(whole[top : top + height, left : left + width])


def coded(pictures: Sequence[Picture], crf: int) -> Picture:
    """The last of them after H.264."""
    height, width = pictures[0].shape[:2]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=_RATE, options={"crf": str(crf), "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        video.thread_count = 1
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    file.seek(0)
    with av.open(file, "r") as coded:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in coded.decode(video=0)][-1]


def pictures_of(path: Path) -> Sequence[Picture]:
    """Four pictures an eighth of a second apart, from half a second on."""
    found: list[Picture] = []
    next_s = 0.5
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if len(found) == _FRAMES:
                break
            if frame.time is None or frame.time >= next_s:
                next_s += 1 / _RATE
                found.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    return found
