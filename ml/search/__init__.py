"""Search without an index: a sentence model in NumPy, and the fusion of rankings.

`sentence_model` turns texts into vectors; `fusion` joins rankings that were made in different ways. What is searched,
and where vectors are kept, is decided in `serving/queries/search`.
"""
