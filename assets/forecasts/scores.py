"""How good each candidate was at past origins, and which one serves.

One row per model, target, horizon, population and origin; origin null: all of them. `served` is what serves, at each
origin chosen from those whose windows share no day with its own. Windows overlap, so neighbouring origins are not
independent.
"""

from typing import TYPE_CHECKING

from dagster import AssetKey

from assets.derived import Input, derived_table
from assets.forecasts.backtest import CANDIDATES, SEGMENTS, SERVED, WHO
from lake.contract import Column, Contract

if TYPE_CHECKING:
    from lake.delta.sessions import Session
    from lake.lakehouse import Lake
    from ml.forecasting.forecaster import Serving

SCORES = Contract(
    name="forecast_scores",
    layer="gold",
    grain="one row per model, target, horizon, population and origin; origin null: all of them",
    key=("model", "target", "horizon_days", "population", "origin"),
    columns=(
        Column("model", "string", "the candidate, or served: what serves", allowed=(*CANDIDATES, SERVED)),
        *WHO[1:],
        Column("origin", "date", "the origin; null: all origins together", nullable=True),
        Column(
            "population",
            "string",
            "sold in the 90 days before, or not; or a segment of those that did",
            allowed=("active", "dormant", *SEGMENTS),
        ),
        Column("n", "int64", "forecasts that were scored"),
        Column("wape", "float64", "sum |y - mean| / sum |y|", nullable=True),
        Column("bias", "float64", "sum (mean - y) / sum |y|", nullable=True),
        Column("rmsse", "float64", "root mean squared scaled error", nullable=True),
        Column("pinball", "float64", "sum of the three scaled pinball losses", nullable=True),
        Column("pinball_p10", "float64", "scaled pinball loss of P10", nullable=True),
        Column("pinball_p50", "float64", "scaled pinball loss of P50", nullable=True),
        Column("pinball_p90", "float64", "scaled pinball loss of P90", nullable=True),
        Column("coverage_p90", "float64", "share that came at or below P90, ties at zero randomised", nullable=True),
        Column("width", "float64", "mean scaled width from P10 to P90", nullable=True),
        *(
            Column(f"{loss}_ratio{limit}", "float64", f"{words} of what serves over this model's{of}", nullable=True)
            for loss, words in (("pinball", "pinball loss"), ("wape", "WAPE"))
            for limit, of in (("", "; active, all origins"), ("_limit", ", 95% upper limit; active, all origins"))
        ),
        Column(
            "serves",
            "bool",
            "whether this model serves the segment, of others any; at an origin by the choice made without it",
        ),
    ),
)
SCORES_KEY = AssetKey(["gold", SCORES.name])

forecast_scores = derived_table(
    SCORES,
    inputs={"backtest": Input.table("gold/forecast_backtest")},
    compute="ml.forecasting.comparison:score_rows",
    group="forecasts",
    description=__doc__,
)


def serving_models(store: "Lake", session: "Session") -> "Serving":
    """Which model serves each target, horizon and segment; the simplest where no backtest has said otherwise."""
    from ml.forecasting.features import HORIZONS
    from ml.forecasting.history import TARGETS
    from ml.forecasting.selection import WITHOUT_BACKTEST

    choice = {(target, h): dict.fromkeys(SEGMENTS, WITHOUT_BACKTEST) for target in TARGETS for h in HORIZONS}
    key = f"gold/{SCORES.name}"
    if key in session.versions:
        rows = store.connect({key: session.versions[key]}).execute(
            "select target, horizon_days, population, model from gold.forecast_scores "
            "where serves and origin is null and population not in ('active', 'dormant')"
        )
        for target, horizon, segment, model in rows.fetchall():
            choice[target, horizon][segment] = model
    return dict(choice)
