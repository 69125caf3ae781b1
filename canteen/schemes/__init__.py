"""Schemes: who pays which part of a meal or a service, and why.

A *scheme* (方案) is dated data in TOML, never code: who is eligible, in which class, for how much, up to which caps.
``language/`` reads it, one file a block of a notice (docs/schemes.md explains it); ``deciding/`` divides one price from
facts alone (``facts.py``) into *shares* (分担) that add up to it, each with its reason in words (``reasons.py``);
``trial/`` tries schemes on cases; ``builtin/`` are those of the source documents. What was decided is frozen on the
serving and posted to the *ledger* (分录); later changes never touch earlier meals.
"""
