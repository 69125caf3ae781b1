"""Tables people bring and take along: reading workbooks and .csv, writing them, and a chart."""
