"""The reviewers' page with the demo's clips, to try it or to take the pictures of its documentation.

python -m benchmarks.demo.desk                          (says where the page is, and with which password)
python -m benchmarks.demo.desk --shots service/docs     (every page, light and dark, English and Chinese)
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console

from anchorproof.client import Client, EnrolmentWish
from anchorproof.review_local import LocalDesk
from anchorproof.settings import Settings
from anchorproof.types import Consent, Role
from benchmarks.demo.__main__ import ANCHOR, OUTLET, _make_clips
from benchmarks.demo.server import START_TIMEOUT_S, STOP_TIMEOUT_S, _free_port, _wait_until_serving

ACCOUNTS = (("lena", "Lena Sommer", Role.LEAD), ("wei", "王伟", Role.REVIEWER), ("ravi", "Ravi Nair", Role.VIEWER))
#: What the demo needs kept: reference pictures and voices, and clips of whatever verdict.
_KEPT = {"ANCHORPROOF_IDENTITY__RETAIN_REFERENCES": "true", "ANCHORPROOF_QUEUE__KEEP_OTHER_CLIPS_DAYS": "7"}


def main() -> int:
    """Run until Ctrl-C, or until the pictures are taken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the clips and the store in this folder")
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="write pictures of every page there, then end")
    parser.add_argument("--every", action="store_true", help="pictures of all pages in all looks, not only the usual")
    options = parser.parse_args()
    console = Console()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anchorproof-desk-")))
        folder.mkdir(parents=True, exist_ok=True)
        page, target = stack.enter_context(running_desk(folder / "store"))
        password = secrets.token_urlsafe(12)
        add_accounts(folder / "store", password)
        fill(folder, target, console)
        if options.shots:
            from benchmarks.demo.shots import take

            take(page, password, options.shots, console, options.every)
            return 0
        names = ", ".join(f"{account} ({role.value})" for account, _, role in ACCOUNTS)
        console.print(f"The reviewers' page: {page}\nSign in as {names} with the password {password}\nCtrl-C ends it.")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
    return 0


@contextlib.contextmanager
def running_desk(data_dir: Path) -> Iterator[tuple[str, str]]:
    """``anchorproof serve --web`` in a process of its own: the page's address, and the service's."""
    data_dir.mkdir(parents=True, exist_ok=True)
    target, page = f"127.0.0.1:{_free_port()}", f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "anchorproof.cli", "--data-dir", str(data_dir), "serve"]
    log = data_dir.parent / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--listen", target, "--web", page],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | _KEPT,
        )
    try:
        _wait_until_serving(target, process, log)
        _wait_for_page(f"http://{page}")
        yield f"http://{page}", target
    finally:
        process.terminate()
        process.wait(timeout=STOP_TIMEOUT_S)


def _wait_for_page(address: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            if httpx.get(f"{address}/sign-in").status_code == 200:
                return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def add_accounts(data_dir: Path, password: str) -> None:
    """As ``anchorproof accounts add`` does."""
    with LocalDesk(Settings(data_dir=data_dir), "demo") as desk:
        there = {account.account_id for account in desk.accounts()}
        for account, name, role in ACCOUNTS:
            if account in there:
                desk.update_account(account, password=password)
            else:
                desk.create_account(account, role, password, name)


def fill(folder: Path, target: str, console: Console) -> None:
    """An anchor, our own bulletin, three clips."""
    with Client(target) as client:
        if any(True for _ in client.reports()):
            return
        enrolled, samples = _make_clips(folder, console)
        anchor = client.create_anchor(
            ANCHOR, outlet=OUTLET, consent=Consent.GIVEN, consent_reference="form 12", aliases=("Demo-Ansagerin",)
        )
        client.create_anchor("示例主播", outlet="示例电视台")
        for path in enrolled:
            wish = EnrolmentWish(session="studio 1", override_reason="a stand-in that the demo composed")
            client.enrol(anchor.anchor_id, path, wish=wish)
            client.enrol_programme(path, "Demo evening bulletin", OUTLET, keep_references=True)
        for sample in [*samples, *[type(samples[0])("an excerpt of our own bulletin", path) for path in enrolled]]:
            console.print(f"Analysing {sample.path.name} ...")
            client.analyze(sample.path, clip_name=f"{sample.title}.mp4")


if __name__ == "__main__":
    sys.exit(main())
