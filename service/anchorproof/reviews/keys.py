"""The key that signs the audit log's newest entry: Ed25519, in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anchorproof.errors import AuditKeyUnusable

_NOTE = "# Signs the audit log of the anchorproof reviewers' desk: keep a copy apart from the database's backups.\n"


class LogKey:
    """Signs and checks heads of the log. ``key_id`` names the key and tells nothing about it."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self._public = private.public_key()
        self.key_id = _key_id(self._public)

    @property
    def public_hex(self) -> str:
        """The public key, for those who check a head elsewhere."""
        return self._public.public_bytes_raw().hex()

    def sign(self, content: bytes) -> str:
        return self._private.sign(content).hex()

    def is_signed(self, content: bytes, signature: str) -> bool:
        try:
            self._public.verify(bytes.fromhex(signature), content)
        except (InvalidSignature, ValueError):
            return False
        return True


def open_key(path: Path) -> LogKey:
    """The key in the file; a new one in a new file when there is none.

    Raises:
        AuditKeyUnusable: the file cannot be read or made, or holds no key.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditKeyUnusable(
            "the audit log's key file (audit_key_file) cannot be read or made; check its folder, owner and permissions"
        ) from error
    words = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    try:
        (word,) = words
        return LogKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(word)))
    except ValueError as error:
        raise AuditKeyUnusable("the audit log's key file must hold one key of 64 hexadecimal digits") from error


def _make(path: Path) -> None:
    """A new key, whole or not at all; the key of whoever made it first, at a race."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{_NOTE}{Ed25519PrivateKey.generate().private_bytes_raw().hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _key_id(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(b"anchorproof audit key\0" + key.public_bytes_raw()).hexdigest()[:12]
