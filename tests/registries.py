"""Registries for tests: in a file with its key beside it, or in a PostgreSQL database of their own."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from anchorproof.identity.keys import KeyFile
from anchorproof.identity.registry import SCHEMA, Registry
from anchorproof.sqlite import Database

#: ``install``: as root, get PostgreSQL from Debian's packages where it is missing. Any other value: its address.
POSTGRES = "ANCHORPROOF_TEST_POSTGRES"


def open_at(path: Path, actor: str = "") -> Registry:
    """The registry in this file; its key lies in ``<name>.key`` beside it."""
    return Registry(Database(path, SCHEMA), KeyFile(path.with_suffix(".key")), actor)


class NoPostgres(Exception):
    """Why there is no PostgreSQL to test with."""


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: the one that the environment names, or one of our own for the while.

    Raises:
        NoPostgres: there is none and none can be started.
    """
    wanted = os.environ.get(POSTGRES, "")
    if wanted.startswith("postgres"):
        yield wanted
        return
    binaries = _binaries() or (_install() if wanted == "install" or os.environ.get("CI") == "true" else None)
    if binaries is None:
        raise NoPostgres("no PostgreSQL server is installed here (make test-postgres installs one when run as root)")
    with _running(binaries) as address:
        yield address


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of an empty database that goes with the block."""
    import psycopg

    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield server.rsplit("/", 1)[0] + f"/{name}"
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _binaries() -> Path | None:
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    return max(folders, key=lambda folder: folder.parent.name, default=None)


def _install() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoPostgres("PostgreSQL is not installed, and only root can install it (apt-get install postgresql)")
    quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 600}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], env=environment, **quiet)  # type: ignore[call-overload]
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "postgresql"]
    subprocess.run(install, env=environment, **quiet)  # type: ignore[call-overload]
    binaries = _binaries()
    if binaries is None:
        raise NoPostgres("PostgreSQL could not be installed from Debian's packages")
    return binaries


@contextlib.contextmanager
def _running(binaries: Path) -> Iterator[str]:
    """A server on a free port of this machine, its data in a folder that is removed; never run as root."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-postgres-") as folder:
        data = Path(folder) / "data"
        user = "postgres" if os.geteuid() == 0 else ""
        if user:
            account = pwd.getpwnam(user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "timeout": 120, "cwd": folder}
        make = [*become, binaries / "initdb", "-D", data, "-U", "anchorproof", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(make, **quiet)  # type: ignore[call-overload]
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
        control = [*become, binaries / "pg_ctl", "-D", data, "-w", "-s"]
        subprocess.run([*control, "-l", f"{folder}/log", "-o", options, "start"], **quiet)  # type: ignore[call-overload]
        try:
            yield f"postgresql://anchorproof@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)  # type: ignore[call-overload]
