"""Ours, as the asset graph calls it, in the lake's three figures; and what is measured against what."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.lake_inputs import copy_of, refresh_lines
from benchmarks.measure import Case, Figure

Count = Callable[[], object]
CHANGES, STANDING, EVENTS = "changes", "standing", "events"
HERE, BARE = "benchmarks.lake_cases", "benchmarks.lake_references"
BARE_INGEST = "benchmarks.ingest_references"

LATEST = Figure(
    "latest",
    "changes in bronze to the latest per key in Delta, typed, by month",
    (
        Case("lacquer", f"{HERE}:latest", is_ours=True),
        Case("polars", f"{BARE}:latest_polars"),
        Case("duckdb", f"{BARE}:latest_duckdb"),
    ),
    bar=1.5,
)
MERGE = Figure(
    "merge",
    "changes of two months merged into a table of many",
    (
        Case("lacquer", f"{HERE}:merge", is_ours=True),
        Case("delta-rs, months looked up", f"{BARE}:merge_looked_up"),
        Case("delta-rs, months of the batch", f"{BARE}:merge_of_batch", counts=False),
        Case("delta-rs, no bound", f"{BARE}:merge_unbounded", counts=False),
    ),
    bar=1.5,
)
INGEST = Figure(
    "ingest",
    "landed JSON events to bronze, each once",
    (
        Case("lacquer", f"{HERE}:ingest", is_ours=True),
        Case("polars", f"{BARE_INGEST}:ingest_polars"),
        Case("duckdb", f"{BARE_INGEST}:ingest_duckdb"),
    ),
    bar=1.5,
)


def count_lines(table: Path) -> list[object]:
    """Rows, units and money of a table of order lines."""
    from lake.delta.table import Table
    from lake.delta.views import duckdb_connection, snapshot_sql

    rows = duckdb_connection().execute(
        f"select count(*), sum(quantity)::bigint, sum(unit_price)::varchar, sum(source_position)::varchar, "
        f"min(ordered_at)::varchar, count(distinct order_month) from ({snapshot_sql(Table(table).snapshot())})"
    )
    return list(rows.fetchall()[0])


def latest(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The refresh of the silver table, from nothing."""
    return _refreshed(copy_of(inputs / CHANGES, scratch / "lake"))


def merge(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The refresh of the silver table, of which nearly all stands."""
    return _refreshed(copy_of(inputs / STANDING, scratch / "lake"))


def _refreshed(root: Path) -> Callable[[], Count]:
    import deltalake  # noqa: F401
    import duckdb  # noqa: F401
    import numpy  # noqa: F401
    import pyarrow  # noqa: F401

    import assets.silver.order_lines  # noqa: F401
    import lake.silver.refresh  # noqa: F401
    from lake.lakehouse import Lake

    store = Lake(root)

    def work() -> Count:
        refresh_lines(store, "bench")
        return lambda: count_lines(root / "silver" / "order_lines")

    return work


def count_events(table: Path) -> list[object]:
    """Rows of bronze and what they hold."""
    from lake.delta.table import Table
    from lake.delta.views import duckdb_connection, snapshot_sql

    rows = duckdb_connection().execute(
        "select count(*), sum(position)::varchar, sum(length(payload))::bigint, min(source), "
        f"sum(batch_line)::varchar from ({snapshot_sql(Table(table).snapshot())})"
    )
    return list(rows.fetchall()[0])


def ingest(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """Taking in what has landed: identities, ledger, dead letters, balance."""
    import polars  # noqa: F401

    from assets.bronze.signal_events import DOOR, SIGNAL_EVENTS
    from lake.ingest.bronze import take_in
    from lake.lakehouse import Lake

    store = Lake(scratch / "lake")

    def work() -> Count:
        take_in(store, store.session("bench"), SIGNAL_EVENTS, DOOR, inputs / EVENTS)
        return lambda: count_events(store.path("bronze/signal_events"))

    return work
