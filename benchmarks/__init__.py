"""Protocols over labelled manifests, speed, a demonstration on a corpus: ``python -m benchmarks``, from a checkout."""
