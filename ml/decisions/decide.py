"""Decisions about the stock and the advertising of each release, with risk and money in three scenarios.

Risk is read from the spread of the forecast: (P90 - P50) / P50. High risk halves the room for a change of advertising,
medium risk takes a quarter off. Advertising goes where past campaigns and the forecast say that it brings the most,
within a floor, a ceiling and a total that is the same as before (`advertising`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from ml.decisions.advertising import ESTIMATOR, Response, allocate_budget, response
from ml.decisions.ranking import ranked
from ml.decisions.returns import expected_returns, return_share
from ml.decisions.stock import (
    FORECAST_DAYS,
    PastSales,
    StockRules,
    demand_until,
    mean_and_spread,
    order_now,
    order_up_to,
    scenario_profit,
)
from ml.planning.distribution import Floats

RULE_VERSION = 4
RISK_LIMITS = (0.6, 1.2)
RISKS = ("Low", "Medium", "High")
SIZE_BY_RISK = {"Low": 1.0, "Medium": 0.75, "High": 0.5}


@dataclass(frozen=True)
class DecisionRules:
    """What decisions go by.

    Attributes:
        stock: how orders are placed.
        demand_factor: forecasts times this, for a scenario of one's own.
        price_factor, cost_factor: likewise.
        advertising_factor: the total of advertising times this.
        least_change, largest_change: bounds of a change of advertising, as shares.
    """

    stock: StockRules = field(default_factory=StockRules)
    demand_factor: float = 1.0
    price_factor: float = 1.0
    cost_factor: float = 1.0
    advertising_factor: float = 1.0
    least_change: float = -0.5
    largest_change: float = 0.5


def risk_levels(p50: Floats, p90: Floats) -> list[str]:
    """Low, Medium or High by the spread of the forecast against its median."""
    spread = (p90 - p50) / np.maximum(p50, 1.0)
    return [RISKS[int(np.searchsorted(RISK_LIMITS, value, side="right"))] for value in spread]


def advertising(known: Response, growth: Floats, risks: list[str], rules: DecisionRules) -> tuple[Floats, Floats]:
    """New budgets (n,) and the margin that the change brings; NaN where nothing is known of advertising.

    The total is that of the known spend times the factor of the rules. Each budget lies between a floor and a ceiling
    around its spend so far, which are the closer the higher the risk. What advertising brings follows the forecast.
    """
    budget, gain = np.full(len(growth), np.nan), np.full(len(growth), np.nan)
    there = np.flatnonzero(~np.isnan(known.spend))
    if len(there):
        size = np.array([SIZE_BY_RISK[risk] for risk in risks])[there]
        before = known.spend[there]
        rate = known.margin_per_root[there] * np.clip(1 + growth[there], 0.5, 2.0)
        low, high = before * (1 + rules.least_change * size), before * (1 + rules.largest_change * size)
        budget[there] = allocate_budget(rate, low, high, rules.advertising_factor * float(before.sum()))
        gain[there] = rate * (np.sqrt(budget[there]) - np.sqrt(before))
    return budget, gain


def stock_target(columns: Mapping[str, Floats], rules: DecisionRules, days: Floats) -> Floats:
    """The stock (n,) to have, by the policy of the rules.

    Args:
        columns: of the plans, by name; forecasts, price and cost already times the factors of a scenario.
        rules: what decisions go by.
        days: that the stock is to last.
    """
    price, cost = columns["unit_price"], columns["unit_cost"]
    p10, p50, p90 = (columns[name] for name in ("units_p10", "units_p50", "units_p90"))
    target = order_up_to(p10, p50, p90, price, cost, rules.stock, days)
    if rules.stock.policy == "newsvendor":
        return target
    factor = rules.demand_factor
    past = PastSales(columns["past_days"], columns["past_units"] * factor, columns["past_squares"] * factor**2)
    return mean_and_spread(target, past, days, price, cost, rules.stock.z)


def decide(
    plans: pl.DataFrame,
    rules: DecisionRules | None = None,
    policy: str | None = None,
    campaigns: pl.DataFrame | None = None,
    units: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row per release, ranked.

    Args:
        plans: [release_id, origin, model, units_p10, units_p50, units_p90, sold_30, available, incoming, unit_price,
            unit_cost] of the 30-day horizon; stock and prices may be null. As far as they are known, null or no column
            else, [lead_days, least_order] of the release, [past_days, past_units, past_squares] of its daily sales, and
            [past_returns], units that came back in the same days; expected returns are there for sale again.
        rules: what decisions go by.
        policy: the policy of the stock, in place of that of the rules.
        campaigns: [release_id, category, started_on, ended_on, spend]; without any, no advertising is known.
        units: [release_id, ds, units] of the campaigns' releases, and under null of all releases together.
    """
    chosen = rules or DecisionRules()
    if policy is not None:
        chosen = replace(chosen, stock=replace(chosen.stock, policy=policy))
    plans = plans.with_columns(pl.lit(None, pl.Float64).alias(name) for name in KNOWN if name not in plans.columns)
    known = plans.filter(pl.col("unit_price").is_not_null() & pl.col("unit_cost").is_not_null())
    columns = _columns(known, chosen)
    p10, p50, p90 = (columns[name] for name in ("units_p10", "units_p50", "units_p90"))
    price, cost = columns["unit_price"], columns["unit_cost"]
    available, incoming = columns["available"], np.nan_to_num(columns["incoming"])
    days = columns["lead_days"] + chosen.stock.review_days
    target = stock_target(columns, chosen, days)
    back = expected_returns(return_share(columns["past_returns"], columns["past_units"]), p50, days, FORECAST_DAYS)
    stock = np.nan_to_num(available) + incoming + back
    order = np.where(
        np.isnan(available), np.nan, order_now(target, stock, np.zeros(len(stock)), columns["least_order"])
    )
    money = {}
    for name, demand in zip(("low", "expected", "high"), demand_until(days, p10, p50, p90), strict=True):
        with_order = scenario_profit(demand, stock + np.nan_to_num(order), price, cost, chosen.stock.overage_share)
        money[name] = with_order - scenario_profit(demand, stock, price, cost, chosen.stock.overage_share)
    risks = risk_levels(p50, p90)
    spent = _response(known, campaigns, units, price - cost)
    new_budget, gain = advertising(spent, np.divide(p50, np.maximum(columns["sold_30"], 1.0)) - 1, risks, chosen)
    cover = np.divide(stock * 30, np.maximum(p50, 1e-9))
    rows = known.select("release_id", "origin", "model").with_columns(
        pl.Series("risk", risks, dtype=pl.String),
        *(
            pl.Series(name, values).fill_nan(None)
            for name, values in {
                "stock_target": target,
                "expected_returns": back,
                "order_units": order,
                "order_cost": order * cost,
                "advertising_before": spent.spend,
                "advertising_budget": new_budget,
                "advertising_gain": gain,
                **{f"profit_{name}": values for name, values in money.items()},
            }.items()
        ),
        advertising_estimator=pl.Series([None if np.isnan(one) else ESTIMATOR for one in new_budget], dtype=pl.String),
        impact=pl.Series(
            np.nan_to_num(np.maximum(np.maximum(money["expected"], money["high"] / 2), np.nan_to_num(gain)))
        ),
        confidence=pl.Series([{"Low": 0.9, "Medium": 0.7, "High": 0.5}[risk] for risk in risks], dtype=pl.Float64),
        urgency=pl.Series(np.clip(1.2 - cover / 60, 0.1, 1.0)),
        kind=pl.Series(
            np.where(np.nan_to_num(order) > 0, "order", np.where(np.isnan(new_budget), "hold", "advertise")).tolist(),
            dtype=pl.String,
        ),
        rule_version=pl.lit(RULE_VERSION, pl.Int32),
    )
    return ranked(rows, "kind").with_columns(reason=_reason())


