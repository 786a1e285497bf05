"""Models as pure functions over frames and arrays.

What lives here: forecasting today; whatever learns from gold tables and gives back frames. Every
model package offers `fit`, `predict` and `evaluate` with the columns of its field (`unique_id, ds, y`
for series). What does not: reading or writing tables, scheduling, settings from the environment;
nothing here imports another package of this project. To add one: a folder with its own docstring, its
simple rivals beside it, and tests against an independent oracle.
"""
