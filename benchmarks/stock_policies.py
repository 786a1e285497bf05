"""What ways of ordering cost, in money: ``python -m benchmarks.stock_policies FOLDER``.

FOLDER is that of Online Retail II, or a lake of the demo pack with 19 months or more, whose planted order lines are
read (``lacquer demo --days 600``). The last twelve whole months are replayed for the best sellers before them. On the
first day of each month every policy orders with what was known the day before; the goods arrive `LEAD_DAYS` later.
Demand that meets no stock is lost with its margin; a unit on hand at the end of a month loses `HOLDING` of its cost.
All policies see the same forecast: quantiles of the sums of 30 days within the last 180. The parameter of each policy
is chosen on the first nine months; the last three are then scored once, on from the stock of the ninth.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.decisions.stock import StockRules, order_up_to

Floats = NDArray[np.float64]
PRODUCTS, LEAD_DAYS, REVIEW_DAYS = 500, 14, 30
HOLDING = 0.05
COST_SHARE = 0.6  # neither source states a cost
MONTHS = [date(2010, month, 1) for month in (10, 11, 12)] + [date(2011, month, 1) for month in range(1, 11)]
CHOSEN_ON = 9


@dataclass(frozen=True)
class Known:
    """What is known of each product on the day of an order: demand by day so far (n, days), price and cost (n,)."""

    past: Floats
    price: Floats
    cost: Floats


Policy = Callable[[Known, Floats], Floats]  # what is known, stock on hand and on order -> units to order


def quantiles(known: Known) -> tuple[Floats, Floats, Floats]:
    """P10, P50 and P90 (n,) of 30 days."""
    sums = np.lib.stride_tricks.sliding_window_view(known.past[:, -180:], 30, axis=1).sum(axis=2)
    low, middle, high = np.quantile(sums, [0.1, 0.5, 0.9], axis=1)
    return low, middle, high


def newsvendor(overage_share: float) -> Policy:
    """Ours: up to the quantile at the critical ratio."""
    rules = StockRules(LEAD_DAYS, REVIEW_DAYS, overage_share)

    def order(known: Known, stock: Floats) -> Floats:
        return np.maximum(order_up_to(*quantiles(known), known.price, known.cost, rules) - stock, 0)

    return order


def median(known: Known, stock: Floats) -> Floats:
    """Up to the median of demand until the next order arrives."""
    return np.maximum(np.ceil(quantiles(known)[1] * (LEAD_DAYS + REVIEW_DAYS) / 30) - stock, 0)


def repeat(known: Known, _stock: Floats) -> Floats:
    """What sold in the last 30 days, again."""
    return known.past[:, -30:].sum(axis=1)


def sigma_root(z: float) -> Policy:
    """Up to the mean plus z standard deviations of a day times the root of the days, by the last 180 days."""
    days = LEAD_DAYS + REVIEW_DAYS

    def order(known: Known, stock: Floats) -> Floats:
        recent = known.past[:, -180:]
        target = recent.mean(axis=1) * days + z * recent.std(axis=1) * np.sqrt(days)
        return np.maximum(np.ceil(target) - stock, 0)

    return order


POLICIES: dict[str, Sequence[tuple[str, Policy]]] = {
    "newsvendor (lacquer decide)": [(f"overage {one}", newsvendor(one)) for one in (0.05, 0.1, 0.2, 0.5)],
    "order the P50": [("", median)],
    "repeat last month": [("", repeat)],
    "z sigma root L": [(f"z {one}", sigma_root(one)) for one in (0.84, 1.28, 1.64, 2.05)],
}


def simulate(demand: Floats, first: int, months: Sequence[int], price: Floats, cost: Floats, policy: Policy) -> Floats:
    """Lost margin and overstock by month (months, 2).

    Args:
        demand: units by product and day.
        first: the day of the first order.
        months: the days on which months begin, and that after the last.
        price: of a unit, by product.
        cost: the same.
        policy: what orders.
    """
    on_hand = np.ceil(demand[:, first - 30 : first].sum(axis=1))
    arriving = np.zeros_like(demand)
    money = np.zeros((len(months) - 1, 2))
    for month, (begin, end) in enumerate(pairwise(months)):
        stock = on_hand + arriving[:, begin:].sum(axis=1)
        order = policy(Known(demand[:, :begin], price, cost), stock)
        if begin + LEAD_DAYS < demand.shape[1]:
            arriving[:, begin + LEAD_DAYS] += order
        for day in range(begin, end):
            on_hand = on_hand + arriving[:, day]
            sold = np.minimum(on_hand, demand[:, day])
            money[month, 0] += float(((demand[:, day] - sold) * (price - cost)).sum())
            on_hand = on_hand - sold
        money[month, 1] = float((on_hand * cost).sum() * HOLDING)
    return money


def wholesaler_lines(folder: Path) -> pl.DataFrame:
    """Lines [product, day, units, price] of Online Retail II."""
    lines = pl.read_parquet(folder / "*.parquet").select(
        product=pl.col("StockCode").cast(pl.String),
        day=pl.col("InvoiceDate").cast(pl.Datetime).dt.date(),
        units=pl.col("Quantity").cast(pl.Float64),
        price=pl.col("Price").cast(pl.Float64),
    )
    return lines.filter(pl.col("product").str.contains(r"^\d{5}"))


def demo_lines(lake: Path) -> pl.DataFrame:
    """Lines [product, day, units, price] that the demo pack planted, in the currency of most of them."""
    lines = pl.read_parquet(lake / "truth" / "order_lines" / "*.parquet").filter(
        pl.col("item_category") == "product", pl.col("currency") == pl.col("currency").mode().sort().first()
    )
    return lines.select(
        product="release_id",
        day=pl.col("created_at").str.slice(0, 10).str.to_date(),
        units=pl.col("qty").cast(pl.Float64),
        price=pl.col("price").cast(pl.Float64),
    )


def last_months(last: date) -> list[date]:
    """The first days of the last twelve whole months, and the day after them."""
    end = last.year * 12 + last.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(end - 12, end + 1)]


def read_demand(lines: pl.DataFrame, months: Sequence[date]) -> tuple[Floats, Floats, date]:
    """Units by product and day (n, days), mean prices (n,), and the first day; the best sellers before the months."""
    sold = lines.filter(pl.col("units") > 0, pl.col("price") > 0, pl.col("day") < months[-1])
    money = pl.col("units") * pl.col("price")
    best = (
        sold.filter(pl.col("day") < months[0])
        .group_by("product")
        .agg(revenue=money.sum(), price=money.sum() / pl.col("units").sum())
        .sort(["revenue", "product"], descending=[True, False])
        .head(PRODUCTS)
    )
    first = sold["day"].min()
    assert isinstance(first, date)
    row = {product: place for place, product in enumerate(best["product"])}
    demand = np.zeros((len(row), (months[-1] - first).days))
    for product, day, units in sold.group_by("product", "day").agg(pl.col("units").sum()).iter_rows():
        if product in row:
            demand[row[product], (day - first).days] = units
    return demand, best["price"].to_numpy(), first


def report(folder: Path) -> str:
    """The money of each way, with the parameter that was best on the first nine months, as Markdown."""
    is_demo = (folder / "truth").is_dir()
    lines_of = demo_lines(folder) if is_demo else wholesaler_lines(folder)
    last = lines_of["day"].max()
    assert isinstance(last, date)
    begins = last_months(last) if is_demo else MONTHS
    demand, price, first = read_demand(lines_of, begins)
    cost = COST_SHARE * price
    months = [(month - first).days for month in begins]
    lines = [
        "| policy | parameter | 9 months: lost margin | overstock | sum | last 3: lost margin | overstock | sum |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, variants in POLICIES.items():
        trials = [(label, simulate(demand, months[0], months, price, cost, policy)) for label, policy in variants]
        label, money = min(trials, key=lambda trial: float(trial[1][:CHOSEN_ON].sum()))
        early, late = money[:CHOSEN_ON].sum(axis=0), money[CHOSEN_ON:].sum(axis=0)
        figures = [*early, early.sum(), *late, late.sum()]
        lines.append(f"| {name} | {label} | " + " | ".join(f"{one:,.0f}" for one in figures) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(Path(sys.argv[1])))
