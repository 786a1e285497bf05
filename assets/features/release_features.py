"""One row per release and origin: what the forecast's model sees of the release, and what lies outside of the shop.

The origins are those of the backtest and the newest day of each run; a row holds what was known at the end of its
origin, and once another day has come it stays as it is. When the code of the features changes, all of them are computed
anew. To train on it, join it by `ml.features.asof` as of the day after its origin.
"""

import datetime as dt
from inspect import cleandoc
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, multi_asset

from assets.asked_releases import asked_releases
from assets.code_versions import step_version
from assets.contracts import asset_metadata
from assets.derived import Input
from assets.derived import read_inputs as read_frames
from assets.feature_contract import OWNER, release_features
from assets.features.outside_sql import FACTS_SQL, OUTSIDE
from assets.forecasts.inputs import INPUTS, read_history, read_inputs
from lake.delta.table import Table
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl

    from lake.delta.sessions import Session
    from lake.lakehouse import Lake

KEY = AssetKey(["gold", "release_features"])
NAME = "/".join(KEY.path)
CODE = "features_code"
READ = (*INPUTS, *(key for key in OUTSIDE if key not in INPUTS))


def features_version() -> int:
    """The version of the code of the features and of the SQL that feeds it."""
    packages = ("ml.features.releases", "ml.features.outside", "ml.forecasting")
    return step_version(packages, "assets.forecasts.inputs_sql", "assets.features.outside_sql")


@multi_asset(
    name="release_features",
    specs=[
        AssetSpec(
            KEY,
            deps=[AssetKey(key.split("/")) for key in READ],
            group_name="features",
            kinds={"polars", "delta"},
            owners=[OWNER],
            description=cleandoc(__doc__ or ""),
            code_version=f"{features_version():012x}",
        )
    ],
)
def release_features_table(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Add the newest origin, or compute all of them where the code has changed."""
    store = lake.lake()
    session = lake.session(context.run)
    table = Table(store.path(NAME))
    if asked_releases(context.run.tags) is not None:
        return MaterializeResult(asset_key=KEY, metadata={"mode": "read only: some releases were asked for"})
    made_of = {f"of:{key}": session.versions.get(key, -1) for key in READ}
    code = {CODE: features_version()}
    standing = table.transactions(*made_of, *code)
    inputs = read_inputs(store, session) if standing != made_of | code else None
    if inputs is None or inputs[0].is_empty():
        if table.exists():
            session.advance(NAME, table.version())
        why = "nothing it rests on has changed" if inputs is None else "no sales yet"
        return MaterializeResult(asset_key=KEY, metadata={"mode": f"skipped: {why}"})
    from ml.features.releases import feature_rows

    known = standing.get(CODE) == code[CODE]
    origins = _origins(inputs[0], table if known else None)
    history = read_history(store, session, origins[-1], lake.threads)
    contract = release_features()
    rows = with_outside(store, session, feature_rows(history, origins).rename({"unique_id": "release_id"}))
    data = rows.select(contract.arrow_schema.names).to_arrow().cast(contract.arrow_schema)
    partitions = origins if known else None
    version = table.overwrite(data, partitions, made_of | code, partition_by=contract.partition_by)
    session.advance(NAME, version)
    return MaterializeResult(
        asset_key=KEY,
        metadata={
            "origins_computed": [origin.isoformat() for origin in origins],
            "rows_out": data.num_rows,
            "delta_version": version,
            **asset_metadata(contract),
        },
    )


def with_outside(store: "Lake", session: "Session", rows: "pl.DataFrame") -> "pl.DataFrame":
    """The rows with the features of competitors, reviews, charts, weather, holidays and the economy."""
    import polars as pl

    from ml.features.outside import outside_features

    facts = read_frames(store, session.versions, {"facts": Input.sql(FACTS_SQL)})["facts"]
    parts = []
    for (origin,), some in rows.partition_by("origin", as_dict=True, maintain_order=True).items():
        found = outside_features(some.select("release_id", "list_price"), facts, origin)
        parts.append(some.join(found, on="release_id", how="left", maintain_order="left"))
    return pl.concat(parts)


def _origins(sales: "pl.DataFrame", standing: Table | None) -> list[dt.date]:
    """The newest day, and with it the origins of the backtest where none stands yet."""
    from ml.forecasting.backtest import origins_every

    first, last = sales["ds"].min(), sales["ds"].max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    return [last] if standing is not None else sorted({*origins_every(first, last), last})
