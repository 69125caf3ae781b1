"""Operating grants of sites: planned service days, days with one and with two meals served, and where a site
stands against the one-meal and the two-meal grant. The program proposes; an assessor decides.
"""
