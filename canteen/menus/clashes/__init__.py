"""Whose diet the meal they are to have does not fit: by person, with a number to call."""
