"""One row per category, origin, component and period: what a category's year, week and holidays look like, as factors.

Prophet takes the daily sums of each category apart, as they were known at the origin, the last day with sales. The
forecasts do not rest on it: it is for planners, here and on the forecast's page. A category of which less than a year
and a half is known has none. It has a job of its own, weekly, and `lacquer seasonality`; without Prophet, which
`make prophet` installs, it is left out and says so.
"""

from dagster import AssetKey

from assets.derived import derived_table
from assets.totals.inputs import CATALOGUE, EVER, sales_by_region
from lake.contract import Column, Contract

GROUP = "seasonality"
SEASONALITY = Contract(
    name="category_seasonality",
    layer="gold",
    grain="one row per category, origin, component and period",
    key=("category", "origin", "component", "position"),
    partition_by=("origin",),
    columns=(
        Column("category", "string", "genre; the format where no genre is stated; all: everything together"),
        Column("component", "string", "what repeats", allowed=("trend", "yearly", "weekly", "holidays")),
        Column(
            "position",
            "int32",
            "place of the period: month from the first (trend), day of the year, ISO weekday, or number of the holiday",
        ),
        Column("period", "string", "the period in words: 2025-11, 3 December, Monday, Boxing Day"),
        Column("effect", "float64", "factor on sales: of year, week and trend the mean is 1; of a holiday 1 is none"),
        Column("low", "float64", "lower end of eight in ten"),
        Column("high", "float64", "upper end of eight in ten"),
        Column("origin", "date", "last day whose sales were known"),
        Column("first_day", "date", "first day that was looked at"),
        Column("is_weekly", "bool", "whether it was looked at by weeks, for want of sales, so that it has no week"),
    ),
)
KEY = AssetKey(["gold", SEASONALITY.name])

category_seasonality = derived_table(
    SEASONALITY,
    inputs={"sales": sales_by_region(EVER), "catalogue": CATALOGUE},
    compute="ml.seasonality.categories:season_rows",
    keeps_partitions=True,
    threads=True,
    group=GROUP,
    description=__doc__,
    kinds=("prophet", "delta"),
)
