"""Ports that others have, secrets that are missing, certificates that are over."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from anchorproof.doctor import addresses
from anchorproof.doctor.findings import State, looked
from anchorproof.metrics.exposing import exposing
from anchorproof.metrics.meters import Meters
from tests.signing import make_signer
from tests.unit.doctor.conftest import MakeSettings, said


@pytest.fixture
def taken() -> Iterator[str]:
    """An address at which something listens that is not ours."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        plug.listen(1)
        yield f"127.0.0.1:{plug.getsockname()[1]}"


def test_free_and_impossible_addresses(make_settings: MakeSettings) -> None:
    free = make_settings(server={"listen": "127.0.0.1:0"})
    assert said(addresses.look_at_listen(free), "listen")[0] is State.SOUND
    for listen in ("nonsense", "192.0.2.1:50551"):
        assert said(addresses.look_at_listen(make_settings(server={"listen": listen})), "listen")[0] is State.BROKEN


def test_address_of_another_program_is_broken(
    make_settings: MakeSettings, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "_PATIENCE_S", 0.3)
    state, words = said(addresses.look_at_listen(make_settings(server={"listen": taken})), "listen")
    assert (state, "no service of ours" in words) == (State.BROKEN, True)


def test_metrics_are_ours_or_in_the_way(
    make_settings: MakeSettings, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "_PATIENCE_S", 0.3)
    assert said(addresses.look_at_metrics(make_settings()), "metrics")[0] is State.SKIPPED
    assert said(addresses.look_at_metrics(make_settings(metrics={"listen": taken})), "metrics")[0] is State.BROKEN
    with exposing("127.0.0.1:0", Meters().registry) as port:
        ours = make_settings(metrics={"web_listen": f"127.0.0.1:{port}"})
        state, words = said(addresses.look_at_metrics(ours), "metrics")
    assert (state, "shown at" in words) == (State.SOUND, True)


@pytest.mark.parametrize(
    ("webhooks", "secret", "state"),
    [
        ((), "", State.SKIPPED),
        (("https://a.example.test",), "short", State.BROKEN),
        (("https://a.example.test", "http://b.example.test"), "sixteen letters or more", State.WARNING),
        (("https://a.example.test",), "sixteen letters or more", State.SOUND),
    ],
)
def test_webhooks(make_settings: MakeSettings, webhooks: tuple[str, ...], secret: str, state: State) -> None:
    settings = make_settings(queue={"webhooks": webhooks}, webhook_secret=SecretStr(secret))
    assert said(addresses.look_at_webhooks(settings), "webhooks")[0] is state


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (make_signer().chain, State.SOUND),
        (make_signer(is_expired=True).chain, State.WARNING),
        (b"no certificate", State.BROKEN),
        (b"-----BEGIN CERTIFICATE-----\nno base 64\n-----END CERTIFICATE-----\n", State.BROKEN),
    ],
    ids=["valid", "over", "no list", "nonsense"],
)
def test_trust_list(make_settings: MakeSettings, tmp_path: Path, content: bytes, state: State) -> None:
    path = tmp_path / "signers.pem"
    path.write_bytes(content)
    settings = make_settings(provenance={"trust_list": path})
    assert said(looked("trust list", lambda: addresses.look_at_trust_list(settings)), "trust list")[0] is state


def test_trust_list_that_is_missing_is_broken(make_settings: MakeSettings, tmp_path: Path) -> None:
    settings = make_settings(provenance={"trust_list": tmp_path / "nowhere.pem"})
    assert said(looked("trust list", lambda: addresses.look_at_trust_list(settings)), "trust list")[0] is State.BROKEN


def test_extra_that_the_settings_need_and_is_missing_is_broken(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses.importlib.util, "find_spec", lambda _: None)
    needed = make_settings(registry_url=SecretStr("postgresql://db/x"))
    findings = list(addresses.look_at_extras(needed))
    assert said(findings, "extra: postgres")[0] is State.BROKEN
    assert said(findings, "extra: web")[0] is State.SKIPPED
