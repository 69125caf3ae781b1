"""Facts in, who pays what and why out. Pure."""
