"""Who may import whom: the drawing in ARCHITECTURE.md, kept true."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "service" / "anchorproof"
ROOMS = (
    *("media", "faces", "voices", "identity", "detectors", "reports", "provenance", "captions", "footage", "bundle"),
    *("storage", "queue", "uploads", "reviews"),
)
NOUNS = {
    "types",
    "errors",
    "settings",
    "runtime",
    "databases",
    "sqlite",
    "postgres",
    "opening",
    "pages",
    "times",
    "locks",
    "logs",
    "",
}

#: Module (or room) -> what of anchorproof it may import besides itself.
ALLOWED: dict[str, set[str]] = {
    "": set(),
    "types": set(),
    "errors": set(),
    "settings": set(),
    "runtime": {"errors", "types"},
    "databases": set(),
    "sqlite": {"errors"},
    "postgres": {"errors", "databases", "sqlite"},
    "opening": {"databases", "postgres", "sqlite"},
    "pages": {"errors"},
    "times": set(),
    "locks": set(),
    "logs": {"errors", "settings"},
    **dict.fromkeys(ROOMS, NOUNS),
    "metrics": NOUNS,
    "evidence": NOUNS,
    "findings": NOUNS,
    "fusion": NOUNS | {"findings", "timeline"},
    "timeline": NOUNS | {"findings"},
    "scenarios": NOUNS | {"findings", "timeline"},
    "wording": NOUNS | {"findings"},
    "verdict": NOUNS | {"findings", "fusion", "scenarios", "wording"},
    "engine": NOUNS | {"evidence", "fusion", "findings", *ROOMS},
    "senses": NOUNS | {"engine", *ROOMS},
    "impersonation": NOUNS,
    "claims": NOUNS | {"engine", "impersonation", *ROOMS},
    "people": NOUNS | {"engine", "senses", *ROOMS},
    "selection": NOUNS | {"engine", *ROOMS},
    "retention": NOUNS | {"engine", "senses", *ROOMS},
    "search": NOUNS | {"engine", "senses", *ROOMS},
    "enrolment": NOUNS | {"engine", "senses", "people", "selection", "retention", *ROOMS},
    "animated": NOUNS | {"engine", *ROOMS},
    "originals": NOUNS | {"engine", "animated", *ROOMS},
    "pipeline": NOUNS
    | {
        "engine",
        "senses",
        "claims",
        "enrolment",
        "selection",
        "evidence",
        "findings",
        "originals",
        "timeline",
        "verdict",
        *ROOMS,
    },
    "jobs": NOUNS | {"metrics", "pipeline", "selection", "retention", "search", "identity", "footage", "originals"},
    "webhooks": NOUNS | {"metrics", "queue"},
    "upkeep": NOUNS | {"metrics", "queue", "storage", "uploads"},
    "dispatch": NOUNS | {"metrics", "jobs", "queue", "reports", "storage"},
    "worker": NOUNS | {"metrics", "dispatch", "jobs", "queue", "reports", "storage", "upkeep"},
    "api": NOUNS
    | {"pipeline", "jobs", "identity", "footage", "reports", "storage", "queue", "uploads", "evidence", "v1"}
    | {"bundling", "reviews", "review_feed", "review_pdf"}
    | {"dispatch", "metrics", "upkeep", "webhooks"},
    "review_feed": NOUNS | {"identity", "queue", "reports", "reviews"},
    "review_words": NOUNS,
    "review_display": NOUNS | {"display", "review_words"},
    "review_local": NOUNS | {"api", "identity", "queue", "reports", "reviews", "review_feed", "storage"},
    "review_commands": NOUNS | {"api", "console", "review_client", "review_display", "review_local"},
    "review_pdf": NOUNS | {"review_words"},
    "job_client": NOUNS | {"api", "v1"},
    "client": NOUNS | {"api", "identity", "job_client", "v1"},
    "review_client": NOUNS | {"api", "client", "v1"},
    "local": NOUNS | {"jobs", "identity", "footage", "reports", "storage"},
    "display": NOUNS | {"footage_display"},
    "footage_display": NOUNS,
    "footage_commands": NOUNS | {"api", "client", "console", "display", "footage", "footage_display", "local"},
    "recalibration": NOUNS | {"bundle", "findings", "fusion"},
    "calibration_commands": NOUNS | {"console", "fusion", "recalibration"},
    "bundling": NOUNS | {"bundle", "media"},
    "bundle_commands": NOUNS | {"bundle", "bundling", "console"},
    "user_models": NOUNS | {"detectors", "faces"},
    "console": NOUNS | {"api", "client", "local", "display"},
    "picking": NOUNS | {"client", "console", "display", "identity", "local"},
    "registry_commands": NOUNS | {"client", "console", "display", "identity", "local"},
    "job_commands": NOUNS | {"api", "client", "console", "display"},
    "web": NOUNS | {"api", "identity", "media", "metrics", "storage", "v1"},
    "web_commands": NOUNS | {"console", "metrics", "web"},
    "doctor": NOUNS | {"api", "engine", "jobs", *ROOMS},
    "doctor_commands": NOUNS | {"console", "display", "doctor"},
    "cli": NOUNS
    | {
        "doctor_commands",
        "bundle_commands",
        "calibration_commands",
        "footage_commands",
        "job_commands",
        "picking",
        "registry_commands",
        "review_commands",
        "web_commands",
    }
    | {"api", "client", "console", "display", "evidence", "worker", "identity", "local", "reports", "user_models"},
}

#: Third-party package -> the only rooms or modules that may import it.
CONFINED = {
    "onnxruntime": {"runtime"},
    "prometheus_client": {"metrics"},
    "av": {"media"},
    "c2pa": {"media"},
    "grpc": {"doctor", "api", "client", "job_client", "review_client", "web"},
    "sqlite3": {"sqlite", "identity", "footage", "reports"},
    "psycopg": {"postgres"},
    "obstore": {"storage"},
    "cryptography": {"doctor", "bundle", "identity", "reviews"},
    "argon2": {"reviews"},
    "reportlab": {"review_pdf"},
    "httpx": {"webhooks"},
    "google_crc32c": {"job_client", "uploads", "web"},
    "typer": {"cli", "console"}
    | {
        "doctor_commands",
        "bundle_commands",
        "calibration_commands",
        "footage_commands",
        "job_commands",
        "picking",
        "registry_commands",
        "review_commands",
        "web_commands",
    },
    "faiss": {"identity"},
    "fastapi": {"web"},
    "uvicorn": {"web_commands"},
    "jinja2": {"web"},
    "wasmtime": {"footage"},
    "pdqhash": {"footage"},
    "torch": set(),
}


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "v1" not in path.parts)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            if node.module == "anchorproof":
                yield from (f"anchorproof.{alias.name}" for alias in node.names if not alias.name.startswith("_"))


def _room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


@pytest.mark.parametrize("path", _modules(PACKAGE), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_imports_only_what_its_room_may(path: Path) -> None:
    room = _room(path)
    for name in _imports(path):
        top, _, rest = name.partition(".")
        if top == "anchorproof":
            target = rest.split(".")[0]
            assert target == room or target in ALLOWED[room], f"{room or 'anchorproof'} imports {name}"
        if top in CONFINED:
            assert room in CONFINED[top], f"{room} imports {top}"
        assert top not in {"calibration", "benchmarks", "tests"}, f"{room} imports {top}"


@pytest.mark.parametrize("path", _modules(ROOT / "calibration"), ids=lambda path: path.name)
def test_calibration_never_imports_benchmarks(path: Path) -> None:
    assert not [name for name in _imports(path) if name.split(".")[0] in {"benchmarks", "tests"}]


def test_every_room_has_a_rule() -> None:
    assert {_room(path) for path in _modules(PACKAGE)} <= set(ALLOWED)
