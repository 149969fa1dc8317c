"""What an ordinary install, which is not this checkout, would have."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "service"


def test_every_package_and_what_lies_in_it_is_installed() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    folders = {path.parent for path in SERVICE.rglob("__init__.py")}
    found = {".".join(folder.relative_to(SERVICE).parts) for folder in folders} | {"anchorproof.models"}
    assert set(setuptools["packages"]) == found
    shipped = {
        path
        for package, patterns in setuptools["package-data"].items()
        for pattern in patterns
        for path in (SERVICE / Path(*package.split("."))).glob(pattern)
    }
    data = {
        path
        for path in (SERVICE / "anchorproof").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc", ".pyi")
    }
    assert data - shipped == set()
