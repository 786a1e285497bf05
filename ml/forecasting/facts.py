"""What is known of releases beside sales and catalogue: days out of stock, prices in force, signals, their sound.

Every row carries the day on which it became known, and an origin sees those up to itself. Sources that are not there
are not faked: a frame that is missing leaves its features null.

Belongs here: the frames and their alignment to a panel. Does not belong here: what a feature makes of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.forecasting.panel import Panel
from ml.forecasting.running import Floats, Running, running

COLUMNS = {
    "stock_outs": {"unique_id": pl.String, "ds": pl.Date},
    "prices": {"unique_id": pl.String, "ds": pl.Date, "log_step": pl.Float64},
    "signals": {"unique_id": pl.String, "ds": pl.Date, "kind": pl.String, "value": pl.Float64},
    "sound": {"unique_id": pl.String, "ds": pl.Date, "bpm": pl.Float64, "loudness": pl.Float64},
}
SIGNALS = ("plays", "mentions")


@dataclass(frozen=True)
class Facts:
    """Frames that say more of releases; None where there is no such source.

    stock_outs: [unique_id, ds], a row per day on which a release was out of stock.
    prices: [unique_id, ds, log_step], a row per day on which the list price changed: the logarithm of new over old, 0
    for the first price.
    signals: [unique_id, ds, kind, value], amounts by the day on which they became known; kind plays or mentions.
    sound: [unique_id, ds, bpm, loudness], what was heard of a release and the day on which it was; of several rows of a
    release the first day's counts.
    """

    stock_outs: pl.DataFrame | None = None
    prices: pl.DataFrame | None = None
    signals: pl.DataFrame | None = None
    sound: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        """Raise ValueError when a frame lacks a column."""
        for name, columns in COLUMNS.items():
            frame = getattr(self, name)
            missing = [] if frame is None else [column for column in columns if column not in frame.columns]
            if missing:
                raise ValueError(f"{name}: column {missing[0]!r} is missing; give {', '.join(columns)}")

    def until(self, origin: date) -> Facts:
        """What was known by the end of the origin."""
        frames = {name: getattr(self, name) for name in COLUMNS}
        return Facts(**{n: None if f is None else f.filter(pl.col("ds") <= origin) for n, f in frames.items()})


@dataclass(frozen=True)
class Sound:
    """What was heard of each series, and from which day on it is known; NaN where nothing was."""

    day: Floats
    bpm: Floats
    loudness: Floats


@dataclass(frozen=True)
class Known:
    """Facts in a panel's series order; None where nothing is known of any series."""

    prices: Running | None
    signals: dict[str, Running]
    sound: Sound | None = None


def align_facts(panel: Panel, facts: Facts | None) -> Known:
    """The facts of a panel's series as look-ups by day; what is older than the panel counts as of its first day."""
    if facts is None:
        return Known(None, {})
    prices, signals = facts.prices, facts.signals
    of_kind = {kind: None if signals is None else signals.filter(pl.col("kind") == kind) for kind in SIGNALS}
    aligned = {kind: _daily(panel, rows, "value") for kind, rows in of_kind.items()}
    return Known(
        prices=_daily(panel, prices, "log_step"),
        signals={kind: look_up for kind, look_up in aligned.items() if look_up is not None},
        sound=_first_heard(panel, facts.sound),
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


def _daily(panel: Panel, rows: pl.DataFrame | None, measure: str) -> Running | None:
    """Sums of a measure by series and day, and of measure times day, from which time-weighted means are made."""
    if rows is None:
        return None
    numbers = pl.DataFrame({"unique_id": panel.ids, "series": np.arange(panel.n_series, dtype=np.int64)})
    daily = (
        rows.select(
            pl.col("unique_id").cast(pl.String),
            (pl.col("ds") - pl.lit(panel.start)).dt.total_days().clip(lower_bound=0).alias("day"),
            pl.col(measure).cast(pl.Float64),
        )
        .join(numbers, on="unique_id", how="inner")
        .group_by("series", "day")
        .agg(pl.col(measure).sum())
        .sort("series", "day")
        .with_columns(
            timed=pl.col(measure) * pl.col("day"), count=pl.lit(1.0), known_day=pl.col("day").cast(pl.Float64)
        )
    )
    return running(daily, panel.n_series, (measure, "timed", "count"), ("known_day",)) if daily.height else None
