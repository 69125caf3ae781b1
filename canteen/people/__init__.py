"""Elders: who they are, what is known of them and since when, their cards, and how the counter finds them.

An ``elder`` (老人) is a registered person who may hold an entitlement; anybody else who eats is a guest.
What identifies or labels a person is sealed at rest; names are not. A *status* (低保, 特困 …) is a dated
record with issuer and evidence, never a flag on the person.
"""
