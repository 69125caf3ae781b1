"""The books: rows of servings and services, the ledger, running sums, closed months, budgets and what is spent of them."""
