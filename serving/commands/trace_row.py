"""`lacquer trace TABLE KEY`: from a stored row to rows of bronze and lines of landed files."""

from typing import TYPE_CHECKING

from serving.failures import explained, fail
from serving.options import chosen_lake

if TYPE_CHECKING:
    from assets.lineage.tracing import SilverOrigin

STATES = {
    "same": "the file is unchanged",
    "changed": "THE FILE HAS CHANGED since it was taken in",
    "gone": "the file is gone",
    "topic": "partition of a topic, line is the offset",
}


def trace_row(table: str, key: str, lake: str | None, limit: int) -> None:
    """Print the tables on the way, then per silver table the bronze rows with landed file and line."""
    from assets.lineage.tracing import trace_row as traced
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.published():
        fail(f"nothing is published in {store.root} yet, so there is nothing to trace: begin with lacquer run")
    with explained(ValueError):
        found = traced(store, table, key)
    for step in found.steps:
        behind = f"  behind {step.child}" if step.child else ""
        print(f"{step.table} version {found.versions[step.table]}: {_rows(step.rows)}{behind}")
    for origin in found.origins:
        _print_origin(origin, limit)
    if not any(origin.rows for origin in found.origins):
        fail("no row of bronze is behind it; run lacquer check to see whether bronze and silver agree")


def trace_table(table: str, lake: str | None) -> None:
    """Print the tables that a table was computed from, then the landed files behind them."""
    from assets.lineage.tables import trace_table as traced
    from lake.lakehouse import Lake

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
        found = traced(store, table)
    for name, version in found.tables.items():
        print(f"{name} {'is not published' if version is None else f'version {version}'}")
    for one in found.files:
        states = "; ".join(
            f"{count:,}: {STATES[state]}, as {one.examples[state]}" for state, count in one.states.items()
        )
        print(f"\n{one.table}: {_rows(one.rows)} from {sum(one.states.values()):,} landed files or topics\n  {states}")
    if not found.files:
        print("\nno landed file is behind it: it is a calendar, or people entered it")


def _print_origin(origin: "SilverOrigin", limit: int) -> None:
    print(f"\n{origin.silver} from {origin.bronze} version {origin.bronze_version}: {_rows(len(origin.rows))}")
    for row in origin.rows[:limit]:
        role = "stated by" if row.is_winner else "carried from"
        key = ",".join(str(value) for value in row.key)
        state = STATES[origin.files[row.landed_path, row.batch_id]]
        print(f"  {key} {role} position {row.position} (op {row.op}): {row.landed_path} line {row.batch_line}; {state}")
        print(f"    batch {row.batch_id}")
    if len(origin.rows) > limit:
        print(f"  {len(origin.rows) - limit:,} more rows in {len(origin.files):,} files; see --limit")


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"
