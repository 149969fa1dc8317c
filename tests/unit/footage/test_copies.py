"""One recording in several programmes: all of them are named, and the one is shown that explains the clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from anchorproof.footage.alignment import SAME_SOUND_SHARE
from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.pictures import picture_print
from anchorproof.footage.prints import NO_SOUNDS, Fingerprint
from anchorproof.footage.search import search
from anchorproof.footage.stretches import ClipPrints, Stretch
from tests.footage_samples import frames, waveform

ClipOf = Callable[..., ClipPrints]
Prints = Mapping[str, Fingerprint]


def _repeat(chromaprint: Chromaprint, start_s: float, sound_seed: int | None = 1) -> Fingerprint:
    """Twelve seconds of programme 1 as a programme of their own, with this sound or none."""
    sounds = NO_SOUNDS if sound_seed is None else chromaprint.sound_print(waveform(sound_seed, start_s, 12.0))
    return Fingerprint(picture_print(frames(1, start_s, 12.0, 2.0)), sounds)


def _named(index: ArchiveIndex, stretch: Stretch) -> list[str]:
    return [index.programme_ids[part.line.programme] for part in (stretch, *stretch.copies)]


def test_a_recording_in_two_programmes_is_found_in_both(
    fingerprints: Prints, chromaprint: Chromaprint, clip_of: ClipOf
) -> None:
    index = ArchiveIndex({**fingerprints, "repeat": _repeat(chromaprint, 6.0)})
    (stretch,) = search(clip_of(1, 8.0, 6.0), index)
    assert sorted(_named(index, stretch)) == ["programme-1", "repeat"]
    starts = {index.programme_ids[part.line.programme]: part.programme.start_s for part in (stretch, *stretch.copies)}
    assert starts["programme-1"] == pytest.approx(8.0, abs=0.3)
    assert starts["repeat"] == pytest.approx(2.0, abs=0.3)


def test_another_moment_of_the_same_look_is_no_copy(fingerprints: Prints, clip_of: ClipOf) -> None:
    index = ArchiveIndex(dict(fingerprints))
    (stretch,) = search(clip_of(1, 8.0, 6.0), index)
    assert stretch.copies == ()


@pytest.mark.parametrize("first", [True, False])
def test_the_programme_with_the_clips_sound_is_shown(
    fingerprints: Prints, chromaprint: Chromaprint, clip_of: ClipOf, first: bool
) -> None:
    """Whichever was enrolled first: a narrated version must not make the other's clip one with a foreign sound."""
    narrated = {"narrated": _repeat(chromaprint, 6.0, sound_seed=50)}
    own = {"own": _repeat(chromaprint, 6.0)}
    others = {name: fingerprints[name] for name in ("programme-2", "programme-3")}
    index = ArchiveIndex({**narrated, **others, **own} if first else {**own, **others, **narrated})
    (stretch,) = search(clip_of(1, 8.0, 6.0), index)
    assert _named(index, stretch) == ["own", "narrated"]
    assert stretch.sound is not None
    assert np.median(stretch.sound.share) <= SAME_SOUND_SHARE


def test_the_programme_that_holds_most_of_the_clip_is_shown(
    fingerprints: Prints, chromaprint: Chromaprint, clip_of: ClipOf
) -> None:
    index = ArchiveIndex({"repeat": _repeat(chromaprint, 6.0), **fingerprints})
    (stretch,) = search(clip_of(1, 2.0, 14.0), index)
    assert _named(index, stretch) == ["programme-1", "repeat"]
    assert stretch.copies[0].clip.start_s == pytest.approx(4.0, abs=0.6)  # where the repeat begins
