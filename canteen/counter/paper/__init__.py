"""A day sheet that was ticked with a pen, keyed in after the meal: a number or a few letters, Enter, the next row."""
