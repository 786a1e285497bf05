"""Dead letters: what could not be taken in, with its reason, its place and its raw bytes.

One row per landed line and table that refused it. Bronze refuses what is no message; silver what breaks a contract.
Written by those steps; this one says how many there are, and why.
"""

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MarkdownMetadataValue, MaterializeResult, asset

from assets.contracts import asset_metadata, grain_first, owners
from lake.dead_letters import DEAD_LETTERS
from resources.lake import LakeParam

KEY = AssetKey(["bronze", DEAD_LETTERS.name])
REASONS = """
select table_name, rule, reason, count(*) as letters, min(landed_path || ':' || batch_line) as first_at
from bronze.dead_letters group by all order by letters desc, table_name, rule limit 50
"""


def dead_letters_asset(refusing: list[AssetKey]) -> AssetsDefinition:
    """The asset of the dead letters that the tables ``refusing`` write."""

    @asset(
        key=KEY,
        deps=sorted(refusing),
        group_name="refused",
        kinds={"delta"},
        owners=owners(DEAD_LETTERS),
        description=grain_first(DEAD_LETTERS, __doc__),
        metadata=asset_metadata(DEAD_LETTERS),
    )
    def dead_letters(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
        store = lake.lake()
        version = store.table(DEAD_LETTERS).version()
        store.session(context.run.run_id).advance("/".join(KEY.path), version)
        rows = store.connect({"/".join(KEY.path): version}).execute(REASONS).fetchall()
        lines = ["| table | rule | reason | letters | first at |", "|---|---|---|---|---|"]
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
        return MaterializeResult(
            metadata={
                "dead_letters": sum(row[3] for row in rows),
                "reasons": MarkdownMetadataValue("\n".join(lines)),
                "delta_version": version,
            }
        )

    return dead_letters
