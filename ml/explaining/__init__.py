"""Why a forecast is what it is: the P50 taken apart into its reasons, in units and in words a seller understands.

What lives here, in reading order: decomposition (log contributions turned into units that add up), facts
and phrases and plans (sentences), words (which column of the model says which), explain (`explain`, one row per
forecast and reason). What does not: the forecasts themselves (ml.forecasting). To give a new feature its words:
words.py says how.
"""
