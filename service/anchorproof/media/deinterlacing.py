"""Whole pictures from interlaced ones (runs in the child)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.filter import Graph


def deinterlaced(before: Any | None, frame: Any, after: Any | None) -> Any:
    """The frame with its second field interpolated from the field around it and from its neighbours in time.

    One graph per sampled picture: only the pictures that are looked at cost anything. Neighbours of another size are
    ignored. Filter: bwdif (BBC, Weston 3-field with the motion test of yadif).
    """
    window = [near for near in (before, frame, after) if near is not None and _alike(near, frame)]
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 25), name="in"
    )
    bwdif = graph.add("bwdif", "mode=send_frame:parity=auto:deint=all")
    source.link_to(bwdif)
    bwdif.link_to(graph.add("buffersink"))
    graph.configure()
    for position, near in enumerate(window):
        near.pts, near.time_base = position, Fraction(1, 25)
        graph.vpush(near)
    graph.vpush(None)
    for _ in range(window.index(frame)):
        graph.vpull()
    return graph.vpull()


def _alike(one: Any, other: Any) -> bool:
    return (one.width, one.height, one.format.name) == (other.width, other.height, other.format.name)
