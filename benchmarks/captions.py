"""``python -m benchmarks.captions``: how well captions are read, and how often they claim what is not there.

``drawn``: lower thirds and channel marks drawn on real bona fide clips, encoded at several sizes and rates, then read
as the service does. ``corpus``: whole clips of a manifest as they are, against a roster of invented people and real
outlets; every name found is a false claim, outlets and labels found are listed for a person to look at.
"""

from __future__ import annotations

import csv
import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import av
import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from anchorproof.captions.captions import Screen, read_captions
from anchorproof.captions.keyframes import FrameChooser
from anchorproof.captions.labels import find_screen_labels
from anchorproof.captions.matching import find_claims
from anchorproof.captions.reader import TextReader
from anchorproof.errors import ClipRejected
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings
from anchorproof.types import RosterEntry
from benchmarks.manifests import Row, read_manifest

app = typer.Typer(no_args_is_help=True, add_completion=False)

Image = NDArray[np.uint8]
SECONDS, FRAMES_PER_SECOND = 2.0, 8
SIZES = {"720p": (1280, 720), "480p": (854, 480), "360p": (640, 360)}
RATES = (23, 35)
#: name, role, outlet as drawn in the lower third and as the channel mark.
CAPTIONS = {
    "zh": (
        ("林晓峰", "海东电视台 主播", "海东卫视"),
        ("欧阳静怡", "新闻主持人", "江城新闻"),
        ("赵国梁", "本台记者 北京报道", "中原电视台"),
        ("苏婉清", "财经评论员", "南岭财经"),
    ),
    "en": (
        ("Harriet Calloway", "Evening News Anchor", "NORTHBAY NEWS"),
        ("Tomas Lindqvist", "Chief Political Correspondent", "Meridian 24"),
        ("Priya Venkataraman", "Live from Geneva", "Global Wire TV"),
        ("Desmond Okafor", "Business Editor", "KESTREL TV"),
    ),
}
INVENTED = (
    "王建中", "李思远", "陈慕白", "周子涵", "吴佩玲", "徐长安", "马晓云", "郭怀瑾", "何文轩", "高兰", "罗一鸣",
    "司马青云",
    "Alice Harrowgate", "Benedict Marlowe", "Carla Esposito", "Dmitri Volkov", "Elena Castellanos", "Farid Rahimi",
    "Grace Holloway", "Hugo Bergmann", "Ingrid Solberg", "James Whitlock", "Keiko Tanabe", "Lars Mikkelsen",
    "Maya Thornton", "Nils Aberg", "Olga Sidorova", "Peter Kowalczyk", "Rosa Delgado", "Samuel Ortega", "Ana Li",
    "Tom Roe",
)  # fmt: skip
REAL_OUTLETS = (
    "CCTV", "新华社", "央视新闻", "凤凰卫视", "湖南卫视", "BBC News", "CNN", "Fox News", "Sky News", "Al Jazeera",
    "NBC",
    "ABC News", "Reuters", "Bloomberg", "DW", "France 24", "NHK", "RT", "TED", "C-SPAN",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """What was drawn: language, and the three lines."""

    language: str
    name: str
    role: str
    outlet: str


def roster() -> list[RosterEntry]:
    """Everybody drawn, the invented ones, and the real outlets (each with an invented anchor)."""
    drawn = [(name, outlet) for rows in CAPTIONS.values() for name, _, outlet in rows]
    invented = [(name, REAL_OUTLETS[k % len(REAL_OUTLETS)]) for k, name in enumerate(INVENTED)]
    return [RosterEntry(f"anchor-{k}", (name,), outlet) for k, (name, outlet) in enumerate((*drawn, *invented))]


class ClipReader:
    """Reads a file's captions as the pipeline does, without its other steps."""

    def __init__(self) -> None:
        self._settings = Settings()
        self._reader = TextReader(ModelStore(None, 1), self._settings.captions)

    def read(self, path: Path) -> Screen:
        """Raises ClipRejected."""
        info = read_info(path, self._settings.media)
        chooser = FrameChooser(self._settings.captions.limit_frames)
        for _ in chooser.watch(sample_frames(path, info, self._settings.media)):
            pass
        return read_captions(chooser, self._reader, info.duration_s, self._settings.captions)


# --------------------------------------------------------------------------- drawn captions


@app.command()
def drawn(
    manifest: Annotated[Path, typer.Option(exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for drawn.csv and drawn.json.")],
    backgrounds: Annotated[int, typer.Option(help="Clips of different sources to draw on.", min=1)] = 8,
    seed: int = 0,
) -> None:
    """Reading accuracy on drawn lower thirds and channel marks."""
    chosen = _backgrounds(read_manifest(manifest), backgrounds, seed)
    reader, results = ClipReader(), []
    for place, row in enumerate(chosen):
        pictures = list(_pictures(row.path))
        for language, captions in CAPTIONS.items():
            shown = Shown(language, *captions[place % len(captions)])
            for size_name, size in SIZES.items():
                for rate in RATES:
                    results += _trial(reader, row, pictures, shown, (size_name, size, rate), place)
        print(f"{place + 1}/{len(chosen)} {row.source}", flush=True)
        _write_rows(out / "drawn.csv", results)
        summary = {"backgrounds": place + 1, "seed": seed, "conditions": _by_condition(results, seed)}
        _write_json(out / "drawn.json", summary)


def _backgrounds(rows: Sequence[Row], count: int, seed: int) -> list[Row]:
    """Bona fide clips, one per source, at least 360 lines high and 3 s long."""
    fit = [
        row
        for row in rows
        if row.columns.get("label") == "bonafide"
        and row.modality in ("av", "video")
        and float(row.columns.get("height") or 0) >= 360
        and float(row.columns.get("duration_s") or 0) >= SECONDS
    ]
    random.Random(seed).shuffle(fit)
    by_source = {row.source: row for row in fit}
    return [by_source[source] for source in sorted(by_source)][:count]


def _pictures(path: Path) -> Iterator[Image]:
    """The first ``SECONDS`` at ``FRAMES_PER_SECOND``."""
    next_s = 0.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= SECONDS:
                return
            if frame.time is None or frame.time >= next_s:
                next_s += 1 / FRAMES_PER_SECOND
                yield frame.to_ndarray(format="rgb24")


def _trial(
    reader: ClipReader,
    row: Row,
    pictures: Sequence[Image],
    shown: Shown,
    condition: tuple[str, tuple[int, int], int],
    place: int,
) -> list[dict[str, Any]]:
    size_name, size, rate = condition
    latin = place % 2 == 1 and shown.language == "en"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        _encode(path, [_draw(_fill(picture, size), shown, latin) for picture in pictures], rate)
        begun = time.process_time()
        screen = reader.read(path)
        spent_s = time.process_time() - begun
    anchors, outlets = find_claims(screen.captions, roster())
    texts = [caption.text for caption in screen.captions]
    claims = {
        "name_found": any(claim.name == shown.name for claim in anchors),
        "outlet_found": any(claim.outlet == shown.outlet for claim in outlets),
        "wrong_names": ";".join(claim.name for claim in anchors if claim.name != shown.name),
        "wrong_outlets": ";".join(claim.outlet for claim in outlets if claim.outlet != shown.outlet),
    }
    common = {
        "row": row.row_id, "source": row.source, "language": shown.language, "size": size_name, "crf": rate,
        "cpu_s": round(spent_s, 2), "frames_read": screen.frames_read,
    } | claims  # fmt: skip
    return [
        common | {"line": kind, "truth": truth} | _accuracy(truth, texts)
        for kind, truth in (("name", shown.name), ("role", shown.role), ("outlet", shown.outlet))
    ]


def _fill(picture: Image, size: tuple[int, int]) -> Image:
    """Cropped and scaled so that it fills the size."""
    width, height = size
    scale = max(width / picture.shape[1], height / picture.shape[0])
    wide, tall = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    whole = cv2.resize(picture, (max(wide, width), max(tall, height)), interpolation=cv2.INTER_AREA)
    top, left = (whole.shape[0] - height) // 2, (whole.shape[1] - width) // 2
    return np.ascontiguousarray(whole[top : top + height, left : left + width])


def _draw(picture: Image, shown: Shown, latin: bool) -> Image:
    height, width = picture.shape[:2]
    canvas = Pillow.fromarray(picture)
    pen = ImageDraw.Draw(canvas)
    large, small, mark = (_font(round(share * height), latin) for share in (0.05, 0.036, 0.042))
    pen.rectangle((0.06 * width, 0.73 * height, 0.62 * width, 0.91 * height), fill=(14, 38, 104))
    pen.text((0.08 * width, 0.745 * height), shown.name, fill=(255, 255, 255), font=large)
    pen.text((0.08 * width, 0.835 * height), shown.role, fill=(225, 228, 235), font=small)
    at = (0.04 * width, 0.05 * height)
    pen.text(
        at, shown.outlet, fill=(255, 255, 255), font=mark, stroke_width=max(1, height // 360), stroke_fill=(20, 20, 20)
    )
    return np.asarray(canvas)


def _font(size_px: int, latin: bool) -> ImageFont.FreeTypeFont:
    if latin:
        from matplotlib import font_manager

        return ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size_px)
    return ImageFont.truetype(str(files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"), size_px)


def _encode(path: Path, pictures: Sequence[Image], rate: int) -> None:
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as container:
        video = container.add_stream(
            "libx264", rate=FRAMES_PER_SECOND, options={"crf": str(rate), "preset": "veryfast"}
        )
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def _accuracy(truth: str, texts: Sequence[str]) -> dict[str, Any]:
    """Of the nearest line read: edits against the truth (blanks and case not counted), and whether it is exact."""
    wanted = _letters(truth)
    edits, best = min(((_edits(wanted, _letters(text)), text) for text in texts), default=(len(wanted), ""))
    edits = min(edits, len(wanted))
    return {"read": best, "letters": len(wanted), "edits": edits, "exact": edits == 0}


def _letters(text: str) -> str:
    return "".join(text.casefold().split())


def _edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for place, mark in enumerate(one, start=1):
        above, row = row, [place]
        for column, against in enumerate(other, start=1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (mark != against)))
    return row[-1]


def _by_condition(results: Sequence[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Per language, size and rate: letters read right, exact lines, claims found; intervals resample backgrounds."""
    summary = []
    for key in sorted({(r["language"], r["size"], r["crf"]) for r in results}):
        part = [r for r in results if (r["language"], r["size"], r["crf"]) == key]
        clips = [r for r in part if r["line"] == "name"]
        summary.append(
            dict(zip(("language", "size", "crf"), key, strict=True))
            | {
                "clips": len(clips),
                "lines": len(part),
                "letters_right": _share(part, lambda r: r["letters"] - r["edits"], lambda r: r["letters"], seed),
                "exact_lines": _share(part, lambda r: r["exact"], lambda _: 1, seed),
                "names_found": _share(clips, lambda r: r["name_found"], lambda _: 1, seed),
                "outlets_found": _share(clips, lambda r: r["outlet_found"], lambda _: 1, seed),
                "clips_with_wrong_claims": sum(bool(r["wrong_names"] or r["wrong_outlets"]) for r in clips),
                "median_cpu_s": float(np.median([r["cpu_s"] for r in clips])),
            }
        )
    return summary


def _share(rows: Sequence[dict[str, Any]], counted: Any, of: Any, seed: int) -> list[float]:
    """``[share, low, high]``: 95 % over 1,000 resamplings of the backgrounds."""
    by_row: dict[str, list[float]] = {}
    for row in rows:
        sums = by_row.setdefault(row["row"], [0.0, 0.0])
        sums[0], sums[1] = sums[0] + counted(row), sums[1] + of(row)
    sums_of = np.array(list(by_row.values()))
    picks = np.random.default_rng(seed).integers(0, len(sums_of), (1000, len(sums_of)))
    shares = sums_of[picks, 0].sum(axis=1) / sums_of[picks, 1].sum(axis=1)
    whole = sums_of[:, 0].sum() / sums_of[:, 1].sum()
    return [round(float(value), 3) for value in (whole, *np.quantile(shares, [0.025, 0.975]))]


# --------------------------------------------------------------------------- clips as they are


@app.command()
def corpus(
    manifest: Annotated[Path, typer.Option(exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for corpus.csv and corpus.json.")],
    limit: Annotated[int, typer.Option(help="Clips of each label, spread over the sources.", min=1)] = 100,
    seed: int = 0,
) -> None:
    """Claims, labels and garble scores in clips of which nobody in the roster is part."""
    reader, results = ClipReader(), []
    for label in ("bonafide", "fake"):
        for row in _spread(read_manifest(manifest), label, limit, seed):
            try:
                results.append(_look(reader, row, label))
            except ClipRejected as error:
                print(f"{row.row_id}: {error}")
            print(len(results), label, flush=True)
            _write_rows(out / "corpus.csv", results)
            labels = sorted({result["label"] for result in results})
            summary = [_corpus_summary([r for r in results if r["label"] == side], side) for side in labels]
            _write_json(out / "corpus.json", summary)


def _spread(rows: Sequence[Row], label: str, limit: int, seed: int) -> list[Row]:
    """Clips with a picture, taken from the sources (or generators) in turn."""
    fit = [row for row in rows if row.columns.get("label") == label and row.modality in ("av", "video")]
    random.Random(seed).shuffle(fit)
    groups: dict[str, list[Row]] = {}
    for row in fit:
        groups.setdefault(row.group, []).append(row)
    chosen: list[Row] = []
    while len(chosen) < limit and any(groups.values()):
        chosen += [group.pop() for _, group in sorted(groups.items()) if group]
    return chosen[:limit]


def _look(reader: ClipReader, row: Row, label: str) -> dict[str, Any]:
    begun = time.process_time()
    screen = reader.read(row.path)
    anchors, outlets = find_claims(screen.captions, roster())
    return {
        "row": row.row_id, "label": label, "group": row.group, "captions": len(screen.captions),
        "names": ";".join(f"{claim.name}<{claim.text}>" for claim in anchors),
        "outlets": ";".join(f"{claim.outlet}<{claim.text}>" for claim in outlets),
        "labels": ";".join(found.text for found in find_screen_labels(screen.captions, screen.size)),
        "garble": "" if screen.legibility is None else round(screen.legibility.garble_score, 4),
        "frames_read": screen.frames_read, "cpu_s": round(time.process_time() - begun, 2),
    }  # fmt: skip


def _corpus_summary(rows: Sequence[dict[str, Any]], label: str) -> dict[str, Any]:
    garble = [float(row["garble"]) for row in rows if row["garble"] != ""]
    return {
        "label": label,
        "clips": len(rows),
        "groups": len({row["group"] for row in rows}),
        "clips_with_text": sum(row["captions"] > 0 for row in rows),
        "clips_with_false_names": sum(bool(row["names"]) for row in rows),
        "clips_with_outlets": sum(bool(row["outlets"]) for row in rows),
        "clips_with_labels": sum(bool(row["labels"]) for row in rows),
        "clips_with_garble_score": len(garble),
        "garble_quantiles_10_50_90": [round(float(q), 3) for q in np.quantile(garble, [0.1, 0.5, 0.9])]
        if garble
        else [],
        "median_frames_read": float(np.median([row["frames_read"] for row in rows])),
        "median_cpu_s": float(np.median([row["cpu_s"] for row in rows])),
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    app()
