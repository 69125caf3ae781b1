"""Who works here: accounts, roles and their reach (an area or a site), sign-in, terminals' tokens, and the
audit trail of who did what.
"""
