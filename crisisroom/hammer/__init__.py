"""The hammer: many clients against a running server, faults on purpose, and a checker that judges the history.

It knows the server by its addresses only, as any other program does.
"""
