"""Uploads that can be resumed: bytes at offsets, on disk before they are acknowledged."""
