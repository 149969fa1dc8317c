"""A file sealed with a passphrase: scrypt makes the key, AES-256-GCM seals one chunk after the other.

Layout: the line ``ANCHORPROOF REGISTRY <version>``; one line of JSON (salt and cost of scrypt, prefix of the nonces);
chunks as ``length (4 bytes, big endian) | ciphertext and tag``. Each chunk is bound to both lines, to its place and to
whether it is the last, so that a file that was cut, reordered or joined does not open.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from anchorproof.errors import ArchiveUnreadable, RequestInvalid

MAGIC = b"ANCHORPROOF REGISTRY "
VERSION = 1
CHUNK_BYTES = 1024**2
SHORTEST_PASSPHRASE = 12
#: 64 MiB and about 0.2 s per guess. Source: RFC 7914; OWASP Password Storage Cheat Sheet.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**16, 8, 1
#: A file may ask for no more than this when it is opened: 1 GiB.
LIMIT_SCRYPT_N = 2**20
_LIMIT_LINE = 4096


class Sealer:
    """Writes the file; ``finish`` must be called for it to be whole."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise RequestInvalid(f"the passphrase must have at least {SHORTEST_PASSPHRASE} characters", "passphrase")
        salt, prefix = os.urandom(16), os.urandom(8)
        cost = {"n": SCRYPT_N, "r": SCRYPT_R, "p": SCRYPT_P}
        settings = {"kdf": "scrypt", **cost, "salt": salt.hex(), "nonce": prefix.hex(), "cipher": "AES-256-GCM"}
        header = MAGIC + f"{VERSION}\n{json.dumps(settings)}\n".encode()
        self._file = file
        self._chunks = _Chunks(_key(passphrase, salt, **cost), prefix, header)
        self._buffer = bytearray()
        file.write(header)

    def write(self, content: bytes) -> None:
        self._buffer += content
        while len(self._buffer) > CHUNK_BYTES:
            self._put(bytes(self._buffer[:CHUNK_BYTES]), is_last=False)
            del self._buffer[:CHUNK_BYTES]

    def finish(self) -> None:
        self._put(bytes(self._buffer), is_last=True)

    def _put(self, content: bytes, is_last: bool) -> None:
        sealed = self._chunks.close(content, is_last)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)


def unseal(file: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """The content, a chunk at a time.

    Raises:
        ArchiveUnreadable: not such a file, of a newer version, cut or altered, or the passphrase is wrong. A file that
            was cut is noticed at its end only: use nothing before the iterator is through.
    """
    first, second = file.readline(_LIMIT_LINE), file.readline(_LIMIT_LINE)
    if not first.startswith(MAGIC):
        raise ArchiveUnreadable("the file is not an exported registry")
    version = first[len(MAGIC) :].strip()
    if version != str(VERSION).encode():
        shown = version[:20].decode("ascii", "replace")
        raise ArchiveUnreadable(
            f"the file is of version {shown}, this program reads version {VERSION}: use the anchorproof that wrote it"
        )
    chunks = _Chunks(*_opened(second, passphrase), first + second)
    is_last = False
    while not is_last:
        size = int.from_bytes(_exactly(file, 4), "big")
        if not 16 <= size <= CHUNK_BYTES + 16:
            raise _damaged()
        content, is_last = chunks.open(_exactly(file, size))
        yield content
    if file.read(1):
        raise _damaged()


class _Chunks:
    def __init__(self, key: bytes, prefix: bytes, header: bytes) -> None:
        self._cipher = AESGCM(key)
        self._prefix = prefix
        self._header = header
        self._place = 0

    def close(self, content: bytes, is_last: bool) -> bytes:
        sealed = self._cipher.encrypt(self._nonce(), content, self._label(is_last))
        self._place += 1
        return sealed

    def open(self, sealed: bytes) -> tuple[bytes, bool]:
        for is_last in (False, True):
            try:
                content = self._cipher.decrypt(self._nonce(), sealed, self._label(is_last))
            except InvalidTag:
                continue
            self._place += 1
            return content, is_last
        if self._place == 0:
            raise ArchiveUnreadable("the passphrase is wrong, or the file is damaged")
        raise _damaged()

    def _nonce(self) -> bytes:
        return self._prefix + self._place.to_bytes(4, "big")

    def _label(self, is_last: bool) -> bytes:
        return self._header + (b"last" if is_last else b"more")


def _opened(line: bytes, passphrase: str) -> tuple[bytes, bytes]:
    """Key and prefix of the nonces, from the second line."""
    try:
        settings = json.loads(line)
        n, r, p = (int(settings[name]) for name in "nrp")
        salt, prefix = bytes.fromhex(settings["salt"]), bytes.fromhex(settings["nonce"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged() from error
    is_power = n > 1 and n & (n - 1) == 0
    if not is_power or n > LIMIT_SCRYPT_N or not 1 <= r <= 8 or not 1 <= p <= 4 or len(prefix) != 8:
        raise ArchiveUnreadable("the file asks for more work than any registry that this program exports")
    return _key(passphrase, salt, n, r, p), prefix


def _key(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase.encode("utf-8", "surrogatepass"))


def _exactly(file: BinaryIO, size: int) -> bytes:
    content = file.read(size)
    if len(content) != size:
        raise ArchiveUnreadable("the file ends too early: it was not copied whole")
    return content


def _damaged() -> ArchiveUnreadable:
    return ArchiveUnreadable("the file is damaged: it was altered, or not copied whole")
