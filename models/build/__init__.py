"""Scripts that export or train the shipped models; see README.md beside this file."""
