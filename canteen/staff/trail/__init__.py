"""The audit trail as people see it and take it with them."""
