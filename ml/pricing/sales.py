"""Sales rows as a checked frame, and the controls that stand beside the price in the regression.

Belongs here: which rows count and which controls the data allows. Does not belong here: the fit (pooling.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REQUIRED = ("product_id", "ds", "price", "units")
PRICE = "log_price"
YEAR_DAYS = 365.25
SHORTEST_SEASON_DAYS = 180  # a shorter history says nothing about the year
SEASON_DATES = 8  # distinct dates that a season needs
SLIGHT = 1e-9


@dataclass(frozen=True)
class Rows:
    """Usable rows sorted by product and date, with the controls of each.

    Attributes:
        products: product names; `product` holds positions in it.
        period: position of the row's date among all dates.
        units: units sold, zero or more.
        design: one column per name in `names`; the first is the log of the price.
        typical: a usual price for each product, its geometric mean.
    """

    products: list[str]
    product: Ints
    period: Ints
    units: Floats
    names: list[str]
    design: Floats


def check_sales(frame: pl.DataFrame) -> pl.DataFrame:
    """Return usable rows: typed, without missing values, stock-outs and unusable prices.

    Raises:
        ValueError: a required column is missing, has another type, or holds a negative number of units.

    >>> import datetime as dt
    >>> rows = pl.DataFrame({"product_id": ["A"], "ds": [dt.date(2026, 1, 1)], "price": [9.99], "units": [3]})
    >>> check_sales(rows).height
    1
    """
    if missing := [name for name in REQUIRED if name not in frame.columns]:
        raise ValueError(
            f"sales lack the columns {', '.join(missing)}; needed are {', '.join(REQUIRED)}, "
            "and promo, competitor_price, in_stock, category where known"
        )
    kind = frame.schema["ds"]
    if not (kind.is_integer() or kind in (pl.Date,) or isinstance(kind, pl.Datetime)):
        raise ValueError(f"column ds is {kind}; dates (2026-03-01) or whole numbers are needed")
    for name in ("price", "units", "promo", "competitor_price", "age_days"):
        if name in frame.columns and not (frame.schema[name].is_numeric() or frame.schema[name] == pl.Boolean):
            raise ValueError(f"column {name} is {frame.schema[name]}; numbers are needed")
    if (negative := frame.filter(pl.col("units") < 0)).height:
        row = negative.row(0, named=True)
        raise ValueError(
            f"product {row['product_id']!r} has {row['units']} units on {row['ds']}; units sold are 0 or more, "
            "leave returns out or add them up with the sales of their day"
        )
    optional = [
        name for name in ("promo", "competitor_price", "in_stock", "category", "age_days") if name in frame.columns
    ]
    numbers = [name for name in ("price", "units", "promo", "competitor_price", "age_days") if name in frame.columns]
    rows = frame.select(*REQUIRED, *optional).with_columns(
        pl.col("product_id").cast(pl.String), *(pl.col(name).cast(pl.Float64).fill_nan(None) for name in numbers)
    )
    if isinstance(kind, pl.Datetime):
        rows = rows.with_columns(pl.col("ds").dt.date())
    if "in_stock" in rows.columns:
        rows = rows.filter(pl.col("in_stock").cast(pl.Boolean).fill_null(True))
    usable = pl.col("price").is_finite() & (pl.col("price") > 0) & pl.col("units").is_finite()
    return rows.filter(usable & pl.col("product_id").is_not_null() & pl.col("ds").is_not_null()).sort(
        "product_id", "ds", maintain_order=True
    )


def build_rows(sales: pl.DataFrame) -> Rows:
    """Return the rows of checked sales with the controls that the data allows."""
    product = sales["product_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    dates = sales["ds"]
    period = dates.rank("dense").cast(pl.Int64).to_numpy() - 1
    log_price = np.log(sales["price"].to_numpy())
    columns: dict[str, Floats] = {PRICE: np.asarray(log_price, dtype=np.float64)}
    if "promo" in sales.columns:
        columns["promo"] = sales["promo"].fill_null(0.0).to_numpy()
    if "competitor_price" in sales.columns:
        columns["log_competitor_price"] = _competitors(sales)
    if "age_days" in sales.columns:
        columns["log_age"] = np.log1p(sales["age_days"].fill_null(0.0).clip(lower_bound=0).to_numpy() / 7)
    columns |= _seasons(dates)
    # A control that never varies within a product has no effect that could be told from the product's own level.
    kept = {name: _varying(values, product) for name, values in columns.items()}
    names = [name for name, varies in kept.items() if varies or name == PRICE]
    design = np.column_stack([columns[name] for name in names])
    keep = _independent(design, product)
    return Rows(
        sales["product_id"].unique(maintain_order=True).to_list(),
        product,
        period,
        sales["units"].to_numpy(),
        [names[place] for place in keep],
        design[:, keep],
    )


def _competitors(sales: pl.DataFrame) -> Floats:
    """Log of the competitor's price; a gap takes the last one known, else the product's mean."""
    known = pl.when(pl.col("competitor_price") > 0).then(pl.col("competitor_price").log())
    filled = sales.select(
        known.forward_fill().over("product_id").fill_null(known.mean().over("product_id")).fill_null(0.0).alias("log")
    )
    return filled["log"].to_numpy()


def _seasons(dates: pl.Series) -> dict[str, Floats]:
    """Trend in years, two annual waves and the day of the week, each where the dates allow it."""
    if dates.dtype.is_integer():
        days = dates.cast(pl.Float64).to_numpy()
        spread = float(np.ptp(days)) if len(days) else 0.0
        return {"trend": (days - days.mean()) / spread} if spread else {}
    days = dates.to_physical().cast(pl.Float64).to_numpy()
    found = {"trend": (days - days.mean()) / YEAR_DAYS} if len(days) else {}
    distinct = dates.n_unique()
    if distinct >= SEASON_DATES and float(np.ptp(days)) >= SHORTEST_SEASON_DAYS:
        for wave in (1, 2) if distinct >= 2 * SEASON_DATES else (1,):
            angle = 2 * np.pi * wave * days / YEAR_DAYS
            found |= {f"sin_{wave}": np.sin(angle), f"cos_{wave}": np.cos(angle)}
    weekday = dates.dt.weekday().to_numpy()
    for day in np.unique(weekday)[1:] if distinct >= 4 * SEASON_DATES else ():
        found[f"weekday_{day}"] = (weekday == day).astype(np.float64)
    return found


def _varying(values: Floats, product: Ints) -> bool:
    count = np.bincount(product)
    mean = np.bincount(product, values) / np.maximum(count, 1)
    return bool(len(values) and np.abs(values - mean[product]).max() > SLIGHT)


def _independent(design: Floats, product: Ints) -> list[int]:
    """Places of the columns that are no combination of those before them, within products."""
    count = np.maximum(np.bincount(product), 1)
    within = np.column_stack([each - (np.bincount(product, each) / count)[product] for each in design.T])
    kept: list[int] = [0]
    for place in range(1, design.shape[1]):
        size = np.linalg.norm(within[:, place])
        basis = within[:, kept]
        rest = within[:, place] - basis @ np.linalg.lstsq(basis, within[:, place], rcond=None)[0]
        if np.linalg.norm(rest) > 1e-6 * size:
            kept.append(place)
    return kept
