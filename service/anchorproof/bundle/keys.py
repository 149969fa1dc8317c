"""Ed25519 keys of bundles: the private one signs here, the public one is given to whoever is to verify.

Source: RFC 8032; keys as PEM (PKCS 8, SubjectPublicKeyInfo).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anchorproof.errors import BundleKeyUnusable

_PEM = serialization.Encoding.PEM


class SigningKey:
    """The private key, as far as bundles need it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def load_or_make(cls, path: Path) -> SigningKey:
        """The key in the file, which is made, readable by its owner alone, where there is none.

        Raises:
            BundleKeyUnusable: the file is there and is no Ed25519 private key, or cannot be read or made.
        """
        try:
            if not path.exists():
                _make(path)
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise BundleKeyUnusable(f"the key that signs bundles cannot be read or made: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BundleKeyUnusable("the file of the key that signs bundles holds no readable private key") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BundleKeyUnusable("the key that signs bundles must be an Ed25519 key")
        return cls(key)

    def sign(self, content: bytes) -> bytes:
        """64 bytes; the same content gives the same signature."""
        return self._key.sign(content)

    @property
    def public_pem(self) -> bytes:
        return self._key.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


class VerifyingKey:
    """A public key."""

    def __init__(self, pem: bytes) -> None:
        """Raises BundleKeyUnusable."""
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise BundleKeyUnusable(
                "this is no public key: give the PEM file that `anchorproof bundle key` prints where bundles are made"
            ) from error
        if not isinstance(key, Ed25519PublicKey):
            raise BundleKeyUnusable("the public key must be an Ed25519 key")
        self._key = key

    def accepts(self, signature: bytes, content: bytes) -> bool:
        try:
            self._key.verify(signature, content)
        except InvalidSignature:
            return False
        return True

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the raw key, hexadecimal: what two people read to each other."""
        raw = self._key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return hashlib.sha256(raw).hexdigest()


def _make(path: Path) -> None:
    """Written in one step; of two processes that make one at once, the first stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = Ed25519PrivateKey.generate().private_bytes(
        _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        fresh.unlink()
