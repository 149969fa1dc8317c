"""Fits raw score -> LLR maps and measures them; writes ``models/calibration/``. Run from a checkout."""
