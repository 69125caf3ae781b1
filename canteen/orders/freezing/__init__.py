"""The count at the cut-off: what the kitchen cooks by, fixed by the program itself, and what changes afterwards."""
