"""Who asks, and whether there is memory left."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from anchorproof.api.admission import check_memory, client_of, free_memory
from anchorproof.api.status import Context
from anchorproof.errors import Overloaded, RequestInvalid


class _Call:
    def __init__(self, peer: str, *metadata: tuple[str, str | bytes]) -> None:
        self._peer = peer
        self._metadata = metadata

    def invocation_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        return self._metadata

    def peer(self) -> str:
        return self._peer


def _client(peer: str, *metadata: tuple[str, Any]) -> str:
    return client_of(cast(Context, _Call(peer, *metadata)))


def test_client_is_who_it_says_or_the_machine_it_calls_from() -> None:
    assert _client("ipv4:10.0.0.5:40000", ("anchorproof-client", "ada")) == "ada"
    assert _client("ipv4:10.0.0.5:40000") == _client("ipv4:10.0.0.5:40001") == "ipv4:10.0.0.5"
    assert _client("ipv6:%5B::1%5D:40000") == "ipv6:%5B::1%5D"
    with pytest.raises(RequestInvalid, match="201 characters"):
        _client("x", ("anchorproof-client", "a" * 201))


def test_memory_is_the_smaller_of_the_machine_s_and_the_container_s(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 8000 kB\nMemAvailable: 4000 kB\n")
    assert free_memory(tmp_path / "none", meminfo) == 4000 * 1024
    (tmp_path / "memory.max").write_text("2000000\n")
    (tmp_path / "memory.current").write_text("1500000\n")
    (tmp_path / "memory.stat").write_text("anon 1000000\ninactive_file 300000\nactive_file 100000\n")
    assert free_memory(tmp_path, meminfo) == 2_000_000 - 1_500_000 + 400_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory(tmp_path, meminfo) == 4000 * 1024
    assert free_memory(tmp_path / "none", tmp_path / "none") > 2**60


def test_work_is_turned_away_when_memory_is_short() -> None:
    check_memory(0)
    check_memory(1)
    with pytest.raises(Overloaded, match="short of memory"):
        check_memory(2**62)
