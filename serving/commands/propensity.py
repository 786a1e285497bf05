"""`lacquer propensity`: how likely each buyer of a file orders within some days of a date."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail

if TYPE_CHECKING:
    from ml.buyers.propensity.score import Scored

OrdersArgument = Annotated[Path, typer.Argument(metavar="ORDERS", help="CSV or Parquet with buyer_id, ds, amount.")]
CutOption = Annotated[str, typer.Option("--cut", metavar="DATE", help="Last day whose orders are known.")]
DaysOption = Annotated[int, typer.Option("--days", min=1, max=366, help="Length of the window after the cut.")]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write, .csv or .parquet.")]


def propensity(orders: OrdersArgument, cut: CutOption, out: OutOption, days: DaysOption = 30) -> None:
    """Estimate how likely each buyer orders in the days after a date, and how often; no lake is needed.

    ORDERS has a row per order or order line: buyer_id, ds, amount. A day with an amount of zero or more is an
    order; negative amounts are returns. Rows after the cut are not used.

    A logistic regression, BG/NBD, recency alone and each buyer's own rate are trained on earlier cuts and compared on
    the newest of them. The best by log loss serves; the table of all of them is printed.

    FILE gets buyer_id, probability and expected_orders (days with orders), for every buyer with an order by the cut.

    [bold]Examples[/bold]

    lacquer propensity orders.csv --cut 2026-03-31 --days 30 --out likely.csv
    """
    import datetime as dt

    from serving.commands.column_files import read_columns
    from serving.commands.series_files import check_output, write_frame

    check_output(out, [orders])
    try:
        day = dt.date.fromisoformat(cut)
    except ValueError:
        fail(f"--cut {cut}: a date as 2026-03-31 is needed")
    rows = read_columns(orders, "ORDERS", {"buyer_id": "id", "ds": "time", "amount": "number"})
    from ml.buyers.propensity.histories import OrdersError
    from ml.buyers.propensity.score import score_buyers

    with explained(OrdersError):
        done = score_buyers(rows, day, days)
    write_frame(done.scores.drop("reason"), out)
    _show(done, out)


def _show(done: "Scored", out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    if done.compared:
        table = Table(title="on the newest earlier cuts", title_justify="left")
        table.add_column("model")
        for name in ("AUC", "log loss", "calibration error", "buyers"):
            table.add_column(name, justify="right")
        for name, one in done.compared.items():
            cells = (f"{one.auc:.3f}", f"{one.log_loss:.4f}", f"{one.calibration_error:.3f}", f"{one.buyers:,}")
            table.add_row(name, *cells)
        Console().print(table)
    why = f"trained on {done.origins} earlier cuts" if done.compared else "too little history to train on"
    print(f"{done.serving} serves ({why}); {done.scores.height:,} buyers in {out}")
