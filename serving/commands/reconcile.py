"""`lacquer reconcile`: does the lake hold what the ERP's database holds?"""

from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lake.ingest.pulls.source import SourceTable
    from lake.reconciliation.compare import Reconciliation
    from resources.erp import Erp

TablesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="TABLES", help="Tables of the ERP. Default: all that declare how.")
]
KeysOption = Annotated[int, typer.Option("--keys", min=1, help="List at most so many keys of a table, then stop.")]
EveryRowOption = Annotated[
    bool, typer.Option("--every-row", help="Compare each row, also of days whose totals agree. Reads whole tables.")
]


def reconcile(
    tables: TablesArgument = None, lake: LakeOption = None, keys: KeysOption = 1_000, every_row: EveryRowOption = False
) -> None:
    """Compare the published silver tables with the ERP's database, and list the keys that differ.

    Counts and sums are compared day by day; a day that differs is halved by key until the rows are found. Rows that the
    ERP changed since the last pull are not yet pulled and no difference; rows that a contract refuses are dead letters.
    Reads the ERP and never writes to it. What was found is kept in the tables reconciliations and reconciled_keys. Ends
    with exit code 1 when keys differ.

    [bold]Examples[/bold]

    lacquer reconcile

    lacquer reconcile order_lines --every-row

    lacquer sql "from reconciled_keys order by compared_at desc limit 20"
    """
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.reconciliation import comparable, in_words, reconcile_tables
    from lake.lakehouse import Lake
    from lake.reconciliation.results import record
    from resources.erp import Erp
    from resources.erp_snapshot import ErpUnreachableError

    settings = current_settings()
    erp, key = Erp.from_settings(settings), settings.pseudonym_key
    if erp.missing:
        fail(f"there is nothing to compare with: {erp.missing}")
    with explained(ValueError, ErpUnreachableError):
        store = Lake(chosen_lake(lake))
        versions = store.published()
        chosen = _chosen(erp, comparable(erp, versions), tables or [])
        found = reconcile_tables(
            store,
            versions,
            erp,
            chosen,
            pseudonym_key=key.get_secret_value() if key else None,
            limit=keys,
            every_row=every_row,
        )
    kept = record(store, [(one, table.sums) for one, table in found])
    store.publish(kept, "reconcile")
    for one, _ in found:
        print(in_words(one))
    _show([one for one, _ in found])
    if wrong := [one.table for one, _ in found if not one.agrees]:
        fail(f"{', '.join(wrong)}: silver and the ERP differ; pull and run again, or look at the rows above")


def _chosen(erp: "Erp", comparable: "Sequence[SourceTable]", names: "Sequence[str]") -> "list[SourceTable]":
    known = {table.name: table for table in comparable}
    if not known:
        fail(
            f"no table can be compared: say `reconcile: {{day: …, sums: […]}}` of a table in {erp.tables_file}, "
            "and build the lake with lacquer run"
        )
    if unknown := [name for name in names if name not in known]:
        fail(f"{', '.join(unknown)}: can be compared are {', '.join(known)}")
    return [table for name, table in known.items() if not names or name in names]


def _show(found: "Sequence[Reconciliation]") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not any(one.differences for one in found):
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("table", "key", "what", "columns", "in the ERP", "in silver"):
        table.add_column(name, overflow="fold")
    for one in found:
        for _, difference in one.differences:
            sides = (_values(side) for side in (difference.there, difference.here))
            key = " ".join("null" if part is None else part for part in difference.key.values())
            columns = ", ".join(difference.columns)
            table.add_row(*map(Text, (one.table, key, difference.verdict, columns, *sides)))
    Console().print(table)


def _values(side: dict[str, str | None]) -> str:
    return ", ".join(f"{name}={'null' if value is None else value}" for name, value in side.items())
