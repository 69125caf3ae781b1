"""Subsidies: who pays which part of a meal, and why.

A *scheme* (方案) is dated data in TOML, never code: who is eligible, in which class, for how much, up to which
caps (``scheme.py`` reads it, ``docs/schemes.md`` explains it). ``rules.py`` decides one meal from facts alone and
answers in *shares* (分担) that add up to the price, each with its reason in words (``reasons.py``). What was
decided is frozen on the serving and posted to the *ledger* (分录); later changes never touch earlier meals.
"""
