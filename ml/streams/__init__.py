"""Streams of artists while they are in a chart: how the sum of the next days goes on from the last week.

A series is a spell, the days that an artist stays in the chart without a gap; what it streams is known for these days
alone. So these are forecasts of artists that stay.

What lives here: features (what is known of a spell on a day), forecaster (three quantiles of the sum of the next days).
What does not: reading files, and series of other kinds (ml/series).
"""
