"""Who pays from what: budgets of payers and what of them is left, the gap nobody pays, and money that came for it."""
