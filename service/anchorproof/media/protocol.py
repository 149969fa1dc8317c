"""What travels between the service and its decoding child: one job in, framed messages out.

A message is ``JSON length (u32) | payload length (u32) | JSON | payload``, big-endian. The child is not trusted:
whoever reads states how long each part may be.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, BinaryIO

from anchorproof.logs import Quotable

LIMIT_HEADER_BYTES = 64 * 1024
#: The bytes of a file that is made leave in pieces of at most this.
PIECE_BYTES = 256 * 1024
_LENGTHS = struct.Struct(">II")


class Task(StrEnum):
    """What a child is started for."""

    INSPECT = "inspect"
    PICTURES = "pictures"
    SOUND = "sound"
    DECLARATIONS = "declarations"
    COPY = "copy"
    MARK = "mark"
    """One picture with its transparency."""
    TRIAL = "trial"
    """Nothing is decoded: the child tries what it should not be able to do."""


@dataclass(frozen=True, slots=True)
class DecodeJob:
    """One child's work and its budget.

    ``step_s`` is the time between sampled pictures. With ``spans`` (start and end in seconds, ascending, apart) only
    pictures inside them are sampled, and decoding ends with the last. ``trust_list`` is the operator's file of
    certificates, read before the first byte of the media.
    """

    task: Task
    limit_memory_bytes: int
    limit_cpu_s: int
    limit_pixels: int
    limit_streams: int
    limit_decoded_frames: int
    limit_duration_s: float
    step_s: float = 0.25
    limit_frames: int = 0
    long_side_px: int = 0
    sample_rate_hz: int = 0
    trust_list: str = ""
    spans: tuple[tuple[float, float], ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> DecodeJob:
        fields = json.loads(text)
        spans = tuple((float(start_s), float(end_s)) for start_s, end_s in fields["spans"])
        return cls(**fields | {"task": Task(fields["task"]), "spans": spans})


@dataclass(frozen=True, slots=True)
class Message:
    """``fields`` come from JSON.

    ``kind`` is info, picture, sound, tags, packets, credentials, piece, progress, trial, rejected, failed or end.
    """

    kind: str
    fields: dict[str, Any]
    payload: bytes | bytearray | memoryview = b""


class ProtocolBroken(Quotable):
    """The other side sent something that is not a message, or one longer than allowed."""


def write_message(stream: BinaryIO, message: Message) -> None:
    """Sends one message; raises BrokenPipeError when nobody listens any more."""
    header = json.dumps({"kind": message.kind} | message.fields).encode()
    stream.write(_LENGTHS.pack(len(header), len(message.payload)) + header)
    stream.write(message.payload)
    stream.flush()


def read_message(read_exactly: Callable[[int], bytearray], limit_payload_bytes: int) -> Message:
    """The next message.

    Args:
        read_exactly: gives that many bytes, or raises EOFError.
        limit_payload_bytes: a longer payload is refused before it is read.

    Raises:
        ProtocolBroken: over a limit, or not the JSON object we expect.
        EOFError: the stream ended.
    """
    header_bytes, payload_bytes = _LENGTHS.unpack(read_exactly(_LENGTHS.size))
    if header_bytes > LIMIT_HEADER_BYTES or payload_bytes > limit_payload_bytes:
        raise ProtocolBroken(f"message of {header_bytes} + {payload_bytes} bytes")
    header = _parse(bytes(read_exactly(header_bytes)))
    return Message(header.pop("kind"), header, read_exactly(payload_bytes))


def _parse(header: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(header)
    except ValueError as error:
        raise ProtocolBroken("header is not JSON") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("kind"), str):
        raise ProtocolBroken("header is not an object with a kind")
    return fields
