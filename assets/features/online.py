"""One row per feature view and release: what Feast serves online, with its definitions and registry.

Built of what is published, and only when that has changed; where Feast is not installed it is left out. It lies in
`LAKE/feast`, with the online store in SQLite, or in the Redis or PostgreSQL of `LACQUER_ONLINE_STORE`, and can be
deleted: the next run builds it again.
"""

from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, asset

from assets.asked_releases import asked_releases
from assets.forecasts.inputs import forecasting_version
from assets.publishing import PUBLISHED
from resources.dbt.project import load_manifest
from resources.feature_store import ENTITY, KNOWN_FROM, FeatureStore, View, is_installed
from resources.lake import LakeParam

if TYPE_CHECKING:
    import polars as pl

    from lake.lakehouse import Lake

WORK = "features"
LAYOUT = 1  # to be raised when what is built of the same rows changes


@asset(
    key=AssetKey(["features", "online"]),
    deps=[PUBLISHED],
    group_name="features",
    kinds={"feast", "sqlite"},
    owners=["team:data-science"],
    description=cleandoc(__doc__ or ""),
    code_version=str(LAYOUT),
)
def features_online(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Build the views of the published tables, unless they stand."""
    if not is_installed():
        return _skipped(context, "Feast is not installed; make features adds it")
    if asked_releases(context.run.tags) is not None:
        return _skipped(context, "some releases were asked for; the next whole run builds the views")
    from lake.delta.storage import only_one

    store = lake.lake()
    with only_one(store.root, WORK):  # a build removes what others have left half done
        return _build(context, store, lake.online_store)


def _build(context: AssetExecutionContext, store: "Lake", address: str | None) -> MaterializeResult:
    from assets.features.views import feature_views

    published, views = store.published(), feature_views(load_manifest())
    if missing := [view.table for view in views if view.table not in published]:
        return _skipped(context, f"{' and '.join(missing)} not published yet")
    made_of = {view.table: published[view.table] for view in views}
    made_of |= {"layout": LAYOUT, "forecasting_code": forecasting_version()}
    features = FeatureStore(store.root / "feast", address)
    if features.made_of() == made_of:
        return _skipped(context, "nothing it rests on has changed")
    rows = {view.name: view_rows(store, view) for view in views}
    features.build(views, rows, made_of)
    counts: dict[str, Any] = {name: frame[ENTITY].n_unique() for name, frame in rows.items()}
    return MaterializeResult(
        metadata={"releases": counts, "features": {view.name: len(view.features) for view in views}}
    )


def _skipped(context: AssetExecutionContext, why: str) -> MaterializeResult:
    context.log.info(f"feature views skipped: {why}")
    return MaterializeResult(metadata={"mode": f"skipped: {why}"})


def view_rows(store: "Lake", view: View) -> "pl.DataFrame":
    """[release_id, known_from, …] of the view's published table, by release and moment."""
    import polars as pl

    from lake.lakehouse import PUBLISHED as PUBLISHED_TABLES

    books = store.table(PUBLISHED_TABLES).read().filter(pl.col("table_name") == view.table).collect()
    columns = ", ".join(f'"{feature.name}"' for feature in view.features)
    con = store.connect({view.table: books["version"].item()})
    return con.sql(
        f'select "{view.key}" as {ENTITY}, ({view.known_from})::timestamptz as {KNOWN_FROM}, {columns}'
        f" from {view.table.replace('/', '.')} order by all",
        params={"published_at": books["published_at"].item()} if "$published_at" in view.known_from else None,
    ).pl()
