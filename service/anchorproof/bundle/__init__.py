"""Evidence bundles: a report with all that belongs to it in one signed file that a second machine can verify."""
