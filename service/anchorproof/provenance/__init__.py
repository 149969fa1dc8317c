"""Declared origin: what a file says of itself, by signature, label or generator tag."""
