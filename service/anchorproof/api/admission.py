"""Whether there is room for more work, and who asks for it."""

from __future__ import annotations

import re
from pathlib import Path

from anchorproof.api.status import Context
from anchorproof.errors import Overloaded, RequestInvalid

CLIENT_KEY = "anchorproof-client"
LIMIT_CLIENT = 200

_CGROUP = Path("/sys/fs/cgroup")


def client_of(context: Context) -> str:
    """Who asks, for quotas and turns: what the caller says in the metadata, or the machine the call comes from.

    Raises:
        RequestInvalid: the name is too long.
    """
    for key, value in context.invocation_metadata() or ():
        if key == CLIENT_KEY and value:
            name = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
            if len(name) > LIMIT_CLIENT:
                raise RequestInvalid(f"{CLIENT_KEY} has {len(name)} characters; the limit is {LIMIT_CLIENT}")
            return name
    peer = str(context.peer())
    return re.sub(r":\d+$", "", peer) or "unknown"


def check_memory(spare_bytes: int) -> None:
    """Raises Overloaded when this machine, or the group of processes we belong to, is short of memory."""
    if spare_bytes and free_memory() < spare_bytes:
        raise Overloaded("the service is short of memory; try again later")


def free_memory(root: Path = _CGROUP, meminfo: Path = Path("/proc/meminfo")) -> int:
    """Bytes that can be had without swapping; a very large number where the system does not tell."""
    return min(_of_machine(meminfo), _of_group(root))


def _of_machine(meminfo: Path) -> int:
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo.read_text(encoding="ascii"), re.MULTILINE)
    except OSError:
        found = None
    return int(found[1]) * 1024 if found else 2**63


def _of_group(root: Path) -> int:
    """The limit of a container; what its page cache holds can be had."""
    try:
        limit = (root / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return 2**63
        used = int((root / "memory.current").read_text(encoding="ascii"))
        stat = (root / "memory.stat").read_text(encoding="ascii")
        cache = sum(int(count) for count in re.findall(r"^(?:inactive|active)_file (\d+)", stat, re.MULTILINE))
        return int(limit) - used + cache
    except (OSError, ValueError):
        return 2**63
