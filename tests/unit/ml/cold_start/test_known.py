"""What else is known of launches: days out of stock against SQL, and a tempo that was planted to sell."""

from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.cold_start.forecaster import COLD_START, Cold
from ml.cold_start.launches import read_launches
from ml.forecasting.facts import Facts

START = date(2023, 1, 2)
N, LAUNCH_EVERY, DAYS = 60, 5, 420
DAY = 360


def launched(k: int) -> date:
    return START + timedelta(days=10 + LAUNCH_EVERY * k)


def world(level: np.ndarray, out: dict[int, range]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Launches of `level` units a day for good, but on the days out of stock; five pre-orders ten days before each."""
    sales, stock_outs = [], []
    for k in range(N):
        sales.append((f"R{k:02d}", launched(k) - timedelta(days=10), 5.0, 50.0))
        for day in range((START + timedelta(days=DAYS) - launched(k)).days):
            at = launched(k) + timedelta(days=day)
            if day in out.get(k, range(0)):
                stock_outs.append((f"R{k:02d}", at))
                if day % 2:  # another warehouse still had some
                    sales.append((f"R{k:02d}", at, 1.0, 10.0))
            else:
                sales.append((f"R{k:02d}", at, float(level[k]), 10.0 * level[k]))
    catalogue = pl.DataFrame(
        {
            "unique_id": [f"R{k:02d}" for k in range(N)],
            "release_date": [launched(k) for k in range(N)],
            "known_from": [launched(k) - timedelta(days=60) for k in range(N)],
        }
    )
    rows = pl.DataFrame(sales, schema=["unique_id", "ds", "y", "revenue"], orient="row")
    return rows, catalogue, pl.DataFrame(stock_outs, schema={"unique_id": pl.String, "ds": pl.Date}, orient="row")


@pytest.mark.parametrize(("after", "horizon"), [(0, 30), (7, 60), (14, 30)])
def test_days_out_of_stock_are_scaled_up_or_left_out_as_sql_says(after: int, horizon: int) -> None:
    out = {3: range(5, 15), 4: range(20), 5: range(20, 60), 6: range(90, 200), 7: range(1)}
    sales, catalogue, stock_outs = world(np.full(N, 10.0), out)
    launches = read_launches(sales, catalogue, stock_outs)
    con = duckdb.connect()
    con.register("sales", sales).register("catalogue", catalogue).register("outs", stock_outs)
    said = con.execute(
        "with days as (select unique_id, release_date + unnest(range($after, $after + $horizon))::int as ds"
        " from catalogue), kept as (select d.*, coalesce(y, 0) as y, o.ds is not null as is_out from days d"
        " left join sales using (unique_id, ds) left join outs o using (unique_id, ds)),"
        " ahead as (select unique_id, sum(y) as units from sales join catalogue using (unique_id)"
        " where ds < release_date and $after = 0 group by 1)"
        "select case when count(*) filter (not is_out) * 2 >= $horizon then coalesce(any_value(units), 0)"
        " + sum(y) filter (not is_out) * $horizon / count(*) filter (not is_out) end"
        " from kept left join ahead using (unique_id) group by unique_id order by unique_id",
        {"after": after, "horizon": horizon},
    ).fetchall()
    expected = [np.nan if units is None else units for (units,) in said]
    assert launches.demand("units", np.arange(N), after, horizon) == pytest.approx(expected, nan_ok=True)
    told = [value for value in expected if not np.isnan(value)]
    assert set(told) == {10.0 * horizon + (5.0 if after == 0 else 0.0)}, "ten a day, had they been in stock"
    assert len(told) == N - {(0, 30): 1, (7, 60): 1, (14, 30): 1}[after, horizon]


def test_launches_that_ran_out_teach_what_they_would_have_sold() -> None:
    """Every second launch is empty for ten of its first days: unseen, a launch would be taken for a smaller one."""
    out = {k: range(3, 13) for k in range(0, N, 2)} | {k: range(1, 25) for k in range(1, N, 6)}
    sales, catalogue, stock_outs = world(np.full(N, 10.0), out)
    cold, blind = Cold.of(sales, catalogue, Facts(stock_outs)), Cold.of(sales, catalogue)
    waiting = np.array([N - 1])
    assert cold.points(DAY, waiting, 0)[30].units[COLD_START] == pytest.approx([305.0])
    assert blind.points(DAY, waiting, 0)[30].units[COLD_START][0] < 270


def heard(bpm: np.ndarray, on: date, releases: range) -> pl.DataFrame:
    ids = [f"R{k:02d}" for k in releases]
    return pl.DataFrame(
        {"unique_id": ids, "ds": [on] * len(ids), "bpm": bpm[list(releases)], "loudness": [-9.0] * len(ids)}
    )


def test_a_tempo_that_sells_is_found_once_it_was_heard_and_not_before() -> None:
    rng = np.random.default_rng(4)
    bpm = rng.choice([90.0, 140.0], N)
    level = np.where(bpm > 100, 40.0, 5.0)
    sales, catalogue, _ = world(level, {})
    on = START + timedelta(days=DAY - 5)
    cold = Cold.of(sales, catalogue, Facts(sound=heard(bpm, on, range(N - 1))))
    deaf = Cold.of(sales, catalogue)
    fast, slow = (50 + int(np.flatnonzero(bpm[50:59] == one)[0]) for one in (140.0, 90.0))
    unheard = N - 1
    rows = np.array([fast, slow, unheard])
    said = cold.points(DAY, rows, 0)[30].units[COLD_START]
    assert said[0] == pytest.approx(40 * 30 + 5, rel=0.2)
    assert said[1] == pytest.approx(5 * 30 + 5, rel=0.2)
    assert cold.worth(DAY, 0)["bpm"] > 0
    before = DAY - 6
    assert cold.points(before, rows, 0)[30].units[COLD_START] == pytest.approx(
        deaf.points(before, rows, 0)[30].units[COLD_START]
    )
    assert "bpm" not in cold.worth(before, 0)
    past = cold.launches.past(DAY, 30)
    assert "bpm" not in cold.traits.degrees(np.array([unheard]), past, DAY), "what was not heard is not shared"
    assert 150 < said[2] < 1200


def test_of_two_hearings_the_first_counts() -> None:
    bpm = np.full(N, 120.0)
    sales, catalogue, _ = world(np.full(N, 10.0), {})
    first, later = START + timedelta(days=5), START + timedelta(days=50)
    once = heard(bpm, first, range(N))
    twice = pl.concat([heard(bpm / 2, later, range(N)), once])
    traits = Cold.of(sales, catalogue, Facts(sound=twice)).traits
    assert traits.heard_on is not None
    assert set(traits.heard_on) == {5.0}
    assert set(traits.heard["bpm"]) == {120.0}
