"""What a scheme may say, as data: one file a block of a notice with its types, its reader and its doubts.

``scheme.py`` puts the blocks together, ``reader.py`` is how a table is read, ``doubts.py`` tells what can hardly be
meant. What the numbers come to for a person and a meal is in ``deciding/``.
"""
