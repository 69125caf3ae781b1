"""The dish list of a site: what is in a dish, what it is good for, and whose diet it does not fit."""
