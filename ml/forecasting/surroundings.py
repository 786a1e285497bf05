"""Point-in-time features from what surrounds a series: price list, signals, pre-orders, sound, other releases.

Belongs here: raw features, each with its unit, as in features.py, which lists the families.
Does not belong here: a series' own sales (features.py), which releases are similar (similar.py).
"""

from __future__ import annotations

import numpy as np

from ml.evaluation.arrays import Bools, Floats
from ml.forecasting.catalogue import Catalogue
from ml.forecasting.facts import SIGNALS
from ml.forecasting.panel import Panel
from ml.forecasting.running import Running

PRICE_WINDOWS = (28, 90, 364)
PRE_ORDERS = {"pre_ordered_units": "units", "pre_order_buyers": "buyers"}


def price_list(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Logarithm of the list price in force against its mean over the last w days; days since it last changed.

    Null where no price is known. Before the first known price it counts as it began. All as the list stood then.
    """
    names = [*(f"price_now_{w}" for w in PRICE_WINDOWS), "price_days"]
    if catalogue.known.prices is None:
        return {name: np.full(panel.n_series, np.nan) for name in names}
    prices = catalogue.known.prices.at(origin).steps
    listed = prices.cumulative("count", origin) > 0
    features = {}
    for w in PRICE_WINDOWS:
        first = origin - w + 1
        # A step on day s was not yet in force on the days first to s - 1 of the window.
        missed = prices.window("timed", first + 1, origin) - first * prices.window("log_step", first + 1, origin)
        features[f"price_now_{w}"] = missed / w
    features["price_days"] = origin - prices.cumulative("known_day", origin)
    return {name: np.where(listed, features[name], np.nan) for name in names}


def signals(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Plays and mentions that became known in the last 28 and 90 days; null where a series has had none."""
    features = {}
    for kind in SIGNALS:
        look_up = catalogue.known.signals.get(kind)
        for w in (28, 90):
            features[f"{kind}_{w}"] = np.full(panel.n_series, np.nan) if look_up is None else _since(look_up, origin, w)
    return features


def _since(look_up: Running, origin: int, days: int) -> Floats:
    heard = look_up.cumulative("count", origin) > 0
    return np.where(heard, look_up.window("value", origin - days + 1, origin), np.nan)


def pre_orders(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Units ordered before the release came out, and how many buyers ordered them; null where nobody could.

    Of releases whose date is known; 0 where nobody did.
    """
    ordered = catalogue.known.pre_orders
    if ordered is None:
        return {name: np.full(panel.n_series, np.nan) for name in PRE_ORDERS}
    dated = (catalogue.known_from <= origin) & np.isfinite(catalogue.release_day)
    return {name: np.where(dated, ordered.cumulative(measure, origin), np.nan) for name, measure in PRE_ORDERS.items()}


def sound(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Median tempo (BPM) and loudness (LUFS) of its tracks as first heard; null before the day of that analysis."""
    heard = catalogue.known.sound
    if heard is None:
        return {name: np.full(panel.n_series, np.nan) for name in ("heard_bpm", "heard_lufs")}
    known = heard.day <= origin
    return {
        "heard_bpm": np.where(known, heard.bpm, np.nan),
        "heard_lufs": np.where(known, heard.loudness, np.nan),
    }


def artist_history(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """How many other releases of the artist came out in the last 365 days, and the mean units of all in the last 364.

    Of those that had sold by the origin. Null without an artist, and the mean without others.
    """
    known = (catalogue.known_from <= origin) & (catalogue.artist >= 0)
    selling = known & (panel.first_sale <= origin)
    new = selling & (catalogue.release_day > origin - 365) & (catalogue.release_day <= origin)
    units = panel.window("units", origin - 363, origin)
    artist = np.clip(catalogue.artist, 0, None)

    def others(what: Floats) -> Floats:
        return np.bincount(artist[known], weights=what[known], minlength=int(artist.max(initial=0)) + 1)[artist] - what

    count = others(selling.astype(np.float64))
    mean = np.divide(others(np.where(selling, units, 0.0)), count, out=np.full(panel.n_series, np.nan), where=count > 0)
    return {
        "artist_releases_365": np.where(known, others(new.astype(np.float64)), np.nan),
        "artist_mean_units_364": np.where(known, mean, np.nan),
    }


def similar(panel: Panel, catalogue: Catalogue, origin: int) -> dict[str, Floats]:
    """Mean units per day, over the last 90 days and over their first 90, of the similar releases that had sold by then.

    The first 90 days count from the first sale, and only where they are over; null where no similar release has any.
    """
    place = np.clip(catalogue.similar, 0, None)
    visible = (catalogue.similar >= 0) & (catalogue.known_from <= origin)[:, None]
    first = panel.first_sale[place]
    lately = panel.window("units", origin - 89, origin)[place]
    started = _first_units(panel, origin)[place]
    return {
        "similar_units_90": _mean_where(lately, visible & (first <= origin)),
        "similar_first_units_90": _mean_where(started, visible & (first + 89 <= origin)),
    }


def _first_units(panel: Panel, origin: int) -> Floats:
    """Units of each series' first 90 days, as far as they lie before the end of the origin."""
    begun = np.flatnonzero(panel.first_sale + 89 <= origin)
    units = np.zeros(panel.n_series)
    units[begun] = panel.sales.cumulative_by("units", begun, panel.first_sale[begun].astype(np.int64) + 89)
    return units


def _mean_where(values: Floats, rows: Bools) -> Floats:
    count = rows.sum(axis=1)
    total = np.where(rows, values, 0.0).sum(axis=1)
    mean: Floats = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return mean
