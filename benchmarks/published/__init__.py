"""Calibration, fusion and abstention on the prediction matrix that ``pip install deepsafe-bench`` carries."""
