"""Tables about buyers: segments, propensity, recommendations. One module per table; the models are in `ml/buyers`."""
