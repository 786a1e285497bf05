"""Reviews: what they say, and about what.

What lives here: the table of scored reviews. What does not: models and lexicon (ml.reviews), the reviews themselves
(assets.silver.reviews).
"""
