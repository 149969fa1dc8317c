"""How much of a detector's separation is left after what happens to clips on their way: one rung per treatment."""
