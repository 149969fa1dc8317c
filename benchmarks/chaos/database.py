"""A PostgreSQL server of the bench's own, that can be stopped in the middle of everything and started again.

As an operator would run it: every commit is on the disk (``fsync`` and ``synchronous_commit`` are on).
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

USER, NAME = "anchorproof", "postgres"
_LIMIT_S = 120


class Postgres:
    """Started with the block, on a free port of the loopback address; its folder goes with the block.

    Args:
        parent: of its folder; by default where temporary files lie.

    Raises:
        RuntimeError: no PostgreSQL is installed here.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._binaries = _binaries()
        self._folder = Path(tempfile.mkdtemp(prefix="anchorproof-postgres-", dir=parent))
        self._become: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL never runs as root
            account = pwd.getpwnam("postgres")
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])
        self.url = f"postgresql://{USER}@127.0.0.1:{self._port}/{NAME}"

    def __enter__(self) -> Postgres:
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8")
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=300"
        self._control("-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """``fast`` ends what is under way; ``immediate`` is as a crash: the server recovers at its next start."""
        self._control("-w", "-m", mode, "stop", check=False)

    def restart(self, away_s: float, mode: str = "immediate") -> None:
        """Away for so long."""
        self.stop(mode)
        time.sleep(away_s)
        self.start()

    def check(self) -> str:
        """What ``pg_amcheck`` says of all tables and indexes: "ok", or its complaint."""
        with_extension = ("--install-missing", "--heapallindexed", "--no-strict-names")
        done = self._run(
            "pg_amcheck", "-h", "127.0.0.1", "-p", str(self._port), "-U", USER, *with_extension, NAME, check=False
        )
        return "ok" if done.returncode == 0 else done.stdout.decode(errors="replace")[:500] or "failed"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _control(self, *arguments: str, check: bool = True) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-s", *arguments, check=check)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        command = [*self._become, str(self._binaries / program), *arguments]
        # Not a pipe: the server would inherit it and keep it open.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                command,
                check=False,
                stdout=said,
                stderr=said,
                timeout=_LIMIT_S,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
            )
            said.seek(0)
            text = said.read()
        if check and done.returncode:
            raise RuntimeError(f"{program} failed: {text.decode(errors='replace')[-500:]}")
        return subprocess.CompletedProcess(command, done.returncode, text)


def _binaries() -> Path:
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    if not folders:
        raise RuntimeError("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    return max(folders, key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0)
