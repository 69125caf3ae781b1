"""A day without service after people have ordered: whom it touches, what becomes of their orders, what the kitchen is told."""
