"""Who wants what: recommendations, propensity and segments of buyers.

`interactions` turns rows into a sparse matrix, `recommenders` holds one model per module, `choice` compares them on a
split in time and names the best, `recommend` ranks unseen items with their reasons, `metrics` scores rankings.
`propensity` estimates the probability that a buyer orders within some days; `segments` groups buyers.

To add a recommender, write a module in `recommenders` that meets `Recommender` and list it in `choice.candidates`.
"""
