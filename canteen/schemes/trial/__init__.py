"""Trying schemes on cases from a file, without a database: ``scheme try``."""
