"""Which model version serves: the rules, as pure functions over rows and frames.

`events` folds the events of a model into its state and says what served when. `losses` pairs the losses of two recipes,
`resampling` gives limits of their ratio, `eprocess` keeps the test valid under weekly looks, `decision` puts them together
and reports in sentences. `canary` assigns releases to a share. What does not live here: reading tables (resources), who
is asked (assets, serving).
"""
