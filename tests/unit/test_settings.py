"""Settings from variables: what a deployment can say without a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from anchorproof.settings import Settings


@pytest.mark.parametrize(
    "given",
    ['["https://a.example.test/x", "https://b.example.test"]', "https://a.example.test/x, https://b.example.test"],
    ids=["JSON", "commas"],
)
def test_list_can_be_given_by_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str) -> None:
    monkeypatch.setenv("ANCHORPROOF_QUEUE__WEBHOOKS", given)
    monkeypatch.setenv("ANCHORPROOF_QUEUE__SOURCES", "file:///srv/clips")
    queue = Settings(data_dir=tmp_path).queue
    assert queue.webhooks == ("https://a.example.test/x", "https://b.example.test")
    assert queue.sources == ("file:///srv/clips",)


def test_empty_variable_is_an_empty_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANCHORPROOF_QUEUE__SOURCES", "")
    assert Settings(data_dir=tmp_path).queue.sources == ()


@pytest.mark.parametrize("given", ["[1, 2]", "[not json"])
def test_list_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str) -> None:
    monkeypatch.setenv("ANCHORPROOF_QUEUE__SOURCES", given)
    with pytest.raises(ValidationError, match=r"queue\.sources"):
        Settings(data_dir=tmp_path)


def test_list_can_be_given_by_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[queue]\nsources = ["s3://incoming"]\n[metrics]\nlisten = "127.0.0.1:9464"\n')
    monkeypatch.setenv("ANCHORPROOF_CONFIG", str(file))
    settings = Settings(data_dir=tmp_path)
    assert settings.queue.sources == ("s3://incoming",)
    assert settings.metrics.listen == "127.0.0.1:9464"
