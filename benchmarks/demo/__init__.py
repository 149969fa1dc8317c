"""`make demo`: the whole service on sample clips that it composes itself."""
