"""Proofs of the registry: verification, open set, size, crowds, kills and faults."""
