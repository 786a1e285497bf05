"""People's own figures beside the forecasts. `lacquer override` makes, lists and withdraws them.

One row per override that somebody made, withdrawn or not. What they were worth is in `override_value`.
"""

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.contracts import table_spec
from lake.journals.overrides import OVERRIDES
from resources.lake import LakeParam

OVERRIDES_KEY = AssetKey([OVERRIDES.layer, OVERRIDES.name])


@multi_asset(
    name="forecast_overrides",
    specs=[
        table_spec(
            OVERRIDES,
            [],
            "Made by `lacquer override`, not by a run; a run takes up those that stand.",
            group="forecasts",
            kinds={"delta"},
            code_version="1",
        )
    ],
)
def forecast_overrides(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Take up what people have overridden."""
    table, session = lake.lake().table(OVERRIDES), lake.session(context.run)
    table.create()
    session.advance(table.name, table.version())
    return MaterializeResult(metadata={"overrides": table.row_count(), "delta_version": table.version()})
