"""Fields that a source has begun to send and that the contract does not know.

They stay in bronze and are reported by name; a line in the contract brings them to silver. They are not copied
unasked, for nobody has said yet whether they are personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.changes import AddedFile
from lake.delta.views import literal
from lake.silver.sql import Feed
from lake.silver.staging import bronze_files_sql

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 5_000


def unknown_fields(
    con: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed, files: Sequence[AddedFile]
) -> tuple[str, ...]:
    """Names of unknown fields among the first :data:`SAMPLE_ROWS` rows of the newest file, sorted."""
    if not files:
        return ()
    places = " union ".join(
        f"select unnest(json_keys(payload, {literal('$' + ''.join('.' + part for part in root.split('.') if part))})) "
        "as name from sample"
        for root in feed.document
    )
    sample = f"with sample as (from {bronze_files_sql(files[-1:])} where op <> 'd' limit {SAMPLE_ROWS})"
    rows = con.execute(f"{sample} {places}").fetchall()
    # Rows of extracts and pulls name the column that is their source's own mark of changes.
    mark = "json_extract_string(payload, '$.source.watermark')"
    marks = con.execute(f"{sample} select distinct {mark} from sample").fetchall()
    known = {column.source.split(".")[0] for column in contract.columns if column.source}
    known |= {*feed.envelope, *(mark for (mark,) in marks)}
    return tuple(sorted({name for (name,) in rows} - known))
