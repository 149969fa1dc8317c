"""A process' own registry: with what every process tells of itself, and which program it is."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, GCCollector, Info, ProcessCollector, disable_created_metrics

from anchorproof import __version__


def new_registry() -> CollectorRegistry:
    # Otherwise every counter has a second series beside it, for which nobody asks.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    build = Info("anchorproof_build", "The program, and what it stands on.", registry=registry)
    build.info(
        {
            "version": __version__,
            "python": platform.python_version(),
            "onnxruntime": _version("onnxruntime"),
            "grpc": _version("grpcio"),
        }
    )
    return registry


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
