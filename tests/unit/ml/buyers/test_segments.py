"""Segments: planted groups are found, names stay, and the measures are those of SQL."""

import datetime as dt

import duckdb
import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from assets.buyers.segments import SEGMENTS
from ml.buyers.segments import PROFILES, choose_count, segment_buyers, standardised

START = dt.date(2024, 1, 1)
# Orders a year, units a line, artists known, last day: big and broad, small, and gone since the summer before.
GROUPS = {"big": (60, 80.0, 40, 700), "small": (12, 5.0, 5, 700), "gone": (5, 5.0, 5, 200)}


def planted(each: int = 30, seed: int = 2, days: int = 700) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for group, (orders, amount, artists, last) in GROUPS.items():
        for buyer in range(each):
            for number, day in enumerate(np.sort(rng.integers(0, min(last, days), size=orders))):
                item = f"a{int(rng.integers(artists))}"
                row = (f"{group}{buyer:02}", START + dt.timedelta(int(day)), f"{group}{buyer}-{number}", item)
                rows.append((*row, float(rng.gamma(4, amount / 4))))
    return pl.DataFrame(rows, schema=["buyer_id", "ds", "order_id", "item", "amount"], orient="row")


@pytest.fixture(scope="module")
def lines() -> pl.DataFrame:
    return planted()


def test_planted_groups_are_recovered_with_their_names(lines: pl.DataFrame) -> None:
    found = segment_buyers(lines).with_columns(group=pl.col("buyer_id").str.replace(r"\d+$", ""))
    assert adjusted_rand_score(found["group"].to_list(), found["segment"].to_list()) > 0.7
    most = found.group_by("group", "segment").len().sort("len").group_by("group", maintain_order=True).last()
    names = dict(most.select("group", "segment").iter_rows())
    assert names["big"] == "key accounts"
    assert names["gone"] == "lapsing"


def test_names_stay_when_a_month_is_added() -> None:
    every = planted(days=700)
    before = segment_buyers(every.filter(pl.col("ds") < START + dt.timedelta(650)))
    both = before.join(segment_buyers(every), on="buyer_id", suffix="_after")
    assert (both["segment"] == both["segment_after"]).to_numpy().mean() > 0.9


def test_the_measures_equal_sql(lines: pl.DataFrame) -> None:
    found = segment_buyers(lines).sort("buyer_id")
    asked = (
        duckdb.connect()
        .sql(
            """
        select buyer_id, max(max(ds)) over () - max(ds) as recency_days, count(distinct order_id) as orders,
          sum(amount) as monetary, count(distinct item) as breadth,
          count(distinct order_id) filter (where quarter(ds) = 4) / count(distinct order_id) as share
        from lines group by buyer_id order by buyer_id
        """
        )
        .pl()
    )
    assert found["recency_days"].to_list() == asked["recency_days"].to_list()
    assert found["orders"].to_list() == asked["orders"].to_list()
    assert found["breadth"].to_list() == asked["breadth"].to_list()
    np.testing.assert_allclose(found["monetary"], asked["monetary"])
    np.testing.assert_allclose(found["fourth_quarter_share"], asked["share"])


def test_the_number_of_segments_is_that_of_well_parted_groups() -> None:
    rng = np.random.default_rng(4)
    points = np.concatenate([rng.normal(centre, 0.1, size=(40, 5)) for centre in (-2.0, 0.0, 2.0)])
    count, stability = choose_count(points)
    assert count == 3
    assert stability > 0.95


def test_few_equal_buyers_are_one_segment(lines: pl.DataFrame) -> None:
    few = segment_buyers(lines.filter(pl.col("buyer_id").is_in(["big00", "big01"])))
    assert few["segment"].n_unique() == 1
    assert not np.isnan(standardised(few.rename({"orders": "orders"}))).any()
    assert segment_buyers(lines.clear()).is_empty()


def test_the_contract_allows_the_names_that_there_are() -> None:
    assert tuple(PROFILES) == SEGMENTS
