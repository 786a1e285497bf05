"""How many units to order now: a stock that lasts over the days until the next order can arrive.

An order placed today arrives after the lead time and must last until the one of the next review arrives. Demand of
these days is scaled from a forecast of 30 days: the median in proportion to the days, the spread with their square
root. By the policy `newsvendor` the stock to have is its quantile at the critical ratio of the margin lost per missing
unit and the loss per unit left over. By `sigma_root` it is the mean of the past days, times these days, plus z standard
deviations of a day times the root of the days: cheaper in the simulation of docs/benchmarks.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.planning.distribution import Floats, quantile
from ml.planning.ordering import whole

FORECAST_DAYS = 30
POLICIES = ("sigma_root", "newsvendor")
LEAST_DAYS = 60  # of sales, for `sigma_root`; a younger release goes by its forecast


@dataclass(frozen=True)
class StockRules:
    """How an installation orders.

    Attributes:
        lead_days: from an order to its arrival.
        review_days: from one order to the next.
        overage_share: what a unit left over loses, as a share of its cost.
        least_order: smaller orders are not placed.
        policy: `sigma_root` or `newsvendor`.
        z: standard deviations of `sigma_root`.
    """

    lead_days: float = 14.0
    review_days: float = 7.0
    overage_share: float = 0.5
    least_order: int = 1
    policy: str = "sigma_root"
    z: float = 1.28

    def __post_init__(self) -> None:
        """Raise ValueError for a policy that is not known."""
        if self.policy not in POLICIES:
            raise ValueError(f"stock policy {self.policy!r}: give one of {', '.join(POLICIES)}")


@dataclass(frozen=True)
class PastSales:
    """Of each release (n,): the days that count, the units sold in them, the sum of the squares of a day's units."""

    days: Floats
    units: Floats
    squares: Floats


def demand_until(days: float | Floats, p10: Floats, p50: Floats, p90: Floats) -> tuple[Floats, Floats, Floats]:
    """P10, P50 and P90 (n,) of demand within so many days, from those of 30 days."""
    share = days / FORECAST_DAYS
    middle = p50 * share
    spread = np.sqrt(share)
    return np.maximum(middle - (p50 - p10) * spread, 0.0), middle, middle + (p90 - p50) * spread


def order_up_to(
    p10: Floats,
    p50: Floats,
    p90: Floats,
    price: Floats,
    cost: Floats,
    rules: StockRules,
    days: float | Floats | None = None,
) -> Floats:
    """The stock (n,) of the newsvendor to have on hand and on order: 0 where a unit earns nothing.

    Args:
        p10: units of 30 days.
        p50: the same.
        p90: the same.
        price: of a unit.
        cost: the same.
        rules: how an installation orders.
        days: that the stock is to last; by default lead and review time of the rules.
    """
    under, over = np.maximum(price - cost, 0.0), rules.overage_share * cost
    level = np.divide(under, under + over, out=np.zeros(len(under)), where=(under + over) > 0)
    lasting = rules.lead_days + rules.review_days if days is None else days
    low, middle, high = demand_until(lasting, p10, p50, p90)
    return np.where(level > 0, whole(quantile(low, middle, high, np.clip(level, 0.01, 0.99))), 0.0)


def mean_and_spread(target: Floats, sales: PastSales, days: Floats, price: Floats, cost: Floats, z: float) -> Floats:
    """The stock (n,) of `sigma_root`; the given target stays where too few days are known.

    Args:
        target: of another policy.
        sales: of the past days.
        days: that the stock is to last.
        price: of a unit; 0 units where it earns nothing.
        cost: of a unit.
        z: standard deviations.
    """
    counted = np.maximum(sales.days, 1.0)
    mean = sales.units / counted
    deviation = np.sqrt(np.maximum(sales.squares / counted - mean**2, 0.0))
    stock = np.where(price > cost, np.ceil(mean * days + z * deviation * np.sqrt(days)), 0.0)
    return np.where(sales.days >= LEAST_DAYS, stock, target)


def order_now(target: Floats, available: Floats, incoming: Floats, least_order: float | Floats) -> Floats:
    """Units (n,) to order now; 0 below the least order."""
    missing = np.maximum(whole(target - available - incoming), 0.0)
    return np.where(missing >= least_order, missing, 0.0)


def scenario_profit(demand: Floats, stock: Floats, price: Floats, cost: Floats, overage_share: float) -> Floats:
    """Margin of what sells less the loss on what is left (n,), for a demand and a stock."""
    sold = np.minimum(demand, stock)
    return sold * (price - cost) - np.maximum(stock - demand, 0.0) * overage_share * cost
