"""A week of orders on one page: people × days, typed, pasted from a spreadsheet or taken from the week before."""
