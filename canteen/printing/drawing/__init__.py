"""Lines of a paper to bytes and pictures."""
