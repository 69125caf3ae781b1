"""Purses (额度): what a scheme promises one elder in advance, to be spent on meals and services, and own money paid in.

A purse belongs to one elder and one scheme; scheme ``""`` is the elder's own money. Its *lines* are appended, never
changed; its *lots* are what is left of the credits by the days between which they may be spent, and no lot can fall
below zero. A credit is a promise, not money: money moves in the ledger when a meal or service is paid.
``docs/purses.md`` explains the whole.
"""
