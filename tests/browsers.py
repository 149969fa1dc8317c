"""A real browser for tests: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

#: ``install``: as root, get Chromium from Debian's packages where it is missing. ``0``: test without a browser.
VARIABLE = "ANCHORPROOF_TEST_BROWSER"
_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir>/usr/share/fonts</dir><dir>{folder}</dir><cachedir>{cache}</cachedir></fontconfig>"""


class NoBrowser(Exception):
    """Why there is no browser to test with."""


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser that draws Chinese.

    Raises:
        NoBrowser: there is none and none can be installed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser("playwright is not installed (pip install -e '.[dev]')") from error
    program = find()
    with tempfile.TemporaryDirectory(prefix="anchorproof-fonts-") as folder, sync_playwright() as playwright:
        environment = {**os.environ, "FONTCONFIG_FILE": str(_with_chinese(Path(folder)))}
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS), env=environment)
        try:
            yield browser
        finally:
            browser.close()


def find() -> str:
    """Where Chromium is; it is installed where that is wanted and can be done.

    Raises:
        NoBrowser: there is none, or none is wanted.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted == "0":
        raise NoBrowser(f"{VARIABLE}=0: no tests in a browser")
    program = shutil.which("chromium")
    if program:
        return program
    if wanted != "install" and os.environ.get("CI") != "true":
        raise NoBrowser("Chromium is not installed here (make test installs it when run as root)")
    return _install()


def _with_chinese(folder: Path) -> Path:
    """A font configuration with the system's fonts and the Chinese one that the tests carry."""
    config = folder / "fonts.conf"
    fonts = files("paperang_p2_fonts_cjk") / "fonts"
    config.write_text(_FONTS.format(folder=fonts, cache=folder / "cache"), "utf-8")
    return config


def _install() -> str:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoBrowser("Chromium is not installed, and only root can install it (apt-get install chromium)")
    quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 600}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], env=environment, **quiet)  # type: ignore[call-overload]
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"]
    subprocess.run(install, env=environment, **quiet)  # type: ignore[call-overload]
    program = shutil.which("chromium")
    if program is None:
        raise NoBrowser("Chromium could not be installed from Debian's packages")
    return program


if __name__ == "__main__":  # before the tests, so that none of them waits for the packages
    try:
        print(f"Tests in a browser use {find()}")
    except NoBrowser as reason:
        print(f"Tests in a browser are skipped: {reason}")
