"""``python -m benchmarks.logos``: how often enrolled logos are found in clips, and how often where there are none.

Six made-up logos are looked for in genuine clips as they are (every find is false), and in the same clips with one of
them laid over: at other sizes than enrolled, half transparent, 360p to 720p, after H.264. Four pictures of each clip.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from anchorproof.captions.logos import FoundLogo, check_logo, look_for
from anchorproof.settings import CaptionSettings
from anchorproof.types import Frame, LogoPicture
from benchmarks.footage.results import interval
from benchmarks.garble.scoring import fold_of
from benchmarks.garble.trials import SIZES, Picture, coded, filled, pictures_of
from benchmarks.manifests import Row, read_manifest

app = typer.Typer(add_completion=False)
_SIDE = 200
_PER_SOURCE = 3
_WHITE, _NOTHING = (255, 255, 255, 255), (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Find:
    """The best place of one logo in one clip; ``height_px`` 0: it was not laid over. ``is_there``: at its own place."""

    clip: str
    source: str
    logo: str
    size: str
    height_px: int
    opacity: float
    crf: int
    score: float
    is_there: bool


@app.command()
def main(
    manifest: Annotated[Path, typer.Option(exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for results.json.")],
    clips: Annotated[int, typer.Option(min=1)] = 60,
    seed: int = 0,
) -> None:
    """Finds in clips with and without logos."""
    logos, random = made_logos(), np.random.default_rng(seed)
    finds: list[Find] = []
    spent_s: list[float] = []
    for row in _chosen(read_manifest(manifest), clips, seed):
        pictures = pictures_of(row.path)
        if len(pictures) < 4:
            continue
        begun = time.process_time()
        finds += [_find(row, found, pictures[0].shape) for found in look_for(_frames(pictures), logos)]
        spent_s.append((time.process_time() - begun) / len(logos))
        finds.append(_laid_over(row, pictures, logos, random))
        out.mkdir(parents=True, exist_ok=True)
        content = summary(finds) | {"seed": seed, "median_cpu_s_per_logo": round(float(np.median(spent_s)), 3)}
        (out / "results.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in content.items() if key != "finds"}, indent=1))


def made_logos() -> tuple[LogoPicture, ...]:
    """Round, square and lettered ones, of one colour and of several."""
    return tuple(
        LogoPicture(name, f"Outlet {name}", check_logo(np.asarray(_drawn(name)))) for name in ("disc", "bar", "waves",
        "kite", "stroke", "badge")
    )  # fmt: skip


def _drawn(name: str) -> Pillow.Image:
    canvas = Pillow.new("RGBA", (2 * _SIDE, _SIDE), _NOTHING)
    pen = ImageDraw.Draw(canvas)
    if name == "disc":
        pen.ellipse((10, 10, 190, 190), fill=(220, 30, 40, 255))
        pen.polygon([(70, 50), (150, 100), (70, 150)], fill=_WHITE)
        pen.text((205, 55), "N7", font=_font(90), fill=_WHITE)
    elif name == "bar":
        pen.rectangle((5, 20, 395, 180), fill=(10, 40, 140, 255))
        pen.text((25, 40), "KTV", font=_font(110), fill=_WHITE)
        pen.ellipse((290, 60, 370, 140), outline=_WHITE, width=12)
    elif name == "waves":
        for ring in range(3):
            edges = (20 + 25 * ring,) * 2 + (180 - 25 * ring,) * 2
            pen.arc(edges, 200 - 40 * ring, 480 - 60 * ring, (255, 190, 0, 255), 12)
        pen.text((200, 60), "Ora", font=_font(80), fill=_WHITE)
    elif name == "kite":
        pen.polygon([(100, 5), (195, 195), (5, 195)], outline=_WHITE, width=14)
        pen.polygon([(100, 70), (150, 165), (50, 165)], fill=(0, 160, 90, 255))
        pen.rectangle((215, 80, 390, 120), fill=_WHITE)
        pen.rectangle((215, 140, 330, 165), fill=(0, 160, 90, 255))
    elif name == "stroke":
        pen.text((0, 15), "海东", font=_font(150), fill=_WHITE)
        pen.rectangle((310, 30, 390, 170), fill=(200, 0, 0, 255))
    else:
        pen.rounded_rectangle((5, 5, 395, 195), 30, fill=(250, 250, 250, 255))
        pen.ellipse((30, 30, 170, 170), fill=(0, 90, 170, 255))
        pen.ellipse((70, 30, 130, 170), outline=_WHITE, width=6)
        pen.line((30, 100, 170, 100), fill=_WHITE, width=6)
        pen.text((190, 60), "GW", font=_font(90), fill=(0, 90, 170, 255))
    return canvas


def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"), size_px)


def _chosen(rows: Sequence[Row], count: int, seed: int) -> Iterator[Row]:
    """Genuine clips, at most three of one source, in an order of their own."""
    fit = [row for row in rows if row.columns.get("label") == "bonafide" and row.modality in ("av", "video")]
    fit.sort(key=lambda row: (fold_of(f"{seed} {row.row_id}"), row.row_id))
    taken: dict[str, int] = {}
    for row in fit:
        taken[row.source] = taken.get(row.source, 0) + 1
        if taken[row.source] <= _PER_SOURCE:
            yield row
            if sum(min(number, _PER_SOURCE) for number in taken.values()) >= count:
                return


def _frames(pictures: Sequence[Picture]) -> list[Frame]:
    return [Frame(place / 8, picture, 1.0, False) for place, picture in enumerate(pictures)]


def _find(row: Row, found: FoundLogo, shape: tuple[int, ...]) -> Find:
    size = f"{shape[1]}x{shape[0]}"
    return Find(row.row_id, row.source, found.logo.logo_id, size, 0, 0.0, 0, round(found.score, 4), False)


def _laid_over(
    row: Row, pictures: Sequence[Picture], logos: Sequence[LogoPicture], random: np.random.Generator
) -> Find:
    """One logo in an upper corner, 6 to 16 % of the picture's height."""
    logo = logos[int(random.integers(len(logos)))]
    size = SIZES[int(random.integers(len(SIZES)))]
    height = round(size[1] * random.uniform(0.06, 0.16))
    opacity, crf = float(random.choice([1.0, 1.0, 0.5])), int(random.choice([23, 30, 35]))
    width = round(logo.picture.shape[1] * height / logo.picture.shape[0])
    edge = round(0.04 * size[0])
    at = (int(random.choice([edge, size[0] - width - edge])), round(0.05 * size[1]))
    shown = [_laid(filled(picture, size), logo.picture, (width, height), at, opacity) for picture in pictures]
    after = [coded(shown[: place + 1], crf) for place in (1, 3)]
    (found,) = look_for(_frames(after), [logo])
    is_there = abs(found.box.x1 - at[0]) < 0.15 * width and abs(found.box.y1 - at[1]) < 0.15 * height + 4
    told = (logo.logo_id, f"{size[0]}x{size[1]}", height, opacity, crf, round(found.score, 4), is_there)
    return Find(row.row_id, row.source, *told)


