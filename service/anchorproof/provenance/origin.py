"""All that a file declares about its origin, and the trust list that signatures are held against."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from anchorproof.errors import TrustListUnavailable
from anchorproof.provenance.aigc import find_labels
from anchorproof.provenance.credentials import read_credentials
from anchorproof.provenance.generators import find_hints
from anchorproof.types import Component, DeclaredOrigin, FileStatements, Unassessed

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_LIMIT_TRUST_LIST_BYTES = 16 * 1024**2


def read_origin(statements: FileStatements) -> tuple[DeclaredOrigin, Unassessed | None]:
    """What the file declares, and what could not be read of it."""
    origin = DeclaredOrigin(
        credentials=read_credentials(statements.manifest_store, statements.credential_error),
        labels=tuple(find_labels(statements.tags, statements.xmp_packets, statements.label_texts)),
        hints=tuple(find_hints(statements.tags)),
    )
    if not statements.failure:
        return origin, None
    words = f"not all that the file says of itself could be read: {statements.failure}"
    return origin, Unassessed("provenance", "DECLARATIONS_UNREADABLE", words)


def check_trust_list(path: Path | None) -> None:
    """Raises TrustListUnavailable unless the file holds PEM certificates (or there is none)."""
    if path is None:
        return
    try:
        with path.open(encoding="utf-8") as file:
            content = file.read(_LIMIT_TRUST_LIST_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise TrustListUnavailable("the trust list (provenance.trust_list) cannot be read as a PEM file") from error
    if _CERTIFICATE not in content:
        raise TrustListUnavailable("the trust list (provenance.trust_list) holds no certificate in PEM form")


def trust_components(path: Path | None) -> tuple[Component, ...]:
    """The library that checks signatures and the list they are held against, for the report."""
    try:
        library = Component("software", "c2pa-python", version("c2pa-python"), "")
    except PackageNotFoundError:
        return ()
    if path is None:
        return (library,)
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return library, Component("trust_list", path.name, "", digest)
