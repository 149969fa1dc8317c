"""`anchorproof doctor` as an operator runs it; and a server that does not start over something that is not fit."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Shell
from tests.media_samples import Image, write_still

#: As root there is always one thing to look at: that this is root.
FINE = 1 if os.geteuid() == 0 else 0


def _findings(text: str) -> dict[str, dict[str, Any]]:
    return {finding["check"]: finding for finding in map(json.loads, text.splitlines())}


def _states(findings: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {check: finding["state"] for check, finding in findings.items()}


def test_fresh_installation_is_sound_and_left_untouched(anchorproof: Shell) -> None:
    done = anchorproof("doctor", "--json", ANCHORPROOF_SERVER__LISTEN="127.0.0.1:0")
    findings = _findings(done.stdout)
    assert done.code == FINE, findings
    assert {"networks", "ONNX Runtime", "calibrations", "decoding", "confinement", "disk"} <= set(findings)
    assert "broken" not in _states(findings).values()
    assert not anchorproof.data_dir.exists()


def test_everything_that_is_broken_is_told_at_once_with_what_to_do(
    anchorproof: Shell, portrait: Image, tmp_path: Path
) -> None:
    picture = write_still(tmp_path / "ada.png", portrait)
    enrolled = anchorproof("enrol", "Ada", picture, "--create", "--override", "made by this test")
    assert enrolled.code == 0, enrolled.stderr
    data = anchorproof.data_dir
    (data / "registry.key").unlink()
    (data / "reports.sqlite3").write_bytes(b"no database" * 1000)
    data.chmod(0o755)
    (data / "registry.sqlite3").chmod(0o644)
    models = data / "models"
    models.mkdir()
    (models / "manifest.json").write_text("{ no manifest")
    done = anchorproof(
        "doctor",
        "--json",
        ANCHORPROOF_SERVER__LISTEN="192.0.2.1:1",
        ANCHORPROOF_UPLOADS__SPARE_DISK_BYTES=str(2**60),
        ANCHORPROOF_QUEUE__WEBHOOKS="https://hooks.example.test",
    )
    findings = _findings(done.stdout)
    assert done.code == 2
    wrong = {check for check, finding in findings.items() if finding["state"] == "broken"}
    assert wrong == {
        *("registry key", "database: report store", "permissions", "networks", "listen", "disk", "webhooks")
    }
    assert all(findings[check]["todo"] for check in wrong)
    assert findings["decoding"]["state"] == "sound"
    people = anchorproof("doctor", ANCHORPROOF_SERVER__LISTEN="192.0.2.1:1")
    assert people.code == 2
    assert "→ chmod go-rwx" in people.stdout
    assert f"{people.stdout.count('broken   ')} broken" in people.stdout.splitlines()[-1]


@pytest.mark.parametrize("content", ["[server]\nworkers = 'many'\n", "no TOML at all ["])
def test_settings_that_cannot_be_read_are_told_and_the_rest_is_looked_at(
    anchorproof: Shell, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    done = anchorproof("--config", file, "doctor", "--json")
    findings = _findings(done.stdout)
    assert done.code == 2
    assert findings["settings"]["state"] == "broken"
    assert "settings" in findings["settings"]["words"]
    assert findings["networks"]["state"] == "sound"


def test_running_service_is_recognised(anchorproof: Shell, serve: Any) -> None:
    served = serve("--metrics", "127.0.0.1:0")
    done = anchorproof("doctor", "--json", ANCHORPROOF_SERVER__LISTEN=served.target)
    findings = _findings(done.stdout)
    assert done.code == FINE, findings
    assert "serves" in findings["listen"]["words"]
    assert {"database: registry", "database: queue", "registry key"} <= {
        check for check, finding in findings.items() if finding["state"] in ("sound", "skipped")
    }
    assert findings["database: queue"]["state"] == "sound"


@pytest.mark.parametrize("store", ["queue", "registry", "reviews"])
def test_server_does_not_start_over_a_newer_database(anchorproof: Shell, store: str) -> None:
    path = anchorproof.data_dir / f"{store}.sqlite3"
    anchorproof.data_dir.mkdir(mode=0o700)
    ids = {"queue": 0x414E4351, "registry": 0x414E4352, "reviews": 0x414E4356}
    with closing(sqlite3.connect(path)) as database:
        database.executescript(f"CREATE TABLE t (x); PRAGMA user_version = 99; PRAGMA application_id = {ids[store]};")
    done = anchorproof("serve", "--listen", "127.0.0.1:0", "--workers", "1")
    assert done.code == 5
    assert "written by a newer anchorproof (schema 99" in done.stderr
    assert "anchorproof doctor" in done.stderr
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (99,)


def test_server_does_not_start_with_a_network_that_was_changed(anchorproof: Shell, tmp_path: Path) -> None:
    from tests.tiny_networks import mean_of_channels

    (tmp_path / "theirs.onnx").write_bytes(mean_of_channels(side_px=32, batch=1, layout="nhwc"))
    described = ["side_px=32", "batch=1", 'layout="nhwc"', "mean=127.5", "scale=127.5", "output_index=1"]
    said = [word for value in described for word in ("--parameter", value)]
    choice = ["--like", "picture-classifier", "--id", "theirs-1", "--higher-means", "bona_fide"]
    assert anchorproof("models", "add", tmp_path / "theirs.onnx", *choice, *said).code == 0
    assert anchorproof("models", "use", "theirs-1", "--for", "visual_detector").code == 0
    (anchorproof.data_dir / "models" / "theirs-1.onnx").write_bytes(b"something else")
    for command in ("serve", "worker"):
        done = anchorproof(command, "--workers", "1", ANCHORPROOF_SERVER__LISTEN="127.0.0.1:0")
        assert done.code == 5
        assert "is not the file the manifest describes" in done.stderr
        assert "anchorproof doctor" in done.stderr
