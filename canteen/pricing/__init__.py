"""What a price is divided on, read once: the facts of person, use, approvals, purses and budgets."""
