"""A short newscast for workers that really look: a public-domain portrait, a synthetic voice (the ``demo`` extra)."""

from __future__ import annotations

from pathlib import Path

_TEXT = "Good evening. The council has approved the new budget after a long debate."


def write(path: Path) -> Path:
    """An MP4 of about five seconds, 720p, with one face and speech."""
    from benchmarks.demo.clips import Take, astronaut, write_newscast
    from benchmarks.demo.speech import neural_voice

    write_newscast(path, astronaut(), neural_voice(_TEXT), Take("BENCH (synthetic stand-in)"))
    return path
