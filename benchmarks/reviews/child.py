"""The desk's services until killed: ``python -m benchmarks.reviews.child DATA_DIR [LISTEN]`` prints its address."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from anchorproof.reviews.desk import open_desk
from anchorproof.settings import Settings
from benchmarks.reviews.queue import served


def main() -> None:
    settings = Settings(data_dir=Path(sys.argv[1]))
    listen = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1:0"
    with open_desk(settings) as desk, served(settings, desk, listen) as target:
        print(target, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
