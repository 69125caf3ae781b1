"""The end of a day: its sums, and the papers that go with the money."""
