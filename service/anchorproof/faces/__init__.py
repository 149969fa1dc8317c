"""Finds faces, follows them over time, aligns them and turns them into templates."""
