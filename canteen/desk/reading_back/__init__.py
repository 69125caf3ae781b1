"""A scheme read back in plain words, and two of them compared."""
