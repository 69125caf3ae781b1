"""Visits by plan (探访巡视): who looks in on whom, how often, and what they found."""
