"""How good the cold start was at past origins, and who serves releases that are new.

One row per age band, target, horizon and model, all origins together. The cold start stands beside the category's
median and, from the first sale on, beside the model. Rows `served` are what served, a blend of both too, as origins
whose windows do not overlap would have chosen it.
"""

from assets.derived import Input, derived_table
from assets.forecasts.cold_start import AGE_BAND, WHAT
from assets.forecasts.newcomers import SERVED_SQL
from lake.contract import Column, Contract

COLD_SCORES = Contract(
    name="cold_start_scores",
    layer="gold",
    grain="one row per age band, target, horizon and model, all origins together",
    key=("age_band", "target", "horizon_days", "model"),
    columns=(
        AGE_BAND,
        *WHAT,
        Column(
            "model",
            "string",
            "cold_start, category_median, the model that serves all others, or what served, chosen on other origins",
            allowed=("cold_start", "category_median", "model", "served"),
        ),
        Column("n", "int64", "forecasts that were scored"),
        Column("origins", "int32", "origins that they are of"),
        Column("wape", "float64", "sum |y - mean| / sum |y|", nullable=True),
        Column("wape_p50", "float64", "the same of P50", nullable=True),
        Column("bias", "float64", "sum (mean - y) / sum |y|", nullable=True),
        Column("pinball", "float64", "sum of the three scaled pinball losses"),
        Column("coverage_p90", "float64", "share that came at or below P90"),
        Column("width", "float64", "mean scaled width from P10 to P90"),
        Column("serves", "bool", "whether it makes what serves releases of this age now, alone or with a share"),
        Column("model_share", "float64", "the model's share of what serves at this age", minimum=0, maximum=1),
        Column("launch_known", "string", "release date, or first sale where a proxy was scored"),
    ),
)

cold_start_scores = derived_table(
    COLD_SCORES,
    inputs={"backtest": Input.table("gold/cold_start_backtest"), "served": Input.sql(SERVED_SQL)},
    compute="ml.cold_start.comparison:score_rows",
    group="forecasts",
    description=__doc__,
)
