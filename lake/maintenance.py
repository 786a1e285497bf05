"""Upkeep: compaction, checkpoints, vacuum; never of what a reader or a run still needs.

Kept are the files of every published and pinned version, and of bronze what its slowest consumer has yet to read. A
consumer that is further behind finds its changes gone and rebuilds in full.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.dead_letters import DEAD_LETTERS, expired_app
from lake.delta.commits import commit_properties, with_retries
from lake.delta.storage import has_commit
from lake.delta.table import Table
from lake.delta.views import reading_connection, snapshot_sql
from lake.lakehouse import Lake

if TYPE_CHECKING:
    from deltalake import DeltaTable

RETENTION_HOURS = 7 * 24
DEAD_LETTER_DAYS = 30
# A partition is worth compacting from this many files on; below it the rewrite costs more than reading them does.
MANY_FILES = 8


@dataclass(frozen=True)
class Upkeep:
    """What was done to one table: files merged into fewer, files deleted, its newest version."""

    table: str
    compacted: int
    vacuumed: int
    version: int


def maintain(lake: Lake, *, retention_hours: int = RETENTION_HOURS) -> list[Upkeep]:
    """Look after every table of the lake.

    Args:
        lake: the lake.
        retention_hours: files that no version needs are kept for this long, for readers that are under way.
    """
    published, pinned = lake.published(), lake.pinned()
    _expire_dead_letters(lake)
    done = []
    for key in [*lake.versions(), "lake/pins", "lake/published"]:
        table = Table(lake.path(key))
        if not table.exists():
            continue
        before = table.version()
        compacted = compact(table)
        after = table.version()
        if after > before and published.get(key) == before:
            lake.publish({key: after}, "maintenance")
            published[key] = after
        keep = {published.get(key, after), *pinned.get(key, set())} | _unread(lake, key, after)
        vacuumed = _vacuum(table, keep, retention_hours)
        done.append(Upkeep(key, compacted, vacuumed, table.version()))
    return done


def compact(table: Table) -> int:
    """Merge small files in partitions that have many; the rows stay the same, so no consumer sees a change."""
    snapshot = table.snapshot()
    if len(snapshot.file_uris()) < MANY_FILES:
        return 0
    metrics = with_retries(table.path, lambda at: at.optimize.compact())
    return int(metrics["numFilesRemoved"])


def _vacuum(table: Table, keep: Iterable[int], retention_hours: int) -> int:
    snapshot = table.snapshot()
    snapshot.create_checkpoint()
    oldest = min([*keep, snapshot.version()])
    versions = sorted({version for version in keep if version >= 0 and has_commit(table.path, version)})
    removed = snapshot.vacuum(
        retention_hours=retention_hours, dry_run=False, enforce_retention_duration=False, keep_versions=versions
    )
    if oldest == snapshot.version():
        snapshot.cleanup_metadata()
    return len(removed)


def _unread(lake: Lake, key: str, newest: int) -> set[int]:
    """Versions of a bronze table that some silver table has yet to read."""
    layer, name = key.split("/")
    if layer != "bronze":
        return set()
    app = f"read:{name}"
    silver = [Table(lake.path(other)) for other in lake.versions() if other.startswith("silver/")]
    positions = [table.transactions(app)[app] for table in silver if table.transactions(app)]
    return set(range(min(positions) + 1, newest + 1)) if positions else set()


def _expire_dead_letters(lake: Lake) -> None:
    """Dead letters of which nobody knows whose data they hold go after a while; how many went stays on record."""
    table = lake.table(DEAD_LETTERS)
    if not table.exists():
        return
    oldest = dt.datetime.now(dt.UTC) - dt.timedelta(days=DEAD_LETTER_DAYS)
    condition = f"entity_key is null and found_at < timestamp '{oldest:%Y-%m-%dT%H:%M:%SZ}'"

    def attempt(snapshot: DeltaTable) -> None:
        rows = reading_connection().execute(
            f"select table_name, count(*) from ({snapshot_sql(snapshot)}) where entity_key is null "
            f"and found_at < timestamptz '{oldest:%Y-%m-%d %H:%M:%S+00}' group by all"
        )
        counts = {expired_app(name): count for name, count in rows.fetchall()}
        if counts:
            totals = {app: count + (snapshot.transaction_version(app) or 0) for app, count in counts.items()}
            snapshot.delete(condition, commit_properties=commit_properties(snapshot, totals, serial=True))

    with_retries(table.path, attempt)
