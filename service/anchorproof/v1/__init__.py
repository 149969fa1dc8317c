"""Generated from proto/anchorproof/v1 by `make proto`; never edited."""
