"""Days of releases that deviate from what their own past and the calendar explain.

One row per release, metric and day, of the last 60 days. No score uses a later day. Counts are compared on the scale of
square roots, amounts on that of logarithms; `sigmas` are robust standard deviations.
"""

from assets.derived import Input, derived_table
from assets.triggers.daily_sql import DAILY_SQL
from lake.contract import Column, Contract

SCORED_DAYS = 60
TRIGGERS = Contract(
    name="triggers",
    layer="gold",
    grain="one row per release, metric and day that deviates",
    key=("unique_id", "metric", "ds"),
    columns=(
        Column("unique_id", "string", "the release"),
        Column("metric", "string", "what deviates: units, returns, plays, mentions, competitor_price, chart_rank"),
        Column("ds", "date", "the day"),
        Column("kind", "string", "above or below what was expected", allowed=("spike", "drop")),
        Column("observed", "float64", "value of the day"),
        Column("expected", "float64", "what the days before it made one expect"),
        Column("deviation", "float64", "observed less expected"),
        Column("sigmas", "float64", "the deviation in robust standard deviations"),
        Column("moved_with", "string", "other metrics of the release that deviate on the same day", nullable=True),
        Column("reason", "string", "the same in one sentence"),
    ),
)

triggers = derived_table(
    TRIGGERS,
    inputs={"rows": Input.sql(DAILY_SQL)},
    compute="ml.alerts.facts:release_triggers",
    parameters={"days": SCORED_DAYS},
    group="triggers",
    description=__doc__,
)
