"""A machine of workers in a process of its own, as ``anchorproof worker`` runs it, with another load.

Run as ``python -m benchmarks.cluster.worker LOAD``.
"""

from __future__ import annotations

import asyncio
import sys
import threading

from anchorproof.settings import Settings
from anchorproof.worker import work
from benchmarks.chaos.server import end_with_bench

WORKS = "works"


def main() -> None:
    threading.Thread(target=end_with_bench, daemon=True).start()
    asyncio.run(work(Settings(), lambda: print(WORKS, flush=True), sys.argv[1]))


if __name__ == "__main__":
    main()
