"""A small cluster of processes on a PostgreSQL server of its own, and harm done to each of its parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cluster.harm import Plan, run_harm
from tests.registries import NoPostgres

SMALL = Plan(machine_kills=1, front_end_kills=1, restarts=1, machines=2, clients=2, longest_away_s=2.0)


@pytest.mark.timeout(900)  # a dozen processes are started, on machines that may have other work
def test_postgres_cluster_keeps_every_promise_when_each_of_its_parts_dies(
    postgres: str | NoPostgres, tmp_path: Path
) -> None:
    if isinstance(postgres, NoPostgres):
        pytest.skip(str(postgres))
    results = run_harm(SMALL, tmp_path)  # on a server of its own, which the others' tests must not lose
    assert results["done"] == {"machine": 1, "front end": 1, "database": 1}
    assert results["kept"]["jobs_acknowledged"] > 0
    assert results["is_clean"], results
