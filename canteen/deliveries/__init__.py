"""Deliveries: a route (路线) is a remembered list of doors, a run (出车) that list on one day, a drop (送达点)
one door of it. A handed-over drop is a serving like any other; an unanswered door opens a welfare check that
somebody must close.
"""
