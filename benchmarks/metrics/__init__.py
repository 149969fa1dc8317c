"""Figures that the benches report beside those of :mod:`calibration.metrics`, whose conventions hold here too.

H1 is what a larger score supports (spoof; same person), LLRs are base 10, a trial at the threshold is called H1.
"""
