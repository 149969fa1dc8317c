"""The page that Prometheus reads, and addresses that cannot be used."""

from __future__ import annotations

import httpx
import pytest

from anchorproof.errors import RequestInvalid
from anchorproof.metrics.exposing import exposing
from anchorproof.metrics.meters import Meters
from tests.scraping import scrape


def test_page_ends_with_its_block() -> None:
    meters = Meters()
    meters.worker_started()
    with exposing("127.0.0.1:0", meters.registry) as port:
        address = f"http://127.0.0.1:{port}/metrics"
        assert scrape(address).value("anchorproof_worker_starts_total") == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(address, trust_env=False)


def test_without_an_address_nothing_listens() -> None:
    with exposing("", Meters().registry) as port:
        assert port == 0


@pytest.mark.parametrize("listen", ["9464", "127.0.0.1:", "127.0.0.1:http", "192.0.2.1:0", "127.0.0.1:70000"])
def test_address_that_cannot_be_used_is_named(listen: str) -> None:
    with pytest.raises(RequestInvalid, match=r"metrics\.listen") as caught, exposing(listen, Meters().registry):
        pass
    assert caught.value.field == "metrics.listen"


def test_address_in_use_is_named() -> None:
    with (
        exposing("127.0.0.1:0", Meters().registry) as port,
        pytest.raises(RequestInvalid, match=f"cannot show metrics on 127.0.0.1:{port}: is it free"),
        exposing(f"127.0.0.1:{port}", Meters().registry),
    ):
        pass
