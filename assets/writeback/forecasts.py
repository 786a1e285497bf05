"""Forecasts written back to the PIM, and the record of it.

One row per release and field that was written. Only published forecasts of the newest origin go out, only fields whose
value differs from what was last written, and a run that is repeated writes nothing. The file is written first, then the
record: a kill between the two repeats the same file under the same name.
"""

import datetime as dt
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, ResourceParam, asset

from assets.contracts import asset_metadata, grain_first, owners
from assets.publishing import PUBLISHED
from lake.commits import with_retries
from lake.contract import Column, Contract
from resources.lake import LakeParam
from resources.pim import Delivery, Pim, PimValue, ReleaseUpdate

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

WRITEBACKS = Contract(
    name="writebacks",
    layer="gold",
    grain="one row per release, field and write to the PIM",
    key=("release_id", "field", "written_at"),
    columns=(
        Column("release_id", "string", "the release"),
        Column("field", "string", "the PIM's name of the field"),
        Column("old_value", "string", "what was last written; null: nothing yet", nullable=True),
        Column("new_value", "string", "what was written; null: the field was cleared", nullable=True),
        Column("origin", "date", "origin of the forecast it comes from"),
        Column("written_at", "timestamp", "moment of the write"),
        Column("target", "string", "where it went: the export file"),
        Column("result", "string", "what became of it"),
    ),
)
WRITEBACKS_KEY = AssetKey(["gold", WRITEBACKS.name])
# Release, origin, field, old value, new value.
Change = tuple[str, dt.date, str, str | None, str | None]
# Taken by each record, so that of two write-backs on one state only the first is recorded and the other looks again.
RECORDED = "lacquer.recorded"
# The newest published forecast of each release, one row per release and field of the PIM.
_WANTED = """
with newest as (select * from gold.forecasts qualify origin = max(origin) over ()),
fields as (
  select release_id, origin, horizon_days, unnest([
    {'field': 'forecastUnits' || horizon_days || 'dP50', 'value': round(units_p50, 1)::varchar},
    {'field': 'forecastUnits' || horizon_days || 'dP90', 'value': round(units_p90, 1)::varchar},
    {'field': 'forecastRevenue' || horizon_days || 'dP50', 'value': round(revenue_p50, 2)::varchar},
    {'field': 'forecastRisk' || horizon_days || 'd', 'value': risk_level},
    {'field': 'forecastModel' || horizon_days || 'd', 'value': model}
  ], recursive := true) from newest
)
select release_id, origin, field, value from fields
"""
_STANDING = """
select release_id, field, arg_max_null(new_value, written_at) as value from gold.writebacks group by all
"""


def _changes(con: "duckdb.DuckDBPyConnection") -> list[Change]:
    """Release, origin, field, old value, new value of each field that differs from what was last written.

    A release that is no longer forecast loses its values: its fields are cleared.
    """
    return con.execute(
        f"with wanted as ({_WANTED}), standing as ({_STANDING}) "
        "select release_id, (select max(origin) from wanted), field, s.value, w.value "
        "from wanted w full join standing s using (release_id, field) "
        "where s.value is distinct from w.value and exists (from wanted) order by all"
    ).fetchall()


@asset(
    key=WRITEBACKS_KEY,
    deps=[PUBLISHED],
    group_name="writeback",
    kinds={"delta", "pimcore"},
    owners=owners(WRITEBACKS),
    description=grain_first(WRITEBACKS, "The record of what went back, and why nothing is written twice."),
    metadata=asset_metadata(WRITEBACKS),
    code_version="1",
)
def writebacks(context: AssetExecutionContext, lake: LakeParam, pim: ResourceParam[Pim]) -> MaterializeResult:
    """Hand the changed forecasts to the PIM and record each field."""
    store = lake.lake()
    published = store.published()
    if "gold/forecasts" not in published:
        return MaterializeResult(metadata={"releases": 0, "reason": "no forecast is published yet"})
    table = store.table(WRITEBACKS)
    table.create()

    def attempt(snapshot: "DeltaTable") -> MaterializeResult:
        # The record is read at its newest version: what was written counts even if its run was never published.
        con = store.connect({"gold/forecasts": published["gold/forecasts"], "gold/writebacks": snapshot.version()})
        changes = _changes(con)
        if not changes:
            return MaterializeResult(metadata={"releases": 0, "fields": 0, "delta_version": snapshot.version()})
        updates = _updates(changes)
        delivery = pim.update_releases(updates)
        taken = {RECORDED: (snapshot.transaction_version(RECORDED) or 0) + 1}
        version = table.append(_record(changes, delivery), taken, snapshot=snapshot)
        store.publish({table.name: version}, context.run.run_id)
        return MaterializeResult(
            metadata={
                "releases": len(updates),
                "fields": len(changes),
                "target": delivery.target,
                "delta_version": version,
            }
        )

    return with_retries(table.path, attempt)


def _updates(changes: list[Change]) -> list[ReleaseUpdate]:
    by_release: dict[tuple[str, str], dict[str, PimValue]] = {}
    for release_id, origin, field, _, new in changes:
        fields = by_release.setdefault((release_id, origin.isoformat()), {})
        fields[field] = float(new) if new is not None and field.endswith(("P50", "P90")) else new
    return [ReleaseUpdate(release_id, origin, fields) for (release_id, origin), fields in by_release.items()]


def _record(changes: list[Change], delivery: Delivery) -> "pa.Table":
    import pyarrow as pa

    now = dt.datetime.now(dt.UTC)
    rows = [
        {
            "release_id": release_id,
            "field": field,
            "old_value": old,
            "new_value": new,
            "origin": origin,
            "written_at": now,
            "target": delivery.target,
            "result": delivery.result,
        }
        for release_id, origin, field, old, new in changes
    ]
    return pa.Table.from_pylist(rows, WRITEBACKS.arrow_schema)
