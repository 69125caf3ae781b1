"""Seeing that it is right: the committee's read-only counts, and ``check``, which proves the books."""
