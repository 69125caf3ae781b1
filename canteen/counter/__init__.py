"""The counter: finding the elder, serving a meal, undoing it the same day.

A *serving* (用餐) is the fact that one person received one meal; all money hangs on it. It is appended with
its frozen shares and never edited; a void adds a reversal. ``servings.py`` writes inside a transaction and is
the one way a meal comes into the books: counter page, terminals' API and deliveries all end there.
"""
