"""What a file says of itself, raw: metadata tags, XMP packets, labels in its bytes, credentials (runs in the child)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import RawIOBase
from typing import Any, BinaryIO, cast

from anchorproof.errors import ClipRejected
from anchorproof.media.container import is_still, open_container
from anchorproof.media.protocol import DecodeJob, Message

LIMIT_TAGS = 256
LIMIT_KEY = 200
LIMIT_VALUE = 16 * 1024
LIMIT_PACKETS = 16
LIMIT_PACKET_BYTES = 256 * 1024
#: Parts of the file read at a time while looking for packets and labels.
_BLOCK_BYTES = 4 * 1024**2
_LIMIT_PNG_CHUNKS = 1000
_XMP = (b"<x:xmpmeta", b"</x:xmpmeta>")
_LABEL = b'"AIGC"'
_LABEL_LEAD, _LABEL_BYTES = 16, 8192
_PNG = b"\x89PNG\r\n\x1a\n"

Tag = tuple[str, str, str]


def prepared(job: DecodeJob) -> Callable[[BinaryIO, DecodeJob], Iterator[Message]]:
    """The task, with the credentials' library and the trust list loaded: nothing can be opened later.

    Raises:
        OSError: the trust list cannot be read.
    """
    from anchorproof.media.credentials import CredentialReader

    reader = CredentialReader(job.trust_list)

    def read(media: BinaryIO, job: DecodeJob) -> Iterator[Message]:
        # The tags go first: a file that makes the credentials' library fail keeps them.
        yield Message("tags", {}, _json(_tags(media, job)))
        media.seek(0)
        yield Message("packets", {}, _json(list(_packets(media))))
        media.seek(0)
        yield Message("credentials", {}, _json(reader.read(cast(RawIOBase, media))))

    return read


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()


# --------------------------------------------------------------------------- tags


def _tags(media: BinaryIO, job: DecodeJob) -> list[Tag]:
    """``(where, key, value)`` of container, streams, chapters and PNG text, as far as the limits go."""
    found = [*_container_tags(media, job), *_png_tags(media)]
    return [(where, key[:LIMIT_KEY], value[:LIMIT_VALUE]) for where, key, value in found[:LIMIT_TAGS]]


def _container_tags(media: BinaryIO, job: DecodeJob) -> Iterator[Tag]:
    media.seek(0)
    try:
        container = open_container(media, job)
    except ClipRejected:
        return
    where = "picture" if is_still(container) else "container"
    yield from ((where, str(key), str(value)) for key, value in container.metadata.items())
    for stream in container.streams:
        place = f"stream {stream.index}"
        yield from ((place, str(key), str(value)) for key, value in stream.metadata.items())


def _png_tags(media: BinaryIO) -> Iterator[Tag]:
    """Uncompressed text chunks, which the demuxer does not give; compressed ones are left alone.

    Source: Portable Network Graphics specification, third edition, section 11.3.3.
    """
    media.seek(0)
    if media.read(len(_PNG)) != _PNG:
        return
    for _ in range(_LIMIT_PNG_CHUNKS):
        head = media.read(8)
        if len(head) < 8:
            return
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind in (b"tEXt", b"iTXt") and size <= LIMIT_VALUE:
            yield from _png_text(kind, media.read(size))
            media.seek(4, 1)
        else:
            media.seek(size + 4, 1)


def _png_text(kind: bytes, content: bytes) -> Iterator[Tag]:
    key, _, rest = content.partition(b"\0")
    if kind == b"tEXt":
        yield "png text", key.decode("latin-1"), rest.decode("latin-1")
    elif rest[:1] == b"\0":  # not compressed: flag, method, language, translated keyword, text
        text = rest[2:].split(b"\0", 2)[-1]
        yield "png text", key.decode("latin-1"), text.decode("utf-8", "replace")


# --------------------------------------------------------------------------- packets


def _packets(media: BinaryIO) -> Iterator[tuple[str, str]]:
    """XMP packets (``xmp``) and JSON that begins like an AIGC label (``label``), wherever in the file they lie."""
    found = 0
    for block in _overlapping(media):
        for kind, packet in (*_xmp_packets(block), *_label_packets(block)):
            yield kind, packet.decode("utf-8", "replace")
            found += 1
            if found >= LIMIT_PACKETS:
                return


def _overlapping(media: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Blocks of the file, each with the start of the next, and how much of it is the block itself."""
    block = media.read(_BLOCK_BYTES)
    while block:
        following = media.read(_BLOCK_BYTES)
        yield block + following[:LIMIT_PACKET_BYTES], len(block)
        block = following


def _xmp_packets(block: tuple[bytes, int]) -> Iterator[tuple[str, bytes]]:
    content, own = block
    opening, closing = _XMP
    for begin in _places(content, opening, own):
        end = content.find(closing, begin, begin + LIMIT_PACKET_BYTES)
        if end >= 0:
            yield "xmp", content[begin : end + len(closing)]


def _label_packets(block: tuple[bytes, int]) -> Iterator[tuple[str, bytes]]:
    content, own = block
    for place in _places(content, _LABEL, own):
        begin = content.rfind(b"{", max(0, place - _LABEL_LEAD), place)
        if begin >= 0 and not content[begin + 1 : place].strip():
            yield "label", content[begin : begin + _LABEL_BYTES]


def _places(content: bytes, wanted: bytes, end: int) -> Iterator[int]:
    place = content.find(wanted)
    for _ in range(LIMIT_PACKETS):
        if not 0 <= place < end:
            return
        yield place
        place = content.find(wanted, place + len(wanted))
