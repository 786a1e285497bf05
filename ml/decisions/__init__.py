"""Decisions: what to do about stock and advertising of each release, with its risk and its money in three scenarios.

What lives here: stock orders (`stock`), scarce stock given to buyers (`allocation`), rows of decisions with
advertising, risk and scenarios (`decide`), their ranking (`ranking`), what may sell more (`growth`, `bundles`) and how
a listing can be better (`listings`). What does not: forecasts (ml/forecasting) and tables (assets/decisions).
"""
