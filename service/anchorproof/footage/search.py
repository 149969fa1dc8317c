"""A clip against the archive: which stretches of it run along which programme, in picture and in sound."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from anchorproof.footage.copies import with_copies
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.picture_search import find_pictures
from anchorproof.footage.sound_search import (
    STRETCHES,
    is_covered,
    is_likely,
    sound_lines,
    sound_stretches,
    stretched_lines,
    with_sound,
)
from anchorproof.footage.stretches import ClipPrints, Stretch


def search(clip: ClipPrints, index: ArchiveIndex) -> list[Stretch]:
    """Stretches in the order of the clip's time: those with our picture, then those where only the sound is ours."""
    clip = replace(clip, stretch=cache(clip.stretch) if clip.stretch is not None else None)
    lines = sound_lines(clip.sounds, index)
    seen = None
    if clip.pictures is not None and len(clip.pictures):
        seen = find_pictures(clip.pictures, index, [line for line, _ in lines])
    stretches = seen.stretches if seen else []
    speeds = {round(stretch.line.speed, 2) for stretch in stretches if is_likely(stretch)} - {1.0}
    if not lines and clip.stretch is not None and len(clip.sounds):
        lines = stretched_lines(clip.stretch, index, sorted(speeds) or STRETCHES)
    heard = [stretch for line, sounds in lines for stretch in sound_stretches(line, sounds, index)]

    def sounded(stretch: Stretch) -> Stretch:
        return with_sound(stretch, clip, heard, index)

    found = with_copies([sounded(stretch) for stretch in stretches], seen, sounded, index) if seen else []
    return found + [stretch for stretch in heard if not is_covered(stretch, found)]
