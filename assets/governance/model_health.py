"""Live loss and coverage of each version beside the band of its backtest.

One row per model, version, role and origin whose window has ended. A champion whose loss lies above the band at two
origins a week apart is rolled back by rule.
"""

from assets.derived import Input, derived_table
from assets.governance import GROUP
from assets.governance.live_losses import LIVE_LOSSES
from lake.contract import Column, Contract

MODEL_HEALTH = Contract(
    name="model_health",
    layer="gold",
    grain="one row per model, version, role and origin",
    key=("model", "version", "role", "origin"),
    columns=(
        *LIVE_LOSSES.columns[:4],
        Column("n", "int64", "entities that were scored", minimum=1),
        Column("loss", "float64", "mean live loss", minimum=0),
        Column("coverage", "float64", "share of outcomes at or below P90", nullable=True, minimum=0, maximum=1),
        Column("band_low", "float64", "lower limit of the backtest's 95% band of the loss", nullable=True),
        Column("band_high", "float64", "upper limit, its 97.5% point; null: fewer than three origins", nullable=True),
        Column("is_above", "bool", "whether the loss lies above the band"),
    ),
)

model_health = derived_table(
    MODEL_HEALTH,
    inputs={
        "live": Input.sql("from gold.live_losses union all by name from gold.model_live_losses order by all"),
        "versions": Input.sql("select model, version, recipe from gold.model_versions"),
        "backtest": Input.sql(
            "select model, recipe, origin, avg(coalesce(first_loss, loss)) as loss from gold.model_losses group by all"
        ),
    },
    compute="ml.promotion.live:health",
    group=GROUP,
    description=__doc__,
)
