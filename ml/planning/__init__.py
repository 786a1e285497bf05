"""What a planner makes of a forecast: chances, order quantities, stages of life, what changed, and lasting bias.

What lives here: distribution (any level from P10, P50 and P90), rules and ordering (how many to have), life (stages),
changes (what moved since the last forecast, and why), tracking (bias that lasts), overrides (what people's own
figures were worth), buying (cost, margin and the day to order by), plan (all of it side by side). What does not:
forecasts, their reasons (ml.explaining), tables.
"""
