"""Imports: a file → rows → a plan with a verdict for every row → records. Dry run and run are the same code."""
