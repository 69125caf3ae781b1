"""Entitlements (资格): who holds which right under which scheme, since when, and how it came about.

An *application* (申请) runs through the *steps* (环节) of the scheme's ``[approval]``, each decided by another person;
a *public notice* (公示) is a list that hangs in the village; an *objection* (异议) is recorded and answered. What is approved
is an *entitlement* (资格), which *halts* (停发, 冻结) stop or freeze from a day. *Look-back* (回看) lists meals served
after a day that became known later.
"""
