"""The seasons of categories: what a year and a week look like, and how sure that is, by Prophet.

Prophet (Taylor and Letham 2018, "Forecasting at scale", The American Statistician 72) takes a daily series apart into
trend, year, week and holidays. It forecasts single releases poorly and is not asked to; here it says what planners ask
of a category: which months sell more than others. Optional: `make prophet` installs it.

What lives here: series (which days of which category are looked at, and which category knows too little),
decomposition (one category's components), spread (how sure they are), categories (all of them, in processes). What does
not: reading tables, and the forecasts, which do not rest on it.
"""
