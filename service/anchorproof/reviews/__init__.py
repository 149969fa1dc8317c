"""The reviewers' desk: every report waits here until a person decided on it; who saw and decided what is on record."""
