"""Small checks of the project's own rules, those that no general linter knows.

`python -m tools.lint` runs them all over the checkout. A rule has no escape comment: an exception is a change of the
rule, where it is seen in review.
"""
