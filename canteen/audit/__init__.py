"""The audit trail: who did what when, in chains that show a removed or changed row."""
