"""Pulls of the ERP's tables from its database.

One row per table, pull and step of the pull. What a pull finds lands as files of envelopes beside all others, and
bronze takes them in; without a database nothing happens.
"""

from dagster import AssetExecutionContext, AssetKey, MarkdownMetadataValue, MaterializeResult, asset

from assets.contracts import asset_metadata, grain_first, owners
from lake.delta.table import Table
from lake.ingest.pulls.state import ERP_PULLS
from resources.erp import ErpParam
from resources.lake import LakeParam

KEY = AssetKey([ERP_PULLS.layer, ERP_PULLS.name])


@asset(
    key=KEY,
    group_name="bronze",
    kinds={"delta", "postgres"},
    owners=owners(ERP_PULLS),
    description=grain_first(ERP_PULLS, __doc__),
    metadata=asset_metadata(ERP_PULLS),
    code_version="1",
)
def erp_pulls(context: AssetExecutionContext, lake: LakeParam, erp: ErpParam) -> MaterializeResult:
    """Land what is new, late or deleted in the ERP's database."""
    from lake.delta.storage import only_one
    from lake.ingest.pulls.pull import pull
    from lake.ingest.pulls.state import WORK

    store = lake.lake()
    session, table = lake.session(context.run), store.table(ERP_PULLS)
    if erp.missing:
        context.log.info(f"the ERP's database is not pulled: {erp.missing}")
        if table.exists():
            session.advance(table.name, table.version())
        return MaterializeResult(metadata={"skipped": erp.missing})
    table.create()
    with only_one(store.root, WORK), erp.snapshot() as source:
        found = pull(store, Table(store.path("bronze/erp_changes")), source, erp.tables)
    session.advance(table.name, table.version())
    lines = ["| table | new | late | deleted | watermark |", "|---|---|---|---|---|"]
    lines += [f"| {one.table} | {one.new} | {one.late} | {one.deleted} | {one.watermark} |" for one in found]
    return MaterializeResult(
        metadata={
            "rows_out": sum(one.new + one.late + one.deleted for one in found),
            "files": sum(len(one.files) for one in found),
            "delta_version": table.version(),
            "tables": MarkdownMetadataValue("\n".join(lines)),
        }
    )
