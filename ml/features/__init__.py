"""Features between the tables that hold them and the models that read them.

What lives here: the as-of join that makes training sets (asof). What does not: how a feature is computed
(ml/forecasting), Feast and files (resources), the graph (assets/features). To add a source of features to a training
set: one more :func:`ml.features.asof.as_of_join`.
"""
