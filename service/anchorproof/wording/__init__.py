"""A verdict in plain words: coded reasons in English, and an explanation in English and Chinese."""
