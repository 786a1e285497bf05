"""What has changed in a table since a model read it: months looked up in Delta's logs.

The months of every file added or removed count, so that a month which a row has left is among them. Where the log
cannot tell, or the table has no months like the model's, the answer is "anything", with the reason. What follows from
it is decided in :mod:`lake.gold.plan`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from lake.delta.changes import read_changes
from lake.delta.storage import has_data_files
from lake.delta.table import Table, partition_predicate
from lake.delta.views import quoted, reading_connection, snapshot_sql
from lake.gold.models import ModelSpec, MonthsByKey, MonthsByVersion, MonthsOf
from lake.gold.plan import Moved, month_before
from lake.lakehouse import Lake

if TYPE_CHECKING:
    from deltalake import DeltaTable


def moved(lake: Lake, versions: Mapping[str, int], model: ModelSpec, source: str, since: int) -> Moved:
    """The months of ``model`` that the changes of ``source`` touch.

    Args:
        lake: where the tables are.
        versions: the pinned version of each table.
        model: the model that reads the source.
        source: the table that may have changed, ``layer/name``.
        since: the version of it that stands in the model's rows; -1 for none.
    """
    until = versions.get(source, -1)
    if until == since:
        return Moved()
    if since < 0 or until < since:
        return Moved(None, f"{source} was read at version {since} and stands at {until}")
    changes = read_changes(lake.path(source), since, until)
    if not changes.complete:
        return Moved(None, f"the log of {source} no longer reaches back to version {since}")
    if not changes.partitions:
        return Moved()
    if (by_version := model.months_by_version.get(source)) is not None:
        return _moved_by_version(lake, versions, by_version, source, since, model.partition_by or "")
    partitioned = Table(lake.path(source)).shared(until).metadata().partition_columns
    own = model.months_of.get(source, MonthsOf(model.partition_by or ""))
    if partitioned != [own.column] or None in changes.partitions:
        return Moved(None, f"{source} has changed, which has no months of its own")
    found = {dt.date.fromisoformat(value) for value in changes.partitions if value}
    touched = Moved(frozenset(found))
    link = model.months_by_key
    if link is not None and link.source == source:
        touched = _moved_by_key(lake, versions, link, partitioned[0], since, found)
    if touched.months is None:
        return touched
    steps = range(-own.before, own.following + 1)
    return Moved(frozenset(month_before(month, -step) for month in touched.months for step in steps))


def _moved_by_key(
    lake: Lake, versions: Mapping[str, int], link: MonthsByKey, column: str, since: int, months: Collection[dt.date]
) -> Moved:
    """Months of the rows whose key stands, or stood, in the changed months of the linked source."""
    if (rows_at := versions.get(link.rows_of)) is None:
        return Moved()
    source = Table(lake.path(link.source))
    before = _readable(source, link.source, since)
    if isinstance(before, Moved):
        return before
    now = source.shared(versions[link.source])
    where = partition_predicate(column, sorted(months))
    keys = " union ".join(
        f"select {quoted(link.key)} from ({snapshot_sql(snapshot)}) where {where}" for snapshot in (before, now)
    )
    rows = snapshot_sql(Table(lake.path(link.rows_of)).shared(rows_at))
    sql = f"select distinct {quoted(column)} from ({rows}) where {quoted(link.key)} in ({keys})"
    found = reading_connection().execute(sql).fetchall()
    return Moved(frozenset(month for (month,) in found))


def _moved_by_version(
    lake: Lake, versions: Mapping[str, int], link: MonthsByVersion, source: str, since: int, month: str
) -> Moved:
    """Months of the rows that find another version in the history than they did at ``since``."""
    from lake.gold.versions import touched_months

    if (rows_at := versions.get(link.rows_of)) is None:
        return Moved()
    history, through = Table(lake.path(source)), None
    before = _readable(history, source, since)
    if isinstance(before, Moved):
        return before
    if link.through is not None:
        if (through_at := versions.get(link.through)) is None:
            return Moved()
        through = snapshot_sql(Table(lake.path(link.through)).shared(through_at))
    after = snapshot_sql(history.shared(versions[source]))
    rows = snapshot_sql(Table(lake.path(link.rows_of)).shared(rows_at))
    return Moved(touched_months(link, snapshot_sql(before), after, rows, month, through))


def _readable(table: Table, name: str, version: int) -> DeltaTable | Moved:
    """The table at the version; where it can no longer be read, that anything may have changed."""
    from deltalake.exceptions import DeltaError

    try:
        found = table.shared(version)
    except DeltaError:
        return Moved(None, f"the log of {name} no longer holds version {version}")
    return found if has_data_files(found) else Moved(None, f"files of {name} at version {version} are gone")
