"""Finds speech, keeps speakers apart and turns voices into templates."""
