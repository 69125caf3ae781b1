"""Rosters (花名册) as villages keep them: .xlsx or .csv with title rows, merged headers and cells of every kind.

``columns`` finds the header, ``areas`` and ``words`` understand cells, ``rows`` makes each row a person or a list of
problems, ``reading`` the file a roster; ``on_file`` is what is known of its people, ``comparing`` plans what changes, and
``writing`` and ``service`` write it, all or nothing.
"""
