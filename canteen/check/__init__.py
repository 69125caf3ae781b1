"""``check``: proves the books and makes running sums anew. Changes nothing unless it is told to."""
