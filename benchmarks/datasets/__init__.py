"""Public data sets as they lie on a researcher's disk: official layouts, splits and protocols, nothing downloaded."""
