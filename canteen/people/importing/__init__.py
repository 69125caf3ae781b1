"""Rosters (花名册) as villages keep them: .xlsx or .csv with title rows, merged headers and cells of every kind.

``sheet`` reads the file, ``columns`` finds the header, ``areas`` and ``words`` understand cells, ``rows`` makes each
row a person or a list of problems, ``plan`` compares with what is known, and ``service`` writes, all or nothing.
"""
