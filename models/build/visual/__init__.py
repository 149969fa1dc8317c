"""Trains the visual detector: corpus and folds, equalised clips, features, heads, measurement, export."""
