"""Dead letters of files that were withdrawn: taken out of the landing folder, or mended there, before a publication."""

from __future__ import annotations

from lake.dead_letters import DEAD_LETTERS, letters_sql
from lake.delta.views import literal, reading_connection
from lake.ingest.balance import BATCH_PREFIX
from lake.ingest.landing.ledger import LANDED_FILES
from lake.ingest.landing.listing import landed_files
from lake.lakehouse import PUBLISHED, Lake


def withdrawn_dead(lake: Lake, bronze: str, refused_by: str) -> int:
    """How many dead letters since the last publication are of files that no longer lie in the landing folder.

    Args:
        lake: the lake.
        bronze: the bronze table that took the files in, ``bronze/erp_changes``.
        refused_by: the table that refused their lines: the same, or a silver table.
    """
    letters = lake.table(DEAD_LETTERS)
    if not letters.exists():
        return 0
    since = "select max(published_at) from journal where table_name = $name"
    published = lake.journal(PUBLISHED).select(since, {"name": refused_by}) if lake.published() else []
    named = f"and not starts_with(batch_id, {literal(BATCH_PREFIX)})"
    found = reading_connection().execute(
        f"select batch_id, count(*) from ({letters_sql(letters.shared(), refused_by)}) "
        f"where ($since is null or found_at > $since) {named} group by 1",
        {"since": published[0][0] if published else None},
    )
    counts = dict(found.fetchall())
    return sum(counts[batch] for batch in counts.keys() - _batches_there(lake, bronze)) if counts else 0


def _batches_there(lake: Lake, bronze: str) -> set[str]:
    """The batches of the files that lie in the landing folder as they were taken in."""
    rows = lake.journal(LANDED_FILES).select(
        "select batch_id, landed_path, bytes, modified_ns from journal where table_name = $name", {"name": bronze}
    )
    landing = lake.root / "landing"
    streams = list(landing.iterdir()) if landing.is_dir() else []
    there = {(file.name, file.bytes, file.modified_ns) for stream in streams for file in landed_files(stream)}
    return {batch for batch, *stood in rows if tuple(stood) in there}
