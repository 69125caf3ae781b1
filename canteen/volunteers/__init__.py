"""Volunteers: who they are and when they can, what they did, points by a rule, and the certificate."""
