"""How far each outside source has been read: what makes the next call small, and the same fetch land nothing twice.

Written after a fetch has landed. A kill between the two repeats the fetch, whose events carry the same identities.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lake.contract import Column, Contract
from lake.delta.replacing import replace_rows
from lake.lakehouse import Lake

STANDINGS = Contract(
    name="outside_standings",
    layer="lake",
    grain="one row per outside source and item of it: an address, a series, an event",
    key=("source", "item"),
    partition_by=("source",),
    columns=(
        Column("source", "string", "the source's name in the sources file"),
        Column("item", "string", "what was fetched; empty: the source as a whole"),
        Column("etag", "string", "`ETag` of the last answer", nullable=True),
        Column("last_modified", "string", "`Last-Modified` of the last answer", nullable=True),
        Column("through", "date", "last day that has landed", nullable=True),
        Column("fingerprint", "string", "what the item last said: a price, a figure, a status", nullable=True),
        Column("fetched_at", "timestamp", "moment of the last fetch without a fault"),
    ),
)


@dataclass(frozen=True)
class Standing:
    """How far one item has been read; see :data:`STANDINGS` for the fields."""

    etag: str | None = None
    last_modified: str | None = None
    through: dt.date | None = None
    fingerprint: str | None = None
    fetched_at: dt.datetime | None = None


def read_standings(lake: Lake, source: str) -> dict[str, Standing]:
    """The standing of each item of a source; empty before its first fetch."""
    rows = lake.journal(STANDINGS).select(
        "select item, etag, last_modified, through, fingerprint, fetched_at from journal where source = $source",
        {"source": source},
    )
    return {item: Standing(*rest) for item, *rest in rows}


def write_standings(lake: Lake, source: str, standings: Mapping[str, Standing]) -> None:
    """Replace what is known of a source; its caller is the only one that fetches it at the time."""
    rows = [{"source": source, "item": item, **asdict(standing)} for item, standing in sorted(standings.items())]
    replace_rows(lake.table(STANDINGS), "source", [source], rows)
