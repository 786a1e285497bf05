"""`lacquer recommend`: what each user of a file would buy next."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ml.buyers.recommend import Recommended

InteractionsArgument = Annotated[
    Path, typer.Argument(metavar="INTERACTIONS", help="CSV or Parquet with user_id, item_id, weight, and ds if known.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write, .csv or .parquet.")]
CountOption = Annotated[int, typer.Option("--k", min=1, max=1000, help="Items per user.")]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")]


def recommend(interactions: InteractionsArgument, out: OutOption, k: CountOption = 20, seed: SeedOption = 0) -> None:
    """Rank the items that each user has not bought yet, with the purchases that speak for them; no lake is needed.

    INTERACTIONS has a row per purchase: user_id, item_id, weight (units, plays, money), and ds where it is known. Rows
    of one user and item add up; a sum of zero or less (a return) teaches nothing, and the item is still not offered.

    EASE (up to 10,000 items), implicit ALS, item neighbours and popularity are compared on a split in global time, or
    at random per user without ds. The best by NDCG serves; the table of all of them is printed.

    FILE gets user_id, item_id, rank, score and reason. A reason cites the user's purchases and counts the users who
    have both (docs/how-to/find-buyers.md has the query that recomputes it).

    [bold]Examples[/bold]

    lacquer recommend orders.csv --k 20 --out next.csv

    lacquer recommend plays.parquet --k 50 --out next.parquet
    """
    from serving.commands.column_files import read_columns
    from serving.commands.series_files import check_output, write_frame
    from serving.failures import explained

    check_output(out, [interactions])
    columns = {"user_id": "id", "item_id": "id", "weight": "number", "ds": "time"}
    rows = read_columns(interactions, "INTERACTIONS", columns, optional=("ds",))  # type: ignore[arg-type]
    from ml.buyers.interactions import InteractionsError
    from ml.buyers.recommend import recommend as run

    with explained(InteractionsError):
        done = run(rows, k, seed=seed)
    write_frame(done.recommendations.drop("cited"), out)
    _show(done, out)


def _show(done: "Recommended", out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    scored = done.compared[0].accuracy.users
    table = Table(title=f"{scored:,} users, split: {done.split}; k = 20", title_justify="left")
    table.add_column("recommender")
    for name in ("recall", "NDCG", "items offered", "popularity"):
        table.add_column(name, justify="right")
    for one in done.compared:
        found = one.accuracy
        cells = (f"{found.recall:.3f}", f"{found.ndcg:.3f}", f"{found.coverage:.0%}", f"{found.popularity:.2f}")
        table.add_row(one.candidate.name, *cells)
    Console().print(table)
    print(f"{done.serving} serves; {done.recommendations.height:,} rows in {out}")
