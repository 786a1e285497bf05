"""Forecasts of groups of releases: artists, buyers' regions, categories, and everything.

What lives here, in reading order: groups (who belongs where, and the sums), rehearsal (the same sums at past origins
beside what came), spread (each group's own quantiles), category (what planning asks of a category and month). Means are
sums of the releases' means and so add up; quantiles do not, and are calibrated on the sums. What does not live here:
the releases' forecasts. To add a level: groups.py says how. Frames use `unique_id, ds, y`.
"""
