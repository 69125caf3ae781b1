"""A run sheet that came back, keyed in: the number of a door, Enter, the next."""
