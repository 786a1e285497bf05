"""Orders ahead: counted against SQL, worth what was planted, and none of a later day is looked at."""

from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.cold_start.ahead import OrderedAhead, slope
from ml.cold_start.forecaster import COLD_START, Cold
from ml.cold_start.launches import read_launches
from ml.cold_start.rehearsal import origins_back, rehearse
from ml.forecasting.facts import Facts

START, DAYS, LEAD = date(2023, 1, 2), 700, 28


@pytest.fixture(scope="module")
def world() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Sales, catalogue and orders ahead of 200 launches whose size nothing tells but those orders, some of them noise.

    A quarter of the first four weeks, give or take, is ordered on the 28 days before and counts on the first.
    """
    rng = np.random.default_rng(11)
    n = 200
    launch = np.sort(rng.integers(40, DAYS - 10, n))
    level = np.exp(rng.normal(2.0, 1.0, n))
    share = np.where(rng.random(n) < 0.1, 0.0, 0.25 * np.exp(rng.normal(0, 0.4, n)))
    age = np.arange(DAYS)[None, :] - launch[:, None]
    rate = level[:, None] * 0.5 ** (np.maximum(age, 0) / 20)
    ahead = rng.poisson(np.where((age < 0) & (age >= -LEAD), level[:, None] * share[:, None], 0.0))
    units = rng.poisson(np.where(age >= 0, rate * np.where(age < LEAD, 1 - share[:, None], 1.0), 0.0))
    delivered = units.copy()
    delivered[np.arange(n), launch] += ahead.sum(axis=1)

    def rows(grid: np.ndarray, name: str) -> pl.DataFrame:
        row, day = np.nonzero(grid)
        ids = pl.DataFrame({"unique_id": [f"R{k:03d}" for k in row], "day": day, name: grid[row, day].astype(float)})
        return ids.with_columns(ds=(pl.lit(START) + pl.duration(days="day")).cast(pl.Date)).drop("day")

    sales = rows(delivered, "y").with_columns(revenue=pl.col("y") * 9.0)
    dates = [START + timedelta(days=int(k)) for k in launch]
    catalogue = pl.DataFrame(
        {
            "unique_id": [f"R{k:03d}" for k in range(n)],
            "release_date": dates,
            "known_from": [day - timedelta(days=45) for day in dates],
            "genre": [("jazz", "rock")[k] for k in rng.integers(0, 2, n)],
        }
    )
    return sales, catalogue, rows(ahead, "units").with_columns(buyers=pl.lit(1.0))


def test_what_was_ordered_by_when_equals_sql(world: tuple[pl.DataFrame, ...]) -> None:
    sales, catalogue, orders = world
    launches = read_launches(sales, catalogue)
    ahead = OrderedAhead.of(launches, orders)
    rows = np.arange(len(launches.ids))
    con = duckdb.connect()
    con.register("orders", orders).register("catalogue", catalogue)
    for lead in (1, 10, 28, 60):
        said = con.sql(
            "select unique_id, coalesce(sum(units) filter (ds <= release_date - $lead), 0) from catalogue"
            " left join orders using (unique_id) group by 1 order by 1",
            params={"lead": lead},
        ).fetchall()
        units = dict(said)
        assert np.expm1(ahead.log_units(rows, lead)) == pytest.approx([units[name] for name in launches.ids])


def test_a_planted_slope_is_found_and_noise_has_none() -> None:
    rng = np.random.default_rng(2)
    ordered, share = rng.normal(0, 1, 300), np.full((250, 300), 1 / 300)
    value = 0.7 * ordered + rng.normal(0, 0.5, 300)
    assert slope(value, ordered, share, np.arange(50, 300)) == pytest.approx(0.7, abs=0.07)
    assert slope(rng.normal(0, 1, 300), ordered, share, np.arange(50, 300)) == 0.0
    assert slope(value, ordered, share[:10], np.arange(10)) == 0.0, "ten launches teach nothing"


def test_orders_ahead_make_first_forecasts_better(world: tuple[pl.DataFrame, ...]) -> None:
    """Nothing else tells how large a release is, so its error falls by more than a third."""
    sales, catalogue, orders = world
    origins = origins_back(START, START + timedelta(days=DAYS - 1))[-8:]

    def error(cold: Cold) -> float:
        waiting = rehearse(cold, origins).filter(
            (pl.col("band") == 0) & (pl.col("model") == COLD_START) & (pl.col("target") == "units")
        )
        near = waiting.filter(pl.col("starts_on") - pl.col("origin") <= pl.duration(days=21))
        assert near.height > 50
        return float(near.select(((pl.col("point") + 1).log() - (pl.col("actual") + 1).log()).abs().mean()).item())

    assert error(Cold.of(sales, catalogue, Facts(pre_orders=orders))) < 0.65 * error(Cold.of(sales, catalogue))


def test_no_later_order_is_looked_at(world: tuple[pl.DataFrame, ...]) -> None:
    sales, catalogue, orders = world
    origin = START + timedelta(days=600)
    until = sales.filter(pl.col("ds") <= origin)

    def said(known: pl.DataFrame) -> list[float]:
        cold = Cold.of(until, catalogue, Facts(pre_orders=known))
        day = cold.launches.day_of(origin)
        return cold.points(day, cold.launches.awaited(day), 0)[30].units[COLD_START].tolist()

    later = pl.when(pl.col("ds") > origin).then(pl.col("units") * 40).otherwise("units").alias("units")
    assert said(orders.with_columns(later)) == said(orders)
    assert said(orders.filter(pl.col("ds") <= origin - timedelta(days=14))) != said(orders)
