"""Price elasticities and price recommendations.

What lives here: sales (rows of sales as a checked frame with their controls), moments and pooling (the hierarchical
regression and its empirical Bayes fit), elasticity (`fit`, `predict`, `evaluate` over frames). What does not: reading
or writing tables, applying a price (lake.journals). To add a control, add a column in sales.py; pooling.py takes any.
"""
