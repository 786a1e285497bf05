"""`lacquer migrate`: carry stored tables over to contracts that contradict them: changed types, renamed columns.

Silver is read again from bronze in one run of the asset graph, asked by its tags (`assets/rebuilding.py`), and gold
follows. Tables without bronze behind them are rewritten from their rows, and published by the same run.
"""

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.rebuild import LANDING
from serving.commands.run import BACKTEST, OWN_DATA
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lake.contract import Contract
    from lake.delta.table import Table
    from lake.lakehouse import Lake

TableOption = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="TABLE", help="Only this table, as silver/orders; may be given again."),
]
FromOption = Annotated[
    int | None,
    typer.Option(
        "--from-version",
        metavar="N",
        help="Silver: carry the rows of this version over, and read again only what came after it.",
    ),
]
DropOption = Annotated[
    list[str] | None, typer.Option("--drop", metavar="COLUMN", help="A stored column that may go with its values.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")]
SHOWN = 3


def migrate(
    table: TableOption = None,
    from_version: FromOption = None,
    drop: DropOption = None,
    dry_run: DryRunOption = False,
    lake: LakeOption = None,
) -> None:
    """Carry stored tables over to their contracts, after a column's type or name was changed there.

    A silver table is read again from bronze; what does not cast becomes a dead letter. With --from-version its rows of
    that version are carried over as they stand, and only later changes are read again. A table without bronze behind
    it is rewritten; where a row would not carry over exactly, nothing is written. Gold follows. Readers see the old
    state until everything has passed its checks. The same call again finishes what a killed one left.

    [bold]Examples[/bold]

    lacquer migrate --dry-run

    lacquer migrate --table silver/order_lines

    lacquer migrate --table silver/order_lines --from-version 12
    """
    from assets.rebuilding import MIGRATE, MIGRATE_FROM
    from lake.lakehouse import Lake
    from lake.migrate import MigrationError, is_due, rewrite
    from serving.runs.graph import run_graph

    began = time.monotonic()
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    due = _due(store, table)
    if not due:
        print(f"every table of {store.root} is as its contract says")
        return
    silver = [name for name in due if name in _fed()]
    if from_version is not None and len(silver) != 1:
        fail("--from-version is a version of one silver table: name it with --table")
    if from_version is not None and not 0 <= from_version <= (last := store.table(due[silver[0]]).version()):
        fail(f"--from-version {from_version}: {silver[0]} has the versions 0 to {last}")
    if dry_run:
        for contract in due.values():
            _rehearse(store, contract, from_version, drop or [])
        print("nothing was written")
        return
    with explained(MigrationError):
        for name, contract in due.items():
            if name not in silver and is_due(store.table(contract)):
                rewrite(store.table(contract), drop=drop or [])
    tags = {MIGRATE: ",".join(due)} | ({MIGRATE_FROM: str(from_version)} if from_version is not None else {})
    run_graph(store, OWN_DATA, began, tags=tags, leave_out=(*_untouched(silver), *LANDING, *BACKTEST))


def _contracts() -> "dict[str, Contract]":
    """Every table that can be migrated, by layer/name. Bronze keeps what came as it came."""
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.contracts import declared_contracts
    from assets.dictionary import BOOKS
    from lake.dead_letters import DEAD_LETTERS
    from lake.silver.history import history_contract

    silver = declared_contracts("assets.silver")
    histories = [history_contract(one) for one in silver if one.history == "scd2"]
    others = [one for package in ("assets.forecasts", "assets.writeback") for one in declared_contracts(package)]
    return {f"{one.layer}/{one.name}": one for one in (*silver, *histories, *others, DEAD_LETTERS, *BOOKS)}


def _fed() -> set[str]:
    """The tables of silver, histories included, that bronze stands behind."""
    from assets.silver import FEEDS

    return {f"silver/{name}{suffix}" for name in FEEDS for suffix in ("", "_history")}


def _due(store: "Lake", asked: list[str] | None) -> "dict[str, Contract]":
    """The tables that contradict their contracts, among those asked for."""
    from lake.migrate import is_due

    known = _contracts()
    for name in asked or []:
        if name not in known:
            fail(f"--table {name}: no table that can be migrated is called so; they are {', '.join(sorted(known))}")
    chosen = [name for name in known if not asked or name.removesuffix("_history") in asked or name in asked]
    published = store.published()
    return {
        name: known[name]
        for name in sorted(chosen)
        if is_due(table := store.table(known[name])) or _waits(table, published.get(name))
    }


def _waits(table: "Table", published: int | None) -> bool:
    """Whether readers see the table as it was before a migration that a failed check, or a kill, kept from them."""
    return published is not None and table.snapshot(published).schema() != table.snapshot().schema()


def _untouched(silver: list[str]) -> tuple[str, ...]:
    from assets.bronze import STREAMS

    moving = {name.removesuffix("_history") for name in silver}
    stay = {name for name in _fed() if name.removesuffix("_history") not in moving}
    return (*(f"bronze/{name}" for name in STREAMS), *sorted(stay))


def _rehearse(store: "Lake", contract: "Contract", from_version: int | None, drop: list[str]) -> None:
    """Print what contradicts, what would happen, and what would not cast, with examples."""
    from assets.silver import FEEDS
    from lake.migrate import MigrationError, differences, misfits, refuse_losses
    from lake.silver.dry_run import rehearse_rebuild

    table = store.table(contract)
    if not (lines := differences(table)):
        print(f"{table.name}\n  is migrated and would be published")
        return
    print(f"{table.name}\n  " + "\n  ".join(lines))
    if contract.name.endswith("_history") and table.name in _fed():
        print("  would be made anew from bronze")
        return
    if table.name not in _fed() or from_version is not None:
        try:
            refuse_losses(table, drop, from_version)
        except MigrationError as refused:
            print(f"  would be refused: {refused}")
            return
        print(f"  {table.row_count(from_version):,} rows would be carried over")
        return
    read, dead = rehearse_rebuild(store, contract, FEEDS[contract.name])
    print(f"  {read:,} rows would be read again from bronze, {dead.num_rows:,} would be dead letters")
    _show_examples([dict(row) for row in dead.drop_columns(["raw"]).to_pylist()])
    for misfit in misfits(table):
        if misfit.type.startswith("decimal"):
            print(f"    {misfit}; more places than it has are rounded")


def _show_examples(dead: "list[Mapping[str, object]]") -> None:
    counts = Counter(str(row["reason"]) for row in dead)
    for reason, count in counts.most_common():
        rows = sorted(_places(dead, reason))[:SHOWN]
        print(f"    {count:,} {reason}: {'; '.join(rows)}")


def _places(dead: "list[Mapping[str, object]]", reason: str) -> list[str]:
    return [
        f"{row['landed_path']}:{row['batch_line']}" + (f" {row['value']!r}" if row["value"] is not None else "")
        for row in dead
        if row["reason"] == reason
    ]
