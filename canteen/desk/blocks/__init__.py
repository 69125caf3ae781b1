"""Pieces of scheme text to begin with, as TOML: an empty sheet, and blocks to put in and fill out. What the notice does
not state is ``"?"``, so that a block that is forgotten makes a scheme incomplete and never wrong."""
