"""Deployment files: every setting in them is one of ours, every command line is understood, systemd and compose accept
them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from anchorproof.cli import app
from anchorproof.settings import Settings

DEPLOY = Path(__file__).parents[2] / "service" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
#: Read before there are settings.
OUTSIDE = {"ANCHORPROOF_CONFIG", "ANCHORPROOF_AT"}
_SETTING = re.compile(r"(ANCHORPROOF_[A-Z0-9_]+)=(.*)")


def _compose() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def _directives(unit: Path) -> Iterator[tuple[str, str]]:
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, is_set, value = line.partition("=")
        if is_set and not line.startswith("#"):
            yield name, value


def _settings_in_files() -> Iterator[tuple[str, str, str]]:
    """File, variable and value; those that stand behind a comment sign as examples, too."""
    for unit in UNITS:
        for name, value in _directives(unit):
            if name == "Environment":
                yield unit.name, *value.split("=", 1)  # type: ignore[misc]
    for line in (DEPLOY / "systemd" / "anchorproof.env").read_text(encoding="utf-8").splitlines():
        if found := _SETTING.fullmatch(line.removeprefix("#")):
            yield "anchorproof.env", found[1], found[2]
    for name, service in _compose()["services"].items():
        for variable, value in service["environment"].items():
            if variable.startswith("ANCHORPROOF_"):
                yield name, variable, re.sub(r"\$\{\w+:\?[^}]*\}", "secret", value)
    for found in re.finditer(r"(ANCHORPROOF_\w+)=(\S+)", (DEPLOY / "compose" / "Containerfile").read_text()):
        yield "Containerfile", found[1], found[2]


@pytest.mark.parametrize(("file", "variable", "value"), list(_settings_in_files()))
def test_every_setting_is_one_of_ours_and_has_a_value_that_it_takes(
    file: str, variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert variable in OUTSIDE or _is_known(variable), f"{file}: {variable} is no setting"
    for name in [name for name in os.environ if name.startswith("ANCHORPROOF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv(variable, value)
    Settings()


def _is_known(variable: str) -> bool:
    kind: Any = Settings
    for part in variable.removeprefix("ANCHORPROOF_").lower().split("__"):
        if kind is Settings:
            found = Settings.model_fields.get(part)
            kind = found.annotation if found else None
        else:
            kind = (
                next((field.type for field in fields(kind) if field.name == part), None) if is_dataclass(kind) else None
            )
        if kind is None:
            return False
    return True


def test_misspelt_setting_would_be_noticed() -> None:
    assert _is_known("ANCHORPROOF_SERVER__TAKES_JOBS")
    assert not _is_known("ANCHORPROOF_SERVER__TAKE_JOBS")
    assert not _is_known("ANCHORPROOF_SERVERS__TAKES_JOBS")
    assert not _is_known("ANCHORPROOF_LANGUAGE__X")


def _commands() -> Iterator[tuple[str, list[str]]]:
    for unit in UNITS:
        for name, value in _directives(unit):
            if name == "ExecStart":
                yield unit.name, shlex.split(value)[1:]
    for name, service in _compose()["services"].items():
        if "command" in service:
            yield name, service["command"]


@pytest.mark.parametrize(("file", "command"), list(_commands()))
def test_every_command_line_is_understood(file: str, command: list[str]) -> None:
    done = CliRunner().invoke(app, [*command, "--help"])
    assert done.exit_code == 0, f"{file}: {done.output}"
    assert CliRunner().invoke(app, [*command, "--no-such-option", "--help"]).exit_code != 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here")
def test_systemd_accepts_the_units_and_finds_them_well_shut(tmp_path: Path) -> None:
    assert {unit.stem for unit in UNITS} == {"anchorproof-server", "anchorproof-worker@", "anchorproof-page"}
    copies = []
    for unit in UNITS:  # with a program that exists here
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(unit.read_text().replace("/opt/anchorproof/bin/anchorproof", sys.executable))
    verify = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, copies)], capture_output=True, text=True, check=False
    )
    assert (verify.returncode, verify.stderr.strip()) == (0, "")
    for copy in copies:  # of 0 (shut) to 10 (open)
        command = ["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager", str(copy)]
        rated = subprocess.run(command, capture_output=True, text=True, check=False)
        assert rated.returncode == 0, rated.stdout[-500:]


def test_stop_leaves_more_time_than_draining_takes() -> None:
    drain_s = Settings().server.drain_s
    for unit in UNITS:
        directives = dict(_directives(unit))
        assert float(directives["TimeoutStopSec"]) >= 2 * drain_s
        assert directives["KillMode"] == "mixed"
    for name, service in _compose()["services"].items():
        assert float(service["stop_grace_period"].removesuffix("s")) >= 2 * drain_s, name


def test_compose_file_is_accepted() -> None:
    """By Docker's own program where it is installed, either of its two generations."""
    commands = [["docker", "compose"], ["docker-compose"]]
    working = [
        command
        for command in commands
        if shutil.which(command[0])
        and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0
    ]
    if not working:
        pytest.skip("neither docker compose nor docker-compose is installed here")
    command = [*working[0], "-f", str(DEPLOY / "compose" / "compose.yaml"), "config", "-q"]
    done = subprocess.run(
        command, env=os.environ | {"POSTGRES_PASSWORD": "secret"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_compose_services_are_what_the_page_says() -> None:
    services = _compose()["services"]
    assert set(services) == {"database", "front-end-1", "front-end-2", "worker", "page"}
    shared = {name: service for name, service in services.items() if name != "database"}
    for name, service in shared.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert {"data:/var/lib/anchorproof", "clips:/srv/clips"} == set(service["volumes"]), name
    published = [port for service in services.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_image_is_built_from_files_of_the_checkout() -> None:
    text = (DEPLOY / "compose" / "Containerfile").read_text(encoding="utf-8")
    top = DEPLOY.parents[1]
    sources = [name for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert sources
    assert all((top / source).exists() for source in sources)
    build = _compose()["services"]["worker"]["build"]
    context = (DEPLOY / "compose" / build["context"]).resolve()
    assert context == top
    assert (context / build["dockerfile"]).is_file()
