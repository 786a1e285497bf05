"""Which model version serves: the rules, as pure functions over rows and frames.

`candidate` is what a model hands over to be registered. `events` folds the events of a model into its state and finds
what served when. `resampling` gives limits of the ratio of two recipes' losses, `eprocess` keeps the test valid under
weekly looks, `decision` combines them and reports in sentences. `canary` assigns entities to a share, `live` compares
live losses with the backtest's band. What does not live here: reading tables (resources), who is asked (assets,
serving).
"""
