"""ONNX networks of a few hundred bytes, written field by field: the tests need no package that makes networks.

The encoding is protocol buffers' wire format; field numbers are those of onnx.proto3 (IR version 8, operator set 13).
"""

from __future__ import annotations

from collections.abc import Sequence

FLOAT = 1
INTS = 7
INT = 2


def mean_of_channels(
    side_px: int | None = None,
    batch: int | None = None,
    layout: str = "nchw",
    over_batch: bool = False,
    operator: str = "ReduceMean",
) -> bytes:
    """A network from ``x`` to ``means`` ``(n, 3)``: each channel's mean over the picture.

    ``side_px`` and ``batch`` None: any. ``over_batch``: it wrongly takes the mean over the batch too. ``operator``:
    what it takes instead of the mean.
    """
    side, count = side_px or "side", batch or "n"
    axes = [2, 3] if layout == "nchw" else [1, 2]
    shape = [count, 3, side, side] if layout == "nchw" else [count, side, side, 3]
    if over_batch:
        axes = [0, *axes]
    node = _text(1, "x") + _text(2, "means") + _text(4, operator) + _ints("axes", axes) + _int("keepdims", 0)
    graph = (
        _bytes(1, node)
        + _text(2, "tiny")
        + _bytes(11, _tensor("x", shape))
        + _bytes(12, _tensor("means", [3] if over_batch else [count, 3]))
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, 13))


def mean_and_largest(names: tuple[str, str] = ("score", "quality")) -> bytes:
    """A network from ``samples`` ``(n, samples)`` to each row's mean and largest value ``(n,)``, named so."""
    nodes = b"".join(
        _bytes(1, _text(1, "samples") + _text(2, name) + _text(4, operator) + _ints("axes", [1]) + _int("keepdims", 0))
        for name, operator in zip(names, ("ReduceMean", "ReduceMax"), strict=True)
    )
    outputs = b"".join(_bytes(12, _tensor(name, ["n"])) for name in names)
    graph = nodes + _text(2, "tiny") + _bytes(11, _tensor("samples", ["n", "samples"])) + outputs
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _text(1, "") + _number(2, 13))


def _tensor(name: str, shape: Sequence[int | str]) -> bytes:
    sides = b"".join(_bytes(1, _number(1, side) if isinstance(side, int) else _text(2, side)) for side in shape)
    return _text(1, name) + _bytes(2, _bytes(1, _number(1, FLOAT) + _bytes(2, sides)))


def _ints(name: str, values: Sequence[int]) -> bytes:
    return _bytes(5, _text(1, name) + b"".join(_number(8, value) for value in values) + _number(20, INTS))


def _int(name: str, value: int) -> bytes:
    return _bytes(5, _text(1, name) + _number(3, value) + _number(20, INT))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
