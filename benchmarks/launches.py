"""Is what was planted of a launch found before it sells? `python -m benchmarks.launches --lake LAKE`, a demo run.

What the simulated distributor was made to sell of each release, without the dice that are thrown for every day, beside
what the cold start and the median of its category said of it when it was announced. Not a part of `lacquer bench`: it
holds the method against a truth that only the demo pack has, and no figure of it is an accuracy.
"""

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from assets.forecasts.inputs import read_facts, read_inputs
from assets.forecasts.newcomers import LAUNCH_CATALOGUE_SQL
from demo.distributor.demand import Demand
from demo.distributor.options import Calendar, Size
from demo.distributor.world import World
from demo.landing_files import LandingFiles
from lake.lakehouse import Lake
from ml.cold_start.forecaster import Cold
from ml.cold_start.rehearsal import origins_back, rehearse
from ml.cold_start.spread import Past
from resources.dbt.published import ReadOnly

if TYPE_CHECKING:
    from lake.delta.sessions import Session

KEYS = ("horizon", "model")


def planted_units(demand: Demand, sales: pl.DataFrame) -> tuple[pl.Series, np.ndarray]:
    """Releases and their expected units (releases, days + 1), running from 0: lines times the mean units of a line."""
    first, last = sales["ds"].min(), sales["ds"].max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    start = demand.world.calendar.start
    daily = np.stack([demand.lines(day) for day in range((last - start).days + 1)], axis=1)
    # A pre-order counts on the day its release comes out.
    released = demand.world.releases["release_day"].to_numpy()
    ahead = np.where(np.arange(daily.shape[1]) < released[:, None], daily, 0.0)
    out = np.flatnonzero((released >= 0) & (released < daily.shape[1]))
    daily -= ahead
    daily[out, released[out]] += ahead.sum(axis=1)[out]
    units = daily * (float(sales["y"].sum()) / daily.sum())
    running = np.concatenate([np.zeros((len(units), 1)), np.cumsum(units, axis=1)], axis=1)
    return demand.world.releases["release_id"], running


def recovered(forecasts: pl.DataFrame) -> pl.DataFrame:
    """How near forecasts came to the column `planted`, by horizon and method.

    Returns [horizon, model, n, wape of the mean, off: the mean |log ratio| of P50 as a factor, rank: Spearman's].
    """
    ratio = ((pl.col("q0.5") + 1) / (pl.col("planted") + 1)).log().abs()
    return (
        forecasts.group_by(KEYS)
        .agg(
            pl.len().alias("n"),
            ((pl.col("mean") - pl.col("planted")).abs().sum() / pl.col("planted").sum()).alias("wape"),
            ratio.mean().exp().alias("off"),
            pl.corr("q0.5", "planted", method="spearman").alias("rank"),
        )
        .sort(KEYS)
    )


def with_planted(forecasts: pl.DataFrame, ids: pl.Series, running: np.ndarray, start: dt.date) -> pl.DataFrame:
    """Forecasts with what was planted for the days that they are of."""
    place = forecasts["unique_id"].replace_strict(ids, np.arange(len(ids)), return_dtype=pl.Int64).to_numpy()
    begins = (forecasts["starts_on"] - start).dt.total_days().to_numpy()
    ends = begins + forecasts["horizon"].to_numpy()
    return forecasts.with_columns(planted=pl.Series(running[place, ends] - running[place, begins]))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lake", type=Path, required=True)
    store = Lake(parser.parse_args().lake)
    pinned = LandingFiles.pinned_before(store.root)
    calendar = Calendar(dt.date.fromisoformat(pinned["start"]))
    published = cast("Session", ReadOnly(store.published()))
    sales, _ = read_inputs(store, published)
    facts, con = read_facts(store, published), store.connect_published()
    catalogue = con.sql(LAUNCH_CATALOGUE_SQL).pl()
    known = con.sql("select distinct origin from gold.forecast_backtest order by 1").pl()
    first, last = sales["ds"].min(), sales["ds"].max()
    assert isinstance(first, dt.date)
    assert isinstance(last, dt.date)
    origins = origins_back(first, last, known["origin"].to_list())
    past = rehearse(Cold.of(sales, catalogue, facts), origins)
    waited = past.filter((pl.col("band") == 0) & (pl.col("target") == "units"))
    spread = Past.of(waited)
    said = pl.concat([spread.around(waited.filter(pl.col("origin") == origin), origin) for origin in origins])
    size = Size(pinned["seed"], pinned["order_lines"])
    demand = Demand(World.through(calendar, size, (last - calendar.start).days + 1))
    ids, running = planted_units(demand, sales)
    with pl.Config(tbl_rows=-1, float_precision=3):
        print(recovered(with_planted(said.filter("is_calibrated"), ids, running, calendar.start)))


if __name__ == "__main__":
    main()
