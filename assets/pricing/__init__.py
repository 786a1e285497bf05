"""Prices: elasticities and recommendations.

What lives here: a module per table, each with its contract and the queries it reads by. What does not: models and rules
(ml.pricing), prices that people applied (lake.journals.prices). To add a table, add a module with a `derived_table`.
"""
