"""Is it our broadcast, and what was changed in it? Fingerprints, archive, search, differences."""
