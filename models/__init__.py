"""Weights, calibrations and cards shipped as data; opened by ``anchorproof.runtime`` and ``anchorproof.evidence``."""
