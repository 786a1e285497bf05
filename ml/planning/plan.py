"""One row per forecast with what a planner decides by: chances, order quantities, stage of life.

Belongs here: putting the figures of this package side by side. Does not belong here: any formula of theirs.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ml.planning.buying import bought
from ml.planning.distribution import Floats, chance_of_at_most, moved_to, quantile
from ml.planning.life import stage
from ml.planning.ordering import critical_ratio, order, whole
from ml.planning.rules import HIGHEST, LOWEST, Rules


def plan(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The rows with the columns of a plan added.

    Where somebody has overridden the P50, chances and quantities go by the same spread around the override.

    Args:
        rows: [units_p10, units_p50, units_p90, override_units, available, incoming, unit_price, age_days, sold_90,
            p50_90, p90_90], and what `bought` reads, null where a value is not known.
        rules: what orders go by.
    """
    rows = bought(rows, rules)
    known = {
        name: rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in rows.columns if _number(rows, name)
    }
    override = known["override_units"]
    forecast = known["units_p10"], known["units_p50"], known["units_p90"]
    planned = np.where(np.isnan(override), forecast[1], override)
    p10, p50, p90 = moved_to(planned, *forecast)
    price = known["unit_price"]
    cost = known["unit_cost"]
    ratio = critical_ratio(price, cost, rules.overage_share)
    service = whole(quantile(p10, p50, p90, rules.service_level))
    best = np.where(ratio > 0, whole(quantile(p10, p50, p90, np.clip(ratio, LOWEST, HIGHEST))), 0.0)
    best = np.where(np.isnan(ratio), np.nan, best)
    available, incoming = known["available"], np.nan_to_num(known["incoming"])
    made: dict[str, Floats] = {
        "plan_units": planned,
        "chance_above_stock": 1 - chance_of_at_most(p10, p50, p90, available),
        "service_level": np.full(len(price), rules.service_level),
        "service_stock": service,
        "service_order": order(service, available, incoming),
        "margin_level": ratio,
        "margin_stock": best,
        "margin_order": order(best, available, incoming),
    }
    stages = stage(known["age_days"], np.nan_to_num(known["sold_90"]), known["p50_90"], known["p90_90"])
    columns = [pl.Series(name, values).fill_nan(None) for name, values in made.items()]
    return rows.with_columns(*columns, pl.Series("life_stage", stages, dtype=pl.String))


def _number(rows: pl.DataFrame, name: str) -> bool:
    return rows.schema[name].is_numeric() or rows.schema[name] == pl.Null
