"""Point-in-time features of every series at an origin: nothing after the origin is read.

Belongs here: the raw, unscaled features, each with its unit, as a seller would check them in SQL.
Does not belong here: scaling for the learner (boosting.py) and targets (history.py).
To add one: extend a family here or in surroundings.py (or add a family to FAMILIES) and its SQL twin in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats
from ml.forecasting.catalogue import Catalogue, align_catalogue
from ml.forecasting.facts import Facts
from ml.forecasting.panel import Panel, build_panel
from ml.forecasting.surroundings import artist_history, pre_orders, price_list, signals, similar, sound

WINDOWS = (7, 14, 28, 30, 60, 90, 182, 364)
HORIZONS = (30, 60, 90)
PLANNED = ("price_plan", "promotion_share", "promotion_depth")
YEAR = 364  # 52 weeks: the same weekdays one year before
FeatureFamily = Callable[[Panel, Catalogue, int], dict[str, Floats]]


def _constant(panel: Panel, value: float) -> Floats:
    return np.full(panel.n_series, value)


def trailing_units(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Units of the last w days, null while the data is younger than w; `units_all` over all `days_known` days.

    Days out of stock are left out of both: a rate divides by `days_in_stock_w`, or `days_known`.
    """
    features = {}
    for w in WINDOWS:
        first = origin - w + 1
        features[f"units_{w}"] = panel.in_stock("units", first, origin) if first >= 0 else _constant(panel, np.nan)
        features[f"days_in_stock_{w}"] = w - panel.days_out(first, origin)
    features["units_all"] = panel.in_stock("units", 0, origin)
    features["days_known"] = origin + 1.0 - panel.days_out(0, origin)
    return features


