"""Chromaprint's sound fingerprints, from the library compiled to WebAssembly that this package carries.

It runs in wasmtime, which has no way out to files or the network: the few functions that the library asks its host for
are the ones below, and they do nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import ModelUnavailable
from anchorproof.footage.prints import NO_SOUNDS, SOUND_STEP_S, SoundPrint
from anchorproof.types import Waveform

#: models/cards/chromaprint.md says where it comes from.
SHA256 = "7d31fa9acfc575b726f809e6441aff1d618c022b0d24f980db77075b0011b9ad"
MODEL_ID = "chromaprint-2"
#: CHROMAPRINT_ALGORITHM_TEST2, the library's default.
_ALGORITHM = 1
_CHUNK_SAMPLES = 65_536
_PAGE_BYTES = 65_536


class Chromaprint:
    """One instance of the library; not for several threads at once.

    Raises:
        ModelUnavailable: the file is missing or is not the one this program was made for.
    """

    @cached_property
    def _library(self) -> _Library:
        return _Library(_read_module())

    def sound_print(self, waveform: Waveform) -> SoundPrint:
        """The waveform's fingerprint; empty for less than about 2.7 s of sound."""
        samples = np.clip(waveform.samples * 32_767, -32_768, 32_767).astype("<i2")
        items = self._library.fingerprint(samples, waveform.sample_rate_hz)
        return SoundPrint(items, waveform.start_s, SOUND_STEP_S) if len(items) else NO_SOUNDS


def _read_module() -> bytes:
    try:
        content = (files("anchorproof.models") / "footage" / "chromaprint.wasm").read_bytes()
    except OSError as error:
        raise ModelUnavailable("the sound fingerprinting library (chromaprint.wasm) is missing") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ModelUnavailable("the sound fingerprinting library (chromaprint.wasm) is not the one that belongs here")
    return content


class _Library:
    """The library's C functions over its own memory."""

    def __init__(self, module: bytes) -> None:
        import wasmtime  # compiles at first use only: most processes never need it

        engine = wasmtime.Engine()
        compiled = wasmtime.Module(engine, module)
        self._store = wasmtime.Store(engine)
        asked: list[Any] = list(compiled.imports)
        imports = [wasmtime.Func(self._store, item.type, self._host(item.name)) for item in asked]
        self._exports = wasmtime.Instance(self._store, compiled, imports).exports(self._store)
        self._memory: Any = self._exports["memory"]
        self._call("__wasm_call_ctors")

    def fingerprint(self, samples: NDArray[np.int16], sample_rate_hz: int) -> NDArray[np.uint32]:
        """Chromaprint's items of mono 16-bit samples."""
        context = self._call("chromaprint_new", _ALGORITHM)
        buffer = self._call("malloc", 2 * _CHUNK_SAMPLES)
        try:
            self._must("chromaprint_start", context, sample_rate_hz, 1)
            for first in range(0, len(samples), _CHUNK_SAMPLES):
                part = samples[first : first + _CHUNK_SAMPLES]
                self._memory.write(self._store, part.tobytes(), buffer)
                self._must("chromaprint_feed", context, buffer, len(part))
            self._must("chromaprint_finish", context)
            return self._items(context)
        finally:
            self._call("free", buffer)
            self._call("chromaprint_free", context)

    def _items(self, context: int) -> NDArray[np.uint32]:
        place = self._call("malloc", 8)
        try:
            self._must("chromaprint_get_raw_fingerprint", context, place, place + 4)
            address, count = (int(word) for word in np.frombuffer(self._read(place, 8), "<u4"))
            items = np.frombuffer(self._read(address, 4 * count), "<u4").astype(np.uint32)
            self._call("free", address)
            return items
        finally:
            self._call("free", place)

    def _read(self, address: int, count: int) -> bytes:
        return bytes(self._memory.read(self._store, address, address + count))

    def _call(self, name: str, *arguments: int) -> int:
        function: Any = self._exports[name]
        return int(function(self._store, *arguments) or 0)

    def _must(self, name: str, *arguments: int) -> None:
        if not self._call(name, *arguments):
            raise ModelUnavailable(f"the sound fingerprinting library refused its work ({name})")

    def _host(self, name: str) -> Callable[..., Any]:
        """What stands behind one function that the library imports."""

        def no_environment(count_address: int, bytes_address: int) -> int:
            for address in (count_address, bytes_address):
                self._memory.write(self._store, bytes(4), address)
            return 0

        def fixed_bytes(address: int, count: int) -> int:
            # Seeds hash tables of the C++ runtime; fixed, so that results do not vary.
            self._memory.write(self._store, b"\x01" * count, address)
            return 0

        def grow(wanted_bytes: int) -> int:
            pages = -(-(wanted_bytes - self._memory.data_len(self._store)) // _PAGE_BYTES)
            self._memory.grow(self._store, pages)
            return 1

        def refused(*_: Any) -> Any:
            raise ModelUnavailable(f"the sound fingerprinting library broke off ({name})")

        known: dict[str, Callable[..., Any]] = {
            "environ_sizes_get": no_environment,
            "environ_get": lambda *_: 0,
            "random_get": fixed_bytes,
            "emscripten_resize_heap": grow,
            "emscripten_get_now": lambda: 0.0,
            "emscripten_date_now": lambda: 0.0,
        }
        return known.get(name, refused)
