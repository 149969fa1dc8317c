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

#: As root, in CI, it is installed from Debian's packages where it is missing.
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
    program = shutil.which("chromium") or _install()
    with tempfile.TemporaryDirectory(prefix="anchorproof-fonts-") as folder, sync_playwright() as playwright:
        environment = {**os.environ, "FONTCONFIG_FILE": str(_with_chinese(Path(folder)))}
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS), env=environment)
        try:
            yield browser
        finally:
            browser.close()


def _with_chinese(folder: Path) -> Path:
    """A font configuration with the system's fonts and the Chinese one that the tests carry."""
    config = folder / "fonts.conf"
    fonts = files("paperang_p2_fonts_cjk") / "fonts"
    config.write_text(_FONTS.format(folder=fonts, cache=folder / "cache"), "utf-8")
    return config


def _install() -> str:
    if os.environ.get("CI") != "true" or os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoBrowser("Chromium is not installed (apt-get install chromium)")
    quiet = {"check": False, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 600}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-qq", "update"], env=environment, **quiet)  # type: ignore[call-overload]
    install = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"]
    subprocess.run(install, env=environment, **quiet)  # type: ignore[call-overload]
    program = shutil.which("chromium")
    if program is None:
        raise NoBrowser("Chromium could not be installed from Debian's packages")
    return program
