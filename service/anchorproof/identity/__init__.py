"""The registry of anchors, and comparison of probes with its references."""
