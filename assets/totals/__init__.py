"""Sums of forecasts by artist, region and category, how they are scored, and the seasons of categories."""
