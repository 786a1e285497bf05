"""Which months a changed history touches: those of the rows that find another version of their key than before.

The rows look up their version at both states of the history, as the model does: the version at their moment, the first
one before it, the last one after it. Only rows of keys whose versions differ are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.delta.views import quoted, reading_connection

if TYPE_CHECKING:
    import datetime as dt

    from lake.gold.models import MonthsByVersion

_SPANS = """
select {key} as key, valid_from, valid_to, {carried} as carried,
  if(lag(valid_from) over by_key is null, timestamptz '-infinity', valid_from) as serves_from,
  coalesce(lead(valid_from) over by_key, timestamptz 'infinity') as serves_to
from ({history}) window by_key as (partition by {key} order by valid_from)
"""
_FOUND = """
select rows_of_changed.*, valid_from, carried,
  moment >= valid_from and moment < coalesce(valid_to, timestamptz 'infinity') as stood
from rows_of_changed left join ({spans} qualify {key} in (from changed)) s
  on rows_of_changed.key = s.key and moment >= serves_from and moment < serves_to
"""


def touched_months(
    link: MonthsByVersion, before: str, after: str, rows: str, month: str, through: str | None = None
) -> frozenset[dt.date]:
    """The months of the rows whose version differs between two states of a history.

    Args:
        link: how the rows refer to the history.
        before: SQL of the history at the version that the model read.
        after: SQL of the history as it stands.
        rows: SQL of the rows.
        month: the rows' month column.
        through: SQL of the history that leads from the rows to the key, where ``link`` names one.
    """
    con, key = reading_connection(), quoted(link.key)
    carried = quoted(link.carried) if link.carried else "null"
    told = f"{key}, valid_from, valid_to, {carried}"
    differing = " union all ".join(
        f"(select {told} from ({one}) except select {told} from ({other}))"
        for one, other in ((before, after), (after, before))
    )
    moment, joined = quoted(link.moment), f"({rows})"
    if through is not None and link.through_key is not None:
        spans = _SPANS.format(key=quoted(link.through_key), carried=key, history=through)
        joined = (
            f"(select carried as {key}, {moment}, {quoted(month)} from ({rows}) r join ({spans}) s "
            f"on r.{quoted(link.through_key)} = s.key and {moment} >= serves_from and {moment} < serves_to)"
        )
    con.execute(f"create or replace temp table changed as select distinct {key} from ({differing})")
    con.execute(
        f"create or replace temp table rows_of_changed as select distinct {key} as key, "
        f"{moment} as moment, {quoted(month)} as month from {joined} where {key} in (from changed)"
    )
    states = [
        _FOUND.format(key=key, spans=_SPANS.format(key=key, carried=carried, history=one)) for one in (before, after)
    ]
    sql = " union all ".join(f"(({one}) except ({other}))" for one, other in (states, states[::-1]))
    return frozenset(found for (found,) in con.execute(f"select distinct month from ({sql})").fetchall())
