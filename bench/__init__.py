"""Measuring: a generator of counties, a floor to compare with, and the benchmark of the serve request.

    python bench/county.py --elders 2000 --days 30 --sites 5 --data-dir DIR
    python bench/serve.py

What is measured and what came out stands in ``docs/performance.md``. Nothing here is a test: tests never time anything.
"""