def _laid(
    picture: Picture, logo: NDArray[np.uint8], size: tuple[int, int], at: tuple[int, int], opacity: float
) -> Picture:
    small = cv2.resize(logo, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    canvas = picture.astype(np.float32)
    room = canvas[at[1] : at[1] + size[1], at[0] : at[0] + size[0]]
    room += opacity * small[:, :, 3:] / 255 * (small[:, :, :3] - room)
    return canvas.clip(0, 255).astype(np.uint8)


def summary(finds: Sequence[Find]) -> dict[str, Any]:
    """At the setting: recall in all and by condition, false finds per logo and clip, and per clip with six logos."""
    least = CaptionSettings().least_logo_score
    there = [find for find in finds if find.height_px]
    absent = [find for find in finds if not find.height_px]
    groups = {
        "all": there,
        "half transparent": [find for find in there if find.opacity < 1],
        "CRF 35": [find for find in there if find.crf == 35],
        "under 10 % of the height": [f for f in there if f.height_px < 0.1 * int(f.size.partition("x")[2])],
    }
    false = [find for find in absent if find.score >= least]
    clips = {find.clip for find in absent}
    return {
        "least_score": least,
        "recall": {name: _share([f.score >= least and f.is_there for f in part]) for name, part in groups.items()},
        "found_elsewhere": sum(find.score >= least and not find.is_there for find in there),
        "false_finds": _share([find.score >= least for find in absent]),
        "clips_with_a_false_find": _share([clip in {find.clip for find in false} for clip in sorted(clips)]),
        "sources": len({find.source for find in absent}),
        "highest_false_scores": sorted((find.score for find in absent), reverse=True)[:5],
        "finds": [asdict(find) for find in there],
    }


def _share(hits: Sequence[bool]) -> dict[str, Any]:
    count = sum(hits)
    low, high = interval(count, len(hits)) if hits else (0.0, 1.0)
    return {"count": count, "of": len(hits), "interval": [round(low, 4), round(high, 4)]}


if __name__ == "__main__":
    app()
