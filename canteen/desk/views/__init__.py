"""Screens of the desk: schemes in force, drafts, and the way between."""
