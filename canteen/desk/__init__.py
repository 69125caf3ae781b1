"""The scheme desk: an officer writes a scheme from a notice, reads it back in plain words, tries it, sees whom it
would affect, and switches it on from a day. A version in use is never edited; a new one begins as a copy of it.
"""
