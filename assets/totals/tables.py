"""What the tables of the sums hold; totals.py makes them."""

from lake.contract import Column, Contract

LEVELS = ("all", "artist", "region", "category")
WHO = (
    Column("level", "string", "what the sum is of; a level whose members nobody names is absent", allowed=LEVELS),
    Column("member", "string", "artist_id, country, genre (format where no genre is stated), or all"),
    Column("target", "string", "what is forecast", allowed=("units", "revenue")),
)
DAYS = (
    Column("from_day", "int32", "first day of the sum, counted from the day after the origin", unit="days"),
    Column("to_day", "int32", "last day of the sum", unit="days"),
)
_STATISTICS = (
    Column("mean", "float64", "expected sum, which adds up over the members of a level"),
    Column("p10", "float64", "P10 of the sum"),
    Column("p50", "float64", "P50 of the sum"),
    Column("p90", "float64", "P90 of the sum"),
    Column("is_calibrated", "bool", "whether the quantiles rest on measured errors, rather than on an assumption"),
)
TOTALS = Contract(
    name="forecast_totals",
    layer="gold",
    grain="one row per level, member, origin, horizon and target",
    key=("level", "member", "origin", "horizon_days", "target"),
    partition_by=("origin",),
    columns=(
        *WHO,
        Column("origin", "date", "last day whose sales were known"),
        Column("horizon_days", "int32", "days from the day after the origin, also for releases to come", unit="days"),
        *_STATISTICS,
        Column("currency", "string", "house currency of a revenue, ISO 4217", nullable=True),
        Column("releases", "int64", "releases that belong to it whole; null for regions", nullable=True),
    ),
)
TOTALS_BACKTEST = Contract(
    name="forecast_totals_backtest",
    layer="gold",
    grain="one row per level, member, target, window and origin",
    key=("level", "member", "target", "from_day", "to_day", "origin"),
    columns=(
        *WHO,
        *DAYS,
        Column("origin", "date", "last day whose sales were known"),
        *_STATISTICS,
        Column("actual", "float64", "what the releases that were forecast sold"),
        Column("naive", "float64", "what they had sold in as many days before"),
    ),
)
CATEGORY_DEMAND = Contract(
    name="mart_category_demand",
    layer="gold",
    grain="one row per category, origin and month of 30 days ahead",
    key=("category", "origin", "month_ahead"),
    partition_by=("origin",),
    columns=(
        Column("category", "string", "genre; the format where no genre is stated"),
        Column("origin", "date", "last day whose sales were known"),
        Column(
            "month_ahead", "int32", "1 to 3: days 1 to 30, 31 to 60, 61 to 90 after the origin", minimum=1, maximum=3
        ),
        Column("starts_on", "date", "first day of the month"),
        Column("ends_on", "date", "last day of the month"),
        Column("units_mean", "float64", "expected units of the month", unit="units"),
        Column("units_p10", "float64", "P10 of them", unit="units"),
        Column("units_p50", "float64", "P50 of them", unit="units"),
        Column("units_p90", "float64", "P90 of them", unit="units"),
        Column("revenue_mean", "float64", "expected revenue of the month", unit="currency"),
        Column("currency", "string", "the house currency, ISO 4217", nullable=True),
        Column("units_last_month", "float64", "units of the 30 days up to the origin", unit="units", nullable=True),
        Column("units_last_year", "float64", "units of the same days 52 weeks before", unit="units", nullable=True),
        Column("change_on_month", "float64", "expected over units_last_month, less one", nullable=True),
        Column("change_on_year", "float64", "expected over units_last_year, less one", nullable=True),
        Column("confidence", "float64", "1 / (1 + (P90 - P10) / P50): 1 is certain", minimum=0, maximum=1),
        Column("volatility", "float64", "standard deviation over mean of the last 12 months of 30 days", nullable=True),
        Column("historical_error", "float64", "sum |y - mean| / sum y at past origins, as far ahead", nullable=True),
        Column("historical_bias", "float64", "sum (mean - y) / sum y at past origins", nullable=True),
        Column("origins_scored", "int32", "origins that the two rest on"),
    ),
)