def last_year_units(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Units of the same days one year (52 weeks) before each target window, scaled up where some were out of stock.

    Null without a year of data, and where less than a quarter of the days was in stock.
    """
    features = {}
    anchor = origin - YEAR
    for h in HORIZONS:
        known = anchor + 1 >= 0
        features[f"units_last_year_{h}"] = (
            panel.demand("units", anchor + 1, anchor + h) if known else _constant(panel, np.nan)
        )
    return features


def occurrence(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Days since the last and the first sale; days with sales in the last w days; spread of daily units.

    The spread and the days with sales are those of days in stock.
    """
    begun = np.where(panel.first_sale <= origin, panel.first_sale, np.nan)
    features = {"recency_days": origin - panel.last_sale(origin), "age_days": origin - begun}
    for w in (28, 90, 182):
        features[f"active_days_{w}"] = panel.in_stock("active_days", origin - w + 1, origin)
    first = origin - min(182, origin + 1) + 1
    days = np.maximum(origin - first + 1 - panel.days_out(first, origin), 1)
    mean = panel.in_stock("units", first, origin) / days
    square = panel.in_stock("units_squared", first, origin) / days
    features["daily_sd_182"] = np.sqrt(np.maximum(square - mean**2, 0.0))
    return features


def price(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Mean revenue per unit over the last 28 and 90 days and over all days; null without units."""
    features = {}
    for name, first in (("price_28", origin - 27), ("price_90", origin - 89), ("price_all", 0)):
        units = panel.window("units", first, origin)
        revenue = panel.window("revenue", first, origin)
        features[name] = np.divide(revenue, units, out=np.full(panel.n_series, np.nan), where=units > 0)
    return features


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan


def market(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """All series together: daily units of 28 over 90 days; how the market moved after this day one year before."""
    momentum = _ratio(panel.market(origin - 27, origin) / 28, panel.market(origin - 89, origin) / min(90, origin + 1))
    features = {"market_momentum": _constant(panel, momentum)}
    anchor = origin - YEAR
    for h in HORIZONS:
        known = anchor - 27 >= 0
        ahead = _ratio(panel.market(anchor + 1, anchor + h) / h, panel.market(anchor - 27, anchor) / 28)
        features[f"market_season_{h}"] = _constant(panel, ahead if known else math.nan)
    return features


def calendar(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Position in the year of the middle of each target window, and its share of days from October to December."""
    features = {}
    day = panel.date_of(origin)
    for h in HORIZONS:
        middle = (day + timedelta(days=h // 2)).timetuple().tm_yday / 365.25 * 2 * math.pi
        features[f"season_sin_{h}"] = _constant(panel, math.sin(middle))
        features[f"season_cos_{h}"] = _constant(panel, math.cos(middle))
        autumn = sum((day + timedelta(days=k)).month >= 10 for k in range(1, h + 1)) / h
        features[f"autumn_share_{h}"] = _constant(panel, autumn)
    return features


def price_plans(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Announced prices: the mean logarithm of the planned list price over the next h days against the one in force.

    The share of those days on promotion, and the mean logarithm of its reduction: a lower price whose end, within 56
    days, is announced too. Null where no price is known, the reduction also without a promotion.
    """
    names = [f"{name}_{h}" for name in PLANNED for h in HORIZONS]
    if catalogue.known.prices is None:
        return {name: np.full(panel.n_series, np.nan) for name in names}
    known = catalogue.known.prices.at(origin)
    listed = known.steps.cumulative("count", origin) > 0
    features = {}
    for h in HORIZONS:
        last = origin + h
        # A step on day s is in force on the days s to the last.
        planned = (last + 1) * known.steps.window("log_step", origin + 1, last)
        features[f"price_plan_{h}"] = (planned - known.steps.window("timed", origin + 1, last)) / h
        days, depth = known.promotions.within(origin + 1, last, panel.n_series)
        features[f"promotion_share_{h}"] = days / h
        features[f"promotion_depth_{h}"] = np.divide(depth, days, out=np.full(len(days), np.nan), where=days > 0)
    return {name: np.where(listed, features[name], np.nan) for name in names}


def catalogue_facts(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Days since the release (negative before it), list price, category codes, the artist's other units of 90 days."""
    known = catalogue.known_from <= origin
    facts = {"release_age_days": origin - catalogue.release_day, "list_price": catalogue.list_price}
    facts.update(catalogue.categories)
    units = panel.window("units", origin - 89, origin)
    has_artist = known & (catalogue.artist >= 0)
    totals = np.bincount(catalogue.artist[has_artist], weights=units[has_artist], minlength=1)
    facts["artist_other_units_90"] = totals[np.clip(catalogue.artist, 0, len(totals) - 1)] - units
    facts["artist_other_units_90"][~has_artist] = np.nan
    return {name: np.where(known, values, np.nan) for name, values in facts.items()}


FAMILIES: tuple[FeatureFamily, ...] = (
    trailing_units,
    last_year_units,
    occurrence,
    price,
    market,
    calendar,
    catalogue_facts,
    price_list,
    price_plans,
    pre_orders,
    signals,
    sound,
    artist_history,
    similar,
)


def features_at(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """All features of all series at the day `origin`, by name, in series order; NaN where one does not exist."""
    return {name: values for family in FAMILIES for name, values in family(panel, catalogue, origin).items()}


def feature_frame(
    sales: pl.DataFrame, origin: date, catalogue: pl.DataFrame | None = None, facts: Facts | None = None
) -> pl.DataFrame:
    """The features of every series with a row up to `origin`: [unique_id, origin, …], null where one does not exist.

    Rows after the origin may be there; none is read, which `leakage.check_point_in_time` proves.
    """
    panel = build_panel(sales, None if facts is None else facts.stock_outs)
    day = panel.day_of(origin)
    values = features_at(panel, align_catalogue(panel, catalogue, facts), day)
    columns = {name: pl.Series(name, column).fill_nan(None) for name, column in values.items()}
    frame = pl.DataFrame({"unique_id": panel.ids, "origin": [origin] * panel.n_series, **columns})
    return frame.filter(pl.Series(panel.has_row(0, day)))
