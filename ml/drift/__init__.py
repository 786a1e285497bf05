"""Drift: whether what a model sees has changed since it was fitted.

`psi` compares the distribution of each feature now with that of the fit; `alarm` says when a change starts a
retraining. Live losses against the backtest's band are in ``ml/promotion/live``.
"""
