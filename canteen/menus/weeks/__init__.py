"""Whole weeks of menus: written on one page, and copied to other days, rounds and sites."""
