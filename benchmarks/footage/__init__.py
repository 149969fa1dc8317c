"""Recognising our own footage: edits of genuine clips searched in an archive of them and of distractors."""
