"""Forecasts of any set of series: hourly to quarterly or numbered, single steps or sums, with calibrated quantiles.

What lives here, in reading order: frequency (dates to step numbers and back), frame (checks what a user gives), panel
(all series side by side, each in its own scale), features, boosting (one model per step or window for all series),
simple and theta (the rules that it has to beat, and those for rare demand), fallbacks and intermittent (what serves a
series that is too short, constant or mostly zero), rehearsal and kinds (who serves, and the errors that become ranges),
own_misses (whose ranges are wider), means, forecaster (`fit`, `predict`), backtest, metrics (`evaluate`). What does
not: releases, catalogues and units against revenue (ml/forecasting); files and options (serving). To add a frequency:
a line in frequency.py. To add a simple rule: simple.py says how. Frames use `unique_id, ds, y`.
"""
