"""What guests pay: a dated list by kind of guest, of a site or a county."""
