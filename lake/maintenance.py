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
from lake.delta.sessions import PINS
from lake.delta.storage import has_commit
from lake.delta.table import Table
from lake.delta.views import reading_connection, snapshot_sql
from lake.lakehouse import Lake

if TYPE_CHECKING:
    from deltalake import DeltaTable

DAY_HOURS = 24
PINS_KEY = f"lake/{PINS.name}"
# Old states of pins are of use only to a process that is working with them at this moment.
PINS_HOURS = 24
DEAD_LETTER_DAYS = 30
LOG_RETENTION = "delta.logRetentionDuration"
DEFAULT_DAYS = 30  # Delta's own for the log
# A partition is worth compacting from this many files on; below it the rewrite costs more than reading them does.
MANY_FILES = 8


@dataclass(frozen=True)
class Retention:
    """For how many days the files of versions stay that nobody is using, by layer.

    Within them a version can be read, and what was computed from it reproduced. ``system`` is that of the lake's own
    tables: published versions, journals, the ledger of landed files.
    """

    bronze: int = DEFAULT_DAYS
    silver: int = DEFAULT_DAYS
    gold: int = DEFAULT_DAYS
    system: int = DEFAULT_DAYS

    def hours(self, key: str) -> int:
        """That of a table, in hours."""
        by_layer = {"bronze": self.bronze, "silver": self.silver, "gold": self.gold, "lake": self.system}
        hours = by_layer[key.partition("/")[0]] * DAY_HOURS
        return min(hours, PINS_HOURS) if key == PINS_KEY else hours


@dataclass(frozen=True)
class Upkeep:
    """What was done to one table: files merged into fewer, files deleted, its newest version."""

    table: str
    compacted: int
    vacuumed: int
    version: int


def maintain(lake: Lake, retention: Retention | None = None) -> list[Upkeep]:
    """Look after every table of the lake.

    Args:
        lake: the lake.
        retention: for how long files stay that no version in use needs.
    """
    kept, published, pinned = retention or Retention(), lake.published(), lake.pinned()
    _expire_dead_letters(lake)
    done = []
    for key in [*lake.versions(), PINS_KEY, "lake/published"]:
        table = Table(lake.path(key))
        if not table.exists():
            continue
        hours = kept.hours(key)
        before = table.version()
        compacted = compact(table)
        _keep_log(table, hours)
        after = table.version()
        if after > before and published.get(key) == before:
            lake.publish({key: after}, "maintenance")
            published[key] = after
        keep = {published.get(key, after), *pinned.get(key, set())} | _unread(lake, key, after)
        vacuumed = _vacuum(table, keep, hours)
        done.append(Upkeep(key, compacted, vacuumed, table.version()))
    return done


def tidy_pins(lake: Lake, retention: Retention | None = None) -> None:
    """Take away what ended runs have left of pins, of which every step of a run writes one file."""
    table = Table(lake.path(PINS_KEY))
    if table.exists():
        hours = (retention or Retention()).hours(PINS_KEY)
        _keep_log(table, hours)
        _vacuum(table, (), hours)


def _keep_log(table: Table, hours: int) -> None:
    """Have the table say for how long its log is kept: of pins as briefly as its files, of others never too briefly.

    delta-rs drops older entries of the log by itself, whoever has yet to read them.
    """
    default = DEFAULT_DAYS * DAY_HOURS
    wanted = f"interval {hours if table.name == PINS_KEY else max(hours, default)} hours"
    stored = table.shared().metadata().configuration.get(LOG_RETENTION, f"interval {default} hours")
    if stored != wanted:
        with_retries(table.path, lambda at: at.alter.set_table_properties({LOG_RETENTION: wanted}))


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
