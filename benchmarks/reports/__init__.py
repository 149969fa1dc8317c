"""Results for people: tables, plots, one page that needs no network, and comparisons of runs."""
