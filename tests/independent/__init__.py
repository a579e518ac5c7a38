"""The second implementation: Decimal, row by row, from the tables alone.

It imports nothing of the product, so an error of a rule cannot hide in its own check. The law is
written down here once more from domain.md 4 to 6, as plainly as possible and without speed.
"""
