"""Credits of a month (额度计入): who is looked at, under which schemes, what the month brings, and the runs."""
