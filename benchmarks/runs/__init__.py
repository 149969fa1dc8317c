"""A run of the bench: cases of a data set, answers of systems, results in one folder."""
