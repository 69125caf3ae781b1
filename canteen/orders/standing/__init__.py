"""Standing orders (常订): weekly habits that make orders some days ahead."""
