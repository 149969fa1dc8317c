"""A network of one operator, written byte by byte: the tests need no package that writes ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FLOAT, INTS, INT = 1, 7, 2


def write_mean(path: Path, shape: Sequence[int | str], axes: Sequence[int], keep: bool) -> None:
    """``y = ReduceMean(x)`` over ``axes``; a dimension that is a word is free."""
    attributes = [
        _text(1, "axes") + b"".join(_number(8, axis) for axis in axes) + _number(20, INTS),
        _text(1, "keepdims") + _number(3, int(keep)) + _number(20, INT),
    ]
    node = _text(1, "x") + _text(2, "y") + _text(4, "ReduceMean") + b"".join(_part(5, one) for one in attributes)
    left = [size for place, size in enumerate(shape) if place not in axes or keep]
    graph = _part(1, node) + _text(2, "g") + _part(11, _value("x", shape)) + _part(12, _value("y", ["n"] * len(left)))
    path.write_bytes(_number(1, 8) + _part(7, graph) + _part(8, _text(1, "") + _number(2, 13)))


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = b"".join(_part(1, _number(1, size) if isinstance(size, int) else _text(2, size)) for size in shape)
    return _text(1, name) + _part(2, _part(1, _number(1, FLOAT) + _part(2, sizes)))


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, content: str) -> bytes:
    return _part(field, content.encode())
