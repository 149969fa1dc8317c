"""Looks at an installation, changes nothing, and says what is wrong with it and what to do."""
