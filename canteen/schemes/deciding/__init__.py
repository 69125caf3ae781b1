"""One price, divided. Frozen facts in, a frozen answer out; nothing is changed and put back on the way.

``decide.py`` goes the steps of docs/schemes.md, "How a meal is decided", one module each: ``who``, ``which_meal``,
``how_much``, ``up_to``, ``with_whom``, ``who_pays``, and ``fee`` for the delivery fee. ``plans.py`` makes a scheme ready
to be asked and is the one cache, ``numbers.py`` looks a number up in its tables, ``answer.py`` is what comes out.
Beside them: what a purse is credited (``credits``), what is owed (``frequency``), and money for sites (``site_money``).
"""
