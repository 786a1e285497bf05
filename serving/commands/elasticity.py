"""`lacquer elasticity`: how the units of each product in a file react to its price."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl

SalesArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SALES",
        help="CSV or Parquet with product_id, ds, price, units, and promo, competitor_price, in_stock, category"
        " where known.",
    ),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write, .csv or .parquet.")]
OPTIONAL = ("promo", "competitor_price", "in_stock", "category")
YES_NO = {"true": 1.0, "yes": 1.0, "t": 1.0, "false": 0.0, "no": 0.0, "f": 0.0}


def elasticity(sales: SalesArgument, out: OutOption) -> None:
    """Estimate the price elasticity of each product, with a 90% interval; no lake is needed.

    SALES has a row per product and date (or several, of several shops): product_id, ds, price, units. Optional columns
    are controls: promo (true or false, 1 or 0, or a share), competitor_price, in_stock (rows with false do not count),
    category (products shrink to their category; without it, to all products).

    FILE gets product_id, elasticity, low, high, n: by how many per cent units change when the price rises by one per
    cent, the 90% interval, and the rows used. Trend, season and what all products share on a date are controlled. A
    product whose own price never moved gets its category's elasticity and a wide interval; where no price moved at all,
    elasticity is empty.

    [bold]Examples[/bold]

    lacquer elasticity sales.csv --out elasticities.csv

    lacquer elasticity scanner.parquet --out elasticities.parquet
    """
    from serving.commands.column_files import read_columns
    from serving.commands.series_files import check_output, write_frame
    from serving.failures import explained

    check_output(out, [sales])
    columns = {"product_id": "id", "ds": "time", "price": "number", "units": "number"}
    rows = read_columns(sales, "SALES", columns | dict.fromkeys(OPTIONAL, "id"), optional=OPTIONAL)  # type: ignore[arg-type]
    for name, kind in {"promo": "number", "competitor_price": "number", "in_stock": "yes or a no"}.items():
        if name in rows.columns:
            rows = rows.with_columns(_as_number(rows[name], kind))
    if "in_stock" in rows.columns:
        rows = rows.with_columns(rows["in_stock"] != 0)
    from ml.pricing.elasticity import fit

    with explained(ValueError):
        model = fit(rows)
    found = model.predict()
    write_frame(found, out)
    for row in model.categories.iter_rows(named=True):
        name = row["category"] or "all products"
        print(
            f"{name}: elasticity {row['elasticity']:.2f} ({row['low']:.2f} to {row['high']:.2f}), products differ by"
            f" {row['spread']:.2f}; {row['products']:,} products"
        )
    print(f"{found.height:,} products in {out}")


def _as_number(column: "pl.Series", kind: str) -> "pl.Series":
    """Numbers, and yes or no as 1 or 0; an empty cell stays empty."""
    import polars as pl

    from serving.failures import fail

    text = column.str.strip_chars().str.to_lowercase()
    text = text.to_frame().select(pl.when(pl.col(column.name).str.len_chars() > 0).then(column.name)).to_series()
    words = text.replace_strict(YES_NO, default=None, return_dtype=pl.Float64)
    found = text.cast(pl.Float64, strict=False).zip_with(words.is_null(), words)
    wrong = found.is_null() & text.is_not_null()
    if wrong.any():
        row = int(wrong.arg_max() or 0)
        fail(f"SALES: row {row + 1}: {column.name} is {column[row]!r}; a {kind} is needed")
    return found
