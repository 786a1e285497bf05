"""Forecasts of releases that have not sold yet, or hardly: the first days of releases like them.

What lives here, in reading order: launches (who came out when, and what each sold in its first days), similarity (how
alike two releases are, and what that is worth), forecaster (`Cold.points`: the weighted history and the category's
median), rehearsal (the same at past origins beside what came), spread and coverage (conformal quantiles from it),
choice (whom to trust while the first sales come in), warm_up (what is served then), hypothetical (releases
that are not in the catalogue), scores and comparison.

What does not: the forecast of releases that have sold for a while (`ml.forecasting`), and reading or writing tables.
To add a trait that releases can share: similarity.py says how.
"""
