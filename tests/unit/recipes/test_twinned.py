from pathlib import Path

from models.build.visual.corpus import TWINNED, Clip, twinned


def _clip(number: int, source: str, is_spoof: bool = False) -> Clip:
    return Clip(f"c{number:03d}", Path("c.mp4"), is_spoof, {"source_repo": source, "generator": "none"})


def test_a_large_source_has_no_more_twins_than_others_may_have() -> None:
    clips = [_clip(number, "large") for number in range(40)] + [_clip(100 + number, "small") for number in range(3)]
    chosen = twinned(clips)
    assert sum(clip.source == "large" for clip in chosen) == TWINNED
    assert sum(clip.source == "small" for clip in chosen) == 3


def test_no_twins_are_made_of_spoofs() -> None:
    assert twinned([_clip(1, "a", is_spoof=True)]) == []
