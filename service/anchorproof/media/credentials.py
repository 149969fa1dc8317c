"""Content credentials (C2PA) of a file as the library reports them (runs in the child)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import c2pa

from anchorproof.media.container import OpenFile

#: A longer report is not sent: manifests hold thumbnails and lists without bounds.
LIMIT_STORE_CHARS = 2 * 1024**2
_LIMIT_ERROR = 300
_BUFFER_BYTES = 256 * 1024


class CredentialReader:
    """Verifies against the certificates in ``trust_list`` (PEM; empty: nobody is trusted); never asks the network."""

    def __init__(self, trust_list: str) -> None:
        offline = {"remote_manifest_fetch": False, "ocsp_fetch": False}
        settings: dict[str, Any] = {"verify": {"verify_after_reading": True, "verify_trust": True, **offline}}
        if trust_list:
            settings["trust"] = {"trust_anchors": Path(trust_list).read_text(encoding="utf-8")}
        self._context = c2pa.Context.from_dict(settings)

    def read(self, media: io.RawIOBase) -> dict[str, str]:
        """``store``, the manifest store as JSON, or ``error``: the library's class and words; both empty: none."""
        try:
            with c2pa.Reader(None, _ReadOnly(io.BufferedReader(media, _BUFFER_BYTES)), context=self._context) as reader:
                store = reader.json()
        except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
            return {"store": "", "error": ""}
        except c2pa.C2paError as error:
            return {"store": "", "error": f"{type(error).__name__}: {error}"[:_LIMIT_ERROR]}
        if len(store) > LIMIT_STORE_CHARS:
            return {"store": "", "error": "TooLong: the manifest store is longer than we read"}
        return {"store": store, "error": ""}


class _ReadOnly(OpenFile):
    """The library asks for writing too; it gets none."""

    def write(self, content: bytes) -> int:
        raise io.UnsupportedOperation(f"{len(content)} bytes to a file that is only read")

    def flush(self) -> None:
        pass
