"""Totals per artist, region and category: what they sum, how they are scored, and their tables."""
