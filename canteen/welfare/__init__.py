"""Seeing how people are: checks that somebody must close, and what a volunteer saw."""
