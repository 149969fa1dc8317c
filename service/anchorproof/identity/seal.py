"""Templates are sealed before they are stored: AES-256-GCM, with a key that lies outside of the database.

A sealed text is ``nonce (12 bytes) | ciphertext | tag (16 bytes)``. Its label (whose template it is, of which model) is
authenticated with it, so that a sealed template cannot be moved to another anchor's enrolment.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from anchorproof.errors import RegistryLocked

KEY_BYTES = 32
NONCE_BYTES, TAG_BYTES = 12, 16
OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES
#: Text whose sealed form tells a wrong key.
KNOWN_TEXT = b"anchorproof registry"

_KEY = re.compile(r"[0-9a-fA-F]{64}")


class Seal:
    """A ring of keys: the first seals, any of them opens.

    Args:
        keys: 32 bytes each, at least one.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a seal needs keys of {KEY_BYTES} bytes")
        self.keys = tuple(keys)
        self.key_id = key_id(keys[0])
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}

    @classmethod
    def generate(cls) -> Seal:
        """With a new key that is kept nowhere: for tests and for registries that end with the process."""
        return cls([secrets.token_bytes(KEY_BYTES)])

    def __contains__(self, name: str) -> bool:
        return name in self._ciphers

    def close(self, content: bytes, label: str) -> bytes:
        """Sealed by the first key; ``label`` must be given to open it again."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._ciphers[self.key_id].encrypt(nonce, content, label.encode())

    def open(self, sealed: bytes, label: str, name: str) -> bytes:
        """What was sealed by the key called ``name``.

        Raises:
            RegistryLocked: that key is not in the ring, or the text was changed or belongs to another label.
        """
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise wrong_key(name)
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
        except InvalidTag as error:
            raise RegistryLocked(
                "a sealed template does not open: it was altered outside of anchorproof; restore the registry from a "
                "backup"
            ) from error


def key_id(key: bytes) -> str:
    """A name for a key that tells nothing about it."""
    return hashlib.sha256(b"anchorproof key id\0" + key).hexdigest()[:12]


def wrong_key(name: str) -> RegistryLocked:
    return RegistryLocked(
        f"the registry's templates are sealed with key {name}, which is not the one given: name the right key by "
        "registry_key_file or ANCHORPROOF_REGISTRY_KEY; without it they cannot be read by anybody"
    )


# --------------------------------------------------------------------------- where keys come from


def parse_keys(text: str, source: str) -> list[bytes]:
    """Keys as 64 hexadecimal digits, separated by commas or lines; lines that begin with ``#`` are notes.

    Raises:
        RegistryLocked: there is none, or one is not a key.
    """
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    words = [word for line in lines for word in re.split(r"[,\s]+", line) if word]
    if not words or not all(map(_KEY.fullmatch, words)):
        raise RegistryLocked(f"{source} must hold keys of 64 hexadecimal digits (openssl rand -hex 32 makes one)")
    return [bytes.fromhex(word) for word in words]


def read_key_file(path: Path) -> list[bytes] | None:
    """The keys in the file, or None when there is no file."""
    try:
        return parse_keys(path.read_text(encoding="ascii"), "the registry's key file")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RegistryLocked("the registry's key file cannot be read; check its owner and permissions") from error


def make_key_file(path: Path) -> list[bytes]:
    """A new key in a new file that only the owner can read; the keys of whoever made it first, at a race."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        _write(fresh, [secrets.token_bytes(KEY_BYTES)])
        try:
            os.link(fresh, path)  # fails where another process was first; never replaces a key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    except OSError as error:
        raise RegistryLocked(f"the registry's key file cannot be made: {error.strerror}") from error
    keys = read_key_file(path)
    if keys is None:
        raise RegistryLocked("the registry's key file vanished while it was made")
    return keys


def replace_key_file(path: Path, keys: Sequence[bytes]) -> None:
    """The file with these keys, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write(fresh, keys)
        fresh.replace(path)
    except OSError as error:
        raise RegistryLocked(f"the registry's key file cannot be replaced: {error.strerror}") from error


def _write(path: Path, keys: Sequence[bytes]) -> None:
    note = "# Opens the templates of the anchorproof registry: keep a copy apart from the database's backups.\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(note + "".join(f"{key.hex()}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
