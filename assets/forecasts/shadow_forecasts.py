"""What the challenger would have forecast, beside what was served.

One row per release, origin, horizon and version. Nobody acts on these rows; they are compared with the served ones when
the windows have ended.
"""

from assets.forecasts.forecasts_table import FORECASTS
from lake.contract import Contract

_LEFT_OUT = ("days_out_of_stock_90", "risk_level")
SHADOW_FORECASTS = Contract(
    name="shadow_forecasts",
    layer="gold",
    grain="one row per release, origin, horizon and version that does not serve",
    key=("release_id", "origin", "horizon_days", "model_version"),
    partition_by=("origin",),
    columns=tuple(column for column in FORECASTS.columns if column.name not in _LEFT_OUT),
)
SHADOW_KEY = f"{SHADOW_FORECASTS.layer}/{SHADOW_FORECASTS.name}"