NUMBERS = (*("units_p10", "units_p50", "units_p90", "sold_30", "available", "incoming", "unit_price", "unit_cost"),)
KNOWN = ("lead_days", "least_order", "past_days", "past_units", "past_squares", "past_returns")  # of some only


def _response(
    plans: pl.DataFrame, campaigns: pl.DataFrame | None, units: pl.DataFrame | None, margin: Floats
) -> Response:
    """What is known of advertising; nothing without campaigns."""
    if campaigns is None or units is None or "genre" not in plans.columns:
        return Response(np.full(plans.height, np.nan), np.full(plans.height, np.nan))
    return response(plans, campaigns, units, margin)


def _columns(plans: pl.DataFrame, rules: DecisionRules) -> dict[str, Floats]:
    """The plans' numbers by column (n,), times the factors of a scenario; the rules state what a release does not."""
    default = {"lead_days": rules.stock.lead_days, "least_order": float(rules.stock.least_order)}
    found = {
        name: plans[name].cast(pl.Float64).fill_null(default.get(name, 0.0 if name in KNOWN else np.nan)).to_numpy()
        for name in (*NUMBERS, *KNOWN)
    }
    for name in ("units_p10", "units_p50", "units_p90"):
        found[name] = found[name] * rules.demand_factor
    return found | {
        "unit_price": found["unit_price"] * rules.price_factor,
        "unit_cost": found["unit_cost"] * rules.cost_factor,
    }


def _reason() -> pl.Expr:
    order = pl.format(
        "order {} units: they earn {} in the expected case, {} in the high and {} in the low one; {} risk",
        pl.col("order_units").cast(pl.Int64),
        *(pl.col(f"profit_{name}").round(0).cast(pl.Int64) for name in ("expected", "high", "low")),
        pl.col("risk").str.to_lowercase(),
    )
    other = pl.format(
        "no order; advertising from {} to {}; {} risk",
        pl.col("advertising_before").round(0).cast(pl.Int64),
        pl.col("advertising_budget").round(0).cast(pl.Int64),
        pl.col("risk").str.to_lowercase(),
    )
    hold = pl.format("no order; nothing is known of advertising; {} risk", pl.col("risk").str.to_lowercase())
    kind = pl.col("kind")
    return pl.when(kind == "order").then(order).when(kind == "advertise").then(other).otherwise(hold)
