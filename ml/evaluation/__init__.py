"""What all models share: losses, conformal calibration, resampling, and how trees are fitted.

A definition stands here once, with its source. Which populations a field scores, and who serves, is decided in the
packages of the fields. To add a metric: a function over expressions in `losses`, and its test against numbers of hand.
"""
