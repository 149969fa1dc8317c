"""``python -m benchmarks.reviews queue | page | kills | page-kills``: see benchmarks/results/reviews/README.md."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path

from benchmarks.reviews import queue


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reviews", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    asked = commands.add_parser("queue", help="pages of a long queue, with every kind of filter, over gRPC")
    asked.add_argument("--reviews", type=int, default=100_000)
    asked.add_argument("--decided", type=int, default=500)
    asked.add_argument("--calls", type=int, default=100, help="per filter")
    killed = commands.add_parser("kills", help="kill -9 in the middle of decisions")
    killed.add_argument("--kills", type=int, default=50, help="that hit a decision")
    cut = commands.add_parser("page-kills", help="kill -9 in the middle of decisions made in a browser")
    cut.add_argument("--kills", type=int, default=50, help="that hit a decision")
    seen = commands.add_parser("page", help="the queue's page in Chromium, with a long queue behind it")
    seen.add_argument("--reviews", type=int, default=100_000)
    seen.add_argument("--loads", type=int, default=25, help="per address")
    for command in (asked, seen, killed, cut):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--out", type=Path, help="write the figures here, as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anchorproof-desk-") as folder:
        if arguments.command == "queue":
            found = _queue(Path(folder), arguments)
        elif arguments.command == "page":
            from benchmarks.reviews import page

            found = _page(page.measure(Path(folder), arguments.reviews, arguments.loads, arguments.seed), arguments)
        elif arguments.command == "page-kills":
            from benchmarks.reviews import page_kills

            found = page_kills.run(Path(folder), arguments.kills, arguments.seed)
        else:
            from benchmarks.reviews import kills

            found = kills.run(Path(folder), arguments.kills, arguments.seed)
    text = json.dumps(found, indent=1)
    print(text)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n")


def _queue(folder: Path, arguments: argparse.Namespace) -> dict[str, object]:
    timed = queue.measure(folder, arguments.reviews, arguments.decided, arguments.calls, arguments.seed)
    wall = tuple(value for one in timed for value in one.wall_ms)
    whole = queue.Timed("all of them", wall, tuple(value for one in timed for value in one.cpu_ms))
    return {
        "reviews": arguments.reviews,
        "decided": arguments.decided,
        "page": queue.PAGE_ROWS,
        "seed": arguments.seed,
        "cores": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
        "all": whole.summary(),
        "filters": [one.summary() for one in timed],
    }


def _page(found: dict[str, object], arguments: argparse.Namespace) -> dict[str, object]:
    load = [round(value, 2) for value in os.getloadavg()]
    return {"reviews": arguments.reviews, "seed": arguments.seed, "cores": os.cpu_count(), "load": load, **found}


if __name__ == "__main__":
    main()
