"""How many units to order now: the newsvendor over the days until the next order can arrive.

An order placed today arrives after the lead time and must last until the one of the next review arrives. Demand of
these days is scaled from a forecast of 30 days: the median in proportion to the days, the spread with their square
root. The stock to have is its quantile at the critical ratio of the margin lost per missing unit and the loss per unit
left over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.planning.distribution import Floats, quantile
from ml.planning.ordering import whole

FORECAST_DAYS = 30


@dataclass(frozen=True)
class StockRules:
    """How an installation orders.

    Attributes:
        lead_days: from an order to its arrival.
        review_days: from one order to the next.
        overage_share: what a unit left over loses, as a share of its cost.
        least_order: smaller orders are not placed.
    """

    lead_days: float = 14.0
    review_days: float = 7.0
    overage_share: float = 0.5
    least_order: int = 1


def demand_until(days: float, p10: Floats, p50: Floats, p90: Floats) -> tuple[Floats, Floats, Floats]:
    """P10, P50 and P90 (n,) of demand within so many days, from those of 30 days."""
    share = days / FORECAST_DAYS
    middle = p50 * share
    spread = np.sqrt(share)
    return np.maximum(middle - (p50 - p10) * spread, 0.0), middle, middle + (p90 - p50) * spread


def order_up_to(p10: Floats, p50: Floats, p90: Floats, price: Floats, cost: Floats, rules: StockRules) -> Floats:
    """The stock (n,) to have on hand and on order: 0 where a unit earns nothing."""
    under, over = np.maximum(price - cost, 0.0), rules.overage_share * cost
    level = np.divide(under, under + over, out=np.zeros(len(under)), where=(under + over) > 0)
    low, middle, high = demand_until(rules.lead_days + rules.review_days, p10, p50, p90)
    return np.where(level > 0, whole(quantile(low, middle, high, np.clip(level, 0.01, 0.99))), 0.0)


def order_now(target: Floats, available: Floats, incoming: Floats, rules: StockRules) -> Floats:
    """Units (n,) to order now; 0 below the least order."""
    missing = np.maximum(whole(target - available - incoming), 0.0)
    return np.where(missing >= rules.least_order, missing, 0.0)


def scenario_profit(demand: Floats, stock: Floats, price: Floats, cost: Floats, overage_share: float) -> Floats:
    """Margin of what sells less the loss on what is left (n,), for a demand and a stock."""
    sold = np.minimum(demand, stock)
    return sold * (price - cost) - np.maximum(stock - demand, 0.0) * overage_share * cost
