"""Cumulative forecasts of units and revenue per series over 30, 60 and 90 days, with calibrated quantiles.

What lives here, in reading order: running (look-ups by day), panel (validated sales, days out of stock apart), facts
(prices, signals), similar, catalogue, snapshot (who is forecast), features, surroundings, rivals (simple forecasts),
boosting (LightGBM), calibration (conformal quantiles), history (what was known when), forecaster (`fit`, `predict`),
backtest, metrics (`evaluate`), selection (which candidate serves), intervals (order and risk), leakage (the
corrupt-the-future test). What does not: reading or writing tables.
To add a candidate: rivals.py says how. To add a feature: features.py says how. Frames use `unique_id, ds, y`.
"""
