"""The books to read: statements of an elder, a site, a scheme or a source; closing a month; correcting a mistake."""
