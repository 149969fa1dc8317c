"""The generated code is what the contract says, made with the oldest grpcio-tools we support."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMITTED = ROOT / "service" / "anchorproof" / "v1"


def test_generated_code_is_current(tmp_path: Path) -> None:
    outputs = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")]
    sources = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "proto").rglob("*.proto"))]
    assert sources
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-Iproto", *outputs, *sources], cwd=ROOT, check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "anchorproof" / "v1").iterdir()}
    committed = {path.name: path.read_text() for path in COMMITTED.glob("*_pb2*")}
    assert made.keys() == committed.keys()
    stale = sorted(name for name in made if made[name] != committed[name])
    assert not stale, f"run `make proto`: {', '.join(stale)} differ from what proto/ gives"


def test_contract_passes_the_linter() -> None:
    buf = shutil.which("buf", path=str(Path(sys.executable).parent)) or shutil.which("buf")
    assert buf, "buf comes with the development requirements (buf-bin)"
    done = subprocess.run([buf, "lint", "proto"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
