"""Search: what finds releases by meaning.

What lives here: the table of vectors. What does not: the model (ml.search), the ranking (serving.queries.search).
"""
