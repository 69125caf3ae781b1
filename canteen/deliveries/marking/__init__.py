"""Marks at the door: what became of a box, said once, taken back while nothing has followed, never lost."""
