"""What `lacquer import` shows: how each column was understood, the first rows as they are read, and what is refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from lake.importing.importing import FileResult
    from lake.importing.proposal import Reading

KINDS = {
    "lines": "order lines", "orders": "orders", "products": "products", "stock": "stock", "prices": "a price list",
    "buyers": "buyers", "artists": "artists", "labels": "labels", "campaigns": "campaigns",
    "carriers": "carriers", "shipments": "shipments", "interactions": "contacts with buyers",
}  # fmt: skip
UNSURE = 0.7


@contextmanager
def rows_read() -> Iterator[Callable[[Path, int], None]]:
    """Progress on standard error: the file and how many of its rows were read, each hundred thousand."""
    from rich.console import Console

    console, shown = Console(stderr=True), {"rows": 0}

    def tell(path: Path, count: int) -> None:
        if count < shown["rows"]:
            shown["rows"] = 0
        if count - shown["rows"] >= 100_000:
            shown["rows"] = count
            console.print(f"{path.name}: {count:,} rows", markup=False, highlight=False)

    yield tell


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    Console(soft_wrap=False).print(table)


def show_reading(path: Path, reading: "Reading") -> None:
    """What each column means, and how sure that is."""
    from rich.text import Text

    print(f"\n{path.name}: {KINDS[reading.kind]}")
    table = _table("column", "means", "sure", "because of", "for example")
    meanings = {guess.column: guess for guess in reading.guesses.values()}
    for name, one in reading.profiles.items():
        guess = meanings.get(name)
        example = Text(", ".join(one.values[:2])[:40])
        if guess is None:
            table.add_row(Text(name), Text("not used", style="dim"), "", "", example)
        else:
            style = "yellow" if guess.confidence < UNSURE else ""
            sure = Text(f"{guess.confidence:.0%}", style=style)
            table.add_row(Text(name), guess.concept, sure, guess.reason, example)
    _print(table)


def show_result(result: "FileResult") -> None:
    """The first rows of each table, what was refused, and the counts."""
    from rich.text import Text

    if result.known:
        print(f"\n{result.path.name}: imported before with this mapping; nothing to do")
        return
    for name, rows in result.first.items():
        if not rows:
            continue
        print(f"\n{result.path.name} as {name}, the first of {result.outcome.rows[name]:,} rows")
        fields = [field for field in rows[0] if any(row[field] for row in rows)]
        table = _table("field", *(f"row {at + 1}" for at in range(len(rows))))
        for field in fields:
            table.add_row(field, *(Text(str(row[field] or "-")[:40]) for row in rows))
        _print(table)
    _show_faults(result)
    done = result.outcome
    print(
        f"{result.path.name}: {done.read:,} rows = {done.landed:,} landed + {done.refused:,} refused + "
        f"{done.skipped:,} skipped (sums, notes, repeated headers, rows that the mapping skips)"
    )


def _show_faults(result: "FileResult") -> None:
    from rich.text import Text

    if not result.faults:
        return
    print(f"\n{result.path.name}: refused, or left empty")
    table = _table("row", "column", "value", "rule", "outcome")
    for one in result.faults:
        outcome = "row refused" if one.refuses else "field left empty"
        table.add_row(str(one.row), Text(one.column), Text(one.value[:40]), Text(one.rule), outcome)
    _print(table)
    for (column, rule), count in result.outcome.reasons.most_common(5):
        print(f"  {count:,} times: {column or 'row'} {rule}")
    if result.refused:
        print(f"  all of them: {result.refused}")
