"""What tests of several rooms share."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest

from tests.registries import NoPostgres, fresh_database, postgres_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("ANCHORPROOF_TEST_SLOW") == "1":
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="takes minutes (make test-slow)"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | NoPostgres]:
    """The address of a server, or why there is none."""
    with contextlib.ExitStack() as stack:
        try:
            found: str | NoPostgres = stack.enter_context(postgres_server())
        except NoPostgres as reason:
            found = reason
        yield found


@pytest.fixture
def postgres_url(postgres: str | NoPostgres) -> Iterator[str]:
    """The address of an empty database of the test's own."""
    if isinstance(postgres, NoPostgres):
        pytest.skip(str(postgres))
    with fresh_database(postgres) as url:
        yield url
