"""What the lake says of its sources at this moment: tables that grow old, and dead letters by day, as outcomes."""

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from ml.alerts.operations import Outcome

SOURCES = ("bronze/pim_objects", "bronze/erp_changes", "bronze/signal_events")
_BY_DAY = "select table_name, found_at::date, count(*) from journal where found_at >= $first group by all"


def state_outcomes(lake: "Lake", stale_hours: float, now: dt.datetime) -> "list[Outcome]":
    """The newest outcome of the age of each source's table, and of each table's dead letters.

    Args:
        lake: whose published tables count; a source that never sent anything is not stale.
        stale_hours: after which a source's table is stale.
        now: with its zone.
    """
    from lake.contract_checks import last_changed
    from lake.dead_letters import DEAD_LETTERS
    from lake.delta.table import Table
    from ml.alerts.operations import SURGE_DAYS, dead_letter_outcomes, stale_outcomes

    published = lake.published()
    tables = {key: Table(lake.path(key)) for key in SOURCES if key in published}
    changed = {
        key: last_changed(table, published[key]) for key, table in tables.items() if table.row_count(published[key])
    }
    first = dt.datetime.combine(now.date() - dt.timedelta(days=SURGE_DAYS), dt.time(), dt.UTC)
    by_day = {(name, day): rows for name, day, rows in lake.journal(DEAD_LETTERS).select(_BY_DAY, {"first": first})}
    return [*stale_outcomes(changed, now, stale_hours), *dead_letter_outcomes(by_day, now.date())]
