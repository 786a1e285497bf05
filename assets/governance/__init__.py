"""Models under government: the registry's tables, reviews of challengers, live losses, drift, and their page.

What lives here: assets that read the tables, call the rules of ``ml/promotion`` and ``ml/drift``, and write what they
decide. What does not: the rules themselves, and the models (a model registers itself where it is fitted).
"""

GROUP = "governance"
