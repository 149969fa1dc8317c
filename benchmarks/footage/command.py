"""``python -m benchmarks footage``: the whole run, from clips to tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.footage.alignment import Line, best_picture_line, picture_trace, sound_trace
from anchorproof.footage.pictures import REFRAMINGS, Reframing, clip_pictures
from anchorproof.footage.prints import PictureSeries, SoundPrint
from anchorproof.types import Frame
from benchmarks.footage.archive import Enrolled, enrol
from benchmarks.footage.cost import Cost, bytes_per_hour, fingerprinting, half_minute, searching
from benchmarks.footage.queries import Answers
from benchmarks.footage.results import figures, write
from benchmarks.footage.run import Setting, carry_out, generated, genuine
from benchmarks.work import WorkFile
from calibration.footage import calibration

SIZES_H = (10.0, 100.0, 1000.0)
#: Of the copies known by eye, one pair differs by 2 bits and agrees by .98, one by 11 and .74.
_TWIN_BITS, _TWIN_AGREEMENT = 20.0, 0.7
#: Of 47 pairs of clips that queries matched, those known by eye to be one recording in two crops agree by .38 and .47,
#: at 60 and 37 bits, all others by .10 at most.
_RECROPPED_BITS, _RECROPPED_AGREEMENT, _RECROPPED_PICTURES = 62.0, 0.35, 8
#: One recording, by eye, that is cut and cropped so differently that no rule finds it.
_SEEN_BY_EYE = frozenset([frozenset(("v00860", "v06493"))])
#: One sound under several pictures differs by .05 to .11; sounds that are not each other's by .4 and more.
_TWIN_SHARE, _TWIN_ITEMS, _TWIN_REACH_S = 0.2, 12, 10.0


def run(setting: Setting, out: Path, with_cost: bool, only_results: bool, notes: list[str]) -> dict[str, Any]:
    """The figures; written to ``out`` with plots and a page. ``only_results`` takes the answers there are."""
    answers: Answers = WorkFile(setting.work / "answers.jsonl").answers() if only_results else carry_out(setting)
    cost = measured(setting) if with_cost else None
    rows = genuine(setting.manifest)
    found = figures(without_twins(answers, setting), cost)
    write(
        out,
        found,
        {
            "command": f"python -m benchmarks footage --manifest FILE --hours {setting.hours:g} --seed {setting.seed}",
            "hours": setting.hours,
            "seed": setting.seed,
            "archive_clips": len(rows),
            "date": datetime.now(UTC).date().isoformat(),
            "notes": notes,
        },
    )
    return found


def measured(setting: Setting) -> Cost:
    """Costs; taken over from an earlier run where they are."""
    kept = setting.work / "cost.json"
    if kept.exists():
        raw = json.loads(kept.read_text(encoding="utf-8"))
        from benchmarks.footage.cost import SearchCost

        return Cost(**raw | {"searches": tuple(SearchCost(**row) for row in raw["searches"])})
    rows = genuine(setting.manifest)
    archive = enrol({row.row_id: row.path for row in rows}, setting.work / "archive.pickle")
    long = [row for row in rows if float(row.columns["duration_s"]) >= 30 and row.columns["has_audio"] == "1"]
    seconds, cpu_s = fingerprinting([row.path for row in long[:6]])
    queries = {"found": half_minute(long[0].path.read_bytes()), "nothing": half_minute(long[1].path.read_bytes())}
    known = {key: item.fingerprint for key, item in archive.items() if key != long[1].row_id}
    prints, references = bytes_per_hour(archive)
    cost = Cost(seconds, cpu_s, prints, references, searching(SIZES_H, generated(setting, archive), known, queries))
    plain = {key: value for key, value in cost.as_dict().items() if key != "realtime_factor"}
    kept.write_text(json.dumps(plain), encoding="utf-8")
    return cost


def without_twins(answers: Answers, setting: Setting) -> dict[str, dict[str, Any]]:
    """The answers, where a match with another copy of the clip's own footage is marked as such.

    Repositories share footage (the same HDTF recordings, say) and sounds: such a match is true, and none of the clip.
    Those of the clip's sound alone, or of what an edit laid over it, are left out. Copies are told by the clips as they
    are in the archive, not by any query: pictures at most ``_TWIN_BITS`` apart that change alike, or many pictures that
    do so under another crop, or sounds of which at most ``_TWIN_SHARE`` of the bits differ.
    """
    rows = genuine(setting.manifest)
    archive = enrol({row.row_id: row.path for row in rows}, setting.work / "archive.pickle")
    comparable = {key for key in archive if len(archive[key].fingerprint.pictures)}

    @cache
    def shows_the_same(clip: str, programme: str) -> bool:
        if frozenset((clip, programme)) in _SEEN_BY_EYE:
            return True
        return {clip, programme} <= comparable and _same_footage(archive[clip], archive[programme])

    @cache
    def sounds_the_same(clip: str, programme: str) -> bool:
        return _same_sound(archive[clip].fingerprint.sounds, archive[programme].fingerprint.sounds)

    def judged(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for part in answer["stretches"]:
            programme = part["programme"]
            if programme not in archive or programme == answer["clip"]:
                yield part
            elif shows_the_same(answer["clip"], programme) and part["bits"] is not None:
                yield {**part, "own": True, "is_copy": True}
            elif not any(
                same(clip, programme)
                for clip in (answer["clip"], answer["foreign"])
                if clip in archive and clip != programme
                for same in (shows_the_same, sounds_the_same)
            ):
                yield part

    return {key: {**answer, "stretches": list(judged(answer))} for key, answer in answers.items()}


def _same_footage(one: Enrolled, other: Enrolled) -> bool:
    times = one.fingerprint.pictures.times_s
    pictures = clip_pictures(Frame(float(time_s), image) for time_s, image in one.pictures())
    return any(
        _runs_along(PictureSeries(times, pictures.hashes(reframing).hashes), other, reframing)
        for reframing in REFRAMINGS
        if len(times) == len(pictures)
    )


def _runs_along(series: PictureSeries, other: Enrolled, reframing: Reframing) -> bool:
    theirs = other.fingerprint.pictures.series(reframing.is_inner)
    line, _ = best_picture_line(series, theirs, Line(0, 1.0, 0.0), reach_s=10.0, speeds=np.array([1.0]))
    trace = picture_trace(series, theirs, line)
    count, bits = len(trace.bits), float(np.median(trace.bits)) if len(trace.bits) else 256.0
    return (count >= 4 and bits <= _TWIN_BITS and trace.agreement >= _TWIN_AGREEMENT) or (
        count >= _RECROPPED_PICTURES and bits <= _RECROPPED_BITS and trace.agreement >= _RECROPPED_AGREEMENT
    )


def _same_sound(one: SoundPrint | None, other: SoundPrint | None) -> bool:
    if one is None or other is None:
        return False
    offsets = np.arange(-_TWIN_REACH_S, _TWIN_REACH_S + 1e-6, other.step_s / 2)
    traces = (sound_trace(one, other, Line(0, 1.0, float(offset)), reach_s=0.0) for offset in offsets)
    shares = [float(trace.share.mean()) for trace in traces if trace and len(trace.share) >= _TWIN_ITEMS]
    return min(shares, default=1.0) <= _TWIN_SHARE


def write_calibration(setting: Setting, path: Path) -> None:
    """The fit of all answers so far, as the service loads it."""
    answers = without_twins(WorkFile(setting.work / "answers.jsonl").answers(), setting)
    content = calibration(answers, datetime.now(UTC).date().isoformat())
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
