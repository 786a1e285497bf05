"""What is known of releases beside sales and catalogue: stock, the price list, signals, their sound, pre-orders.

Every row carries the day on which it became known, and an origin sees those up to itself. Sources that are not there
are not faked: a frame that is missing leaves its features null.

Belongs here: the frames and their alignment to a panel. Does not belong here: what a feature makes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats
from ml.forecasting.panel import Panel
from ml.forecasting.price_list import PriceList, align_prices
from ml.forecasting.running import Running, running

COLUMNS = {
    "stock_outs": {"unique_id": pl.String, "ds": pl.Date},
    "prices": {
        "unique_id": pl.String,
        "market": pl.String,
        "ds": pl.Date,
        "known_on": pl.Date,
        "until": pl.Date,
        "log_price": pl.Float64,
    },
    "signals": {"unique_id": pl.String, "ds": pl.Date, "kind": pl.String, "value": pl.Float64},
    "sound": {"unique_id": pl.String, "ds": pl.Date, "bpm": pl.Float64, "loudness": pl.Float64},
    "pre_orders": {"unique_id": pl.String, "ds": pl.Date, "units": pl.Float64, "buyers": pl.Float64},
}
KNOWN_BY = {name: "known_on" if "known_on" in columns else "ds" for name, columns in COLUMNS.items()}
SIGNALS = ("plays", "mentions")


@dataclass(frozen=True)
class Facts:
    """Frames that say more of releases; None where there is no such source.

    stock_outs: [unique_id, ds], a row per day on which a release was out of stock.
    prices: [unique_id, market, ds, known_on, until, log_price], a row per statement of the price list: the first day of
    the price, and the days from which, and from which no longer (null: it still does), the list said so. Prices of one
    market are of one currency.
    signals: [unique_id, ds, kind, value], amounts by the day on which they became known; kind plays or mentions.
    sound: [unique_id, ds, bpm, loudness], what was heard of a release and the day on which it was; of several rows of a
    release the first day's counts.
    pre_orders: [unique_id, ds, units, buyers], what was ordered on a day of a release that was not out yet, and how
    many buyers had not ordered it before. In the sales it counts on the day the release comes out.
    """

    stock_outs: pl.DataFrame | None = None
    prices: pl.DataFrame | None = None
    signals: pl.DataFrame | None = None
    sound: pl.DataFrame | None = None
    pre_orders: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        """Raise ValueError when a frame lacks a column."""
        for name, columns in COLUMNS.items():
            frame = getattr(self, name)
            missing = [] if frame is None else [column for column in columns if column not in frame.columns]
            if missing:
                raise ValueError(f"{name}: column {missing[0]!r} is missing; give {', '.join(columns)}")

    def until(self, origin: date) -> Facts:
        """What was known by the end of the origin; what was taken back later still stands."""
        frames = {name: getattr(self, name) for name in COLUMNS}
        known = {n: None if f is None else f.filter(pl.col(KNOWN_BY[n]) <= origin) for n, f in frames.items()}
        if known["prices"] is not None:
            still = pl.when(pl.col("until") <= origin).then("until").alias("until")
            known["prices"] = known["prices"].with_columns(still)
        return Facts(**known)


def known_facts(
    stock: pl.DataFrame,
    stock_outs: pl.DataFrame,
    sound: pl.DataFrame,
    pre_orders: pl.DataFrame,
    prices: pl.DataFrame | None = None,
    signals: pl.DataFrame | None = None,
) -> Facts:
    """The facts as the lake gives them: a source without a row is none.

    `stock` is one row [is_known]: where stock is known a release may have been in stock always, without a stock-out.
    """
    found = {"sound": sound, "pre_orders": pre_orders, "prices": prices, "signals": signals}
    known = {name: frame for name, frame in found.items() if frame is not None and frame.height}
    return Facts(stock_outs=stock_outs if stock["is_known"].item() else None, **known)


@dataclass(frozen=True)
class Sound:
    """What was heard of each series, and from which day on it is known; NaN where nothing was."""

    day: Floats
    bpm: Floats
    loudness: Floats


@dataclass(frozen=True)
class Known:
    """Facts in a panel's series order; None where nothing is known of any series."""

    prices: PriceList | None
    signals: dict[str, Running]
    sound: Sound | None = None
    pre_orders: Running | None = None


def align_facts(panel: Panel, facts: Facts | None) -> Known:
    """The facts of a panel's series as look-ups by day; what is older than the panel counts as of its first day."""
    if facts is None:
        return Known(None, {})
    signals = facts.signals
    of_kind = {kind: None if signals is None else signals.filter(pl.col("kind") == kind) for kind in SIGNALS}
    aligned = {kind: _daily(panel, rows, ("value",)) for kind, rows in of_kind.items()}
    return Known(
        prices=align_prices(panel, facts.prices),
        signals={kind: look_up for kind, look_up in aligned.items() if look_up is not None},
        sound=_first_heard(panel, facts.sound),
        pre_orders=_daily(panel, facts.pre_orders, ("units", "buyers")),
    )


def _first_heard(panel: Panel, rows: pl.DataFrame | None) -> Sound | None:
    if rows is None:
        return None
    first = rows.sort("ds", "unique_id", "bpm", "loudness").unique("unique_id", keep="first", maintain_order=True)
    joined = panel.ids.to_frame("unique_id").join(first, on="unique_id", how="left", maintain_order="left")
    day = (joined["ds"] - panel.start).dt.total_days()
    return Sound(
        *(column.cast(pl.Float64).fill_null(np.nan).to_numpy() for column in (day, joined["bpm"], joined["loudness"]))
    )


def _daily(panel: Panel, rows: pl.DataFrame | None, measures: Sequence[str]) -> Running | None:
    """Sums of the measures by series and day, and how many days there are."""
    if rows is None:
        return None
    numbers = pl.DataFrame({"unique_id": panel.ids, "series": np.arange(panel.n_series, dtype=np.int64)})
    daily = (
        rows.select(
            pl.col("unique_id").cast(pl.String),
            (pl.col("ds") - pl.lit(panel.start)).dt.total_days().clip(lower_bound=0).alias("day"),
            pl.col(*measures).cast(pl.Float64),
        )
        .join(numbers, on="unique_id", how="inner")
        .group_by("series", "day")
        .agg(pl.col(*measures).sum())
        .sort("series", "day")
        .with_columns(count=pl.lit(1.0))
    )
    return running(daily, panel.n_series, (*measures, "count")) if daily.height else None
