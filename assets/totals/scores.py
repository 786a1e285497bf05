"""How good the sums were at past origins, beside the last days again.

One row per level, target, window and origin; origin null: all of them.
"""

from assets.derived import Input, derived_table
from assets.totals.tables import DAYS, WHO
from lake.contract import Column, Contract

TOTALS_SCORES = Contract(
    name="forecast_totals_scores",
    layer="gold",
    grain="one row per level, target, window and origin; origin null: all of them",
    key=("level", "target", "from_day", "to_day", "origin"),
    columns=(
        WHO[0],
        WHO[2],
        *DAYS,
        Column("origin", "date", "the origin; null: all origins together", nullable=True),
        Column("n", "int64", "members that sold, or were expected to sell half a unit"),
        Column("is_calibrated", "bool", "whether all quantiles rested on measured errors"),
        Column("wape", "float64", "sum |y - mean| / sum y", nullable=True),
        Column("wape_naive", "float64", "the same of the last days again", nullable=True),
        Column("bias", "float64", "sum (mean - y) / sum y", nullable=True),
        Column("pinball", "float64", "pinball losses of the three quantiles / sum y", nullable=True),
        Column("coverage_p90", "float64", "share of members that came at or below their P90", nullable=True),
        Column("coverage_p10", "float64", "share of members that came at or above their P10", nullable=True),
    ),
)

forecast_totals_scores = derived_table(
    TOTALS_SCORES,
    inputs={"backtest": Input.table("gold/forecast_totals_backtest")},
    compute="ml.totals.scores:score_rows",
    group="forecasts",
    description=__doc__,
)
