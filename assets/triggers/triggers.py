"""Days of releases that deviate from what their own past and the calendar explain.

One row per release, metric and day, of the last 60 days. No score uses a later day. Counts are compared on the scale of
square roots, amounts on that of logarithms; `sigmas` are robust standard deviations. Besides single days there are
level shifts, data that stops, days unusual in several metrics at once (isolation forest and PCA on windows of a week),
and misses of the forecast. `market:chart` and `market:offers` are the house's shares of chart points and of offers.
"""

from assets.derived import Input, derived_table
from assets.triggers.daily_sql import DAILY_SQL
from assets.triggers.market_sql import FORECASTS_SQL
from lake.contract import Column, Contract

SCORED_DAYS = 60
KINDS = ("spike", "drop", "shift_up", "shift_down", "missing", "unusual", "forecast_missed")
TRIGGERS = Contract(
    name="triggers",
    layer="gold",
    grain="one row per release, metric and day that deviates",
    key=("unique_id", "metric", "ds"),
    columns=(
        Column("unique_id", "string", "the release, market:chart or market:offers"),
        Column("metric", "string", "what deviates: units, price, chart_share, …; several; forecast"),
        Column("ds", "date", "the day"),
        Column("kind", "string", "above or below what was expected, a shift of the level, …", allowed=KINDS),
        Column("observed", "float64", "value of the day, or the new level", nullable=True),
        Column("expected", "float64", "what the days before it made one expect", nullable=True),
        Column("deviation", "float64", "observed less expected", nullable=True),
        Column("sigmas", "float64", "the deviation in robust standard deviations", nullable=True),
        Column("moved_with", "string", "other metrics of the release that deviate on the same day", nullable=True),
        Column("reason", "string", "the same in one sentence"),
    ),
)

triggers = derived_table(
    TRIGGERS,
    inputs={"rows": Input.sql(DAILY_SQL), "forecasts": Input.sql(FORECASTS_SQL)},
    compute="ml.alerts.release_triggers:release_triggers",
    parameters={"days": SCORED_DAYS},
    group="triggers",
    description=__doc__,
)
