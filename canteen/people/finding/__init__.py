"""How people are found: the keys of a name, a phone or a number, and the search by them."""
