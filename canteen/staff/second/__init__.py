"""The second step of a sign-in: a code of a phone, a passkey, or a recovery code on paper; and how it is set up.

Between the password and the second step a browser holds the name of a ``SignInStep`` and nothing else. No page but
those of this folder knows that name, so it gives no rights by the way it is made.
"""
