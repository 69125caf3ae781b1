"""What papers say and how they look."""
