"""Paper: tickets on ESC/POS printers, kept in an outbox until they are known to be printed.

A *job* is one piece of paper. It is a row written in the transaction of the meal it belongs to (``outbox``), and
holds facts, not bytes. The *worker*, a process of its own, turns the facts of the next job into bytes for the
printer it goes to (``papers`` makes lines, ``encoder`` makes bytes) and sends them (``transport``). A dead printer
therefore never loses, doubles or delays a meal. ``preview`` reads the same bytes back for the preview on screen.
"""
