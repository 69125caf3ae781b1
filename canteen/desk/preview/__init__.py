"""Whom a new version would affect."""
