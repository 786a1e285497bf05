"""Collaborative signals against SQL and cosines by hand."""

import datetime as dt

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.buyers.audience import release_audience

START = dt.date(2025, 1, 1)
RELEASES = pl.DataFrame({"release_id": [f"R{number}" for number in range(7)]})


@pytest.fixture(scope="module")
def purchases() -> pl.DataFrame:
    """R0 and R1 go to the same buyers, R2 to R4 to others, R5 to one, R6 to nobody."""
    have = {
        "R0": range(12),
        "R1": range(1, 12),
        "R2": range(10, 30),
        "R3": range(12, 30),
        "R4": range(20, 34),
        "R5": [40],
    }
    rows = [
        (f"B{buyer:02}", name, 1.0, START + dt.timedelta(buyer)) for name, buyers in have.items() for buyer in buyers
    ]
    return pl.DataFrame(rows, schema=["buyer_id", "release_id", "quantity", "ds"], orient="row")


def test_signals_are_those_of_sql_and_of_cosines_by_hand(purchases: pl.DataFrame) -> None:
    recommended = pl.DataFrame({"release_id": ["R0", "R0", "R4"], "rank": [1, 4, 2]})
    likely = pl.DataFrame({"release_id": ["R0", "R0", "R5"], "probability": [0.5, 0.25, 0.1]})
    found = release_audience(purchases, RELEASES, recommended, likely)
    rows = {row["release_id"]: row for row in found.iter_rows(named=True)}
    assert list(rows) == RELEASES["release_id"].to_list()
    asked = duckdb.execute("select release_id, count(distinct buyer_id) from purchases group by all").fetchall()
    assert {name: row["buyers"] for name, row in rows.items()} == dict(asked) | {"R6": 0}
    assert (rows["R0"]["recommended_to"], rows["R0"]["mean_rank"]) == (2, 2.5)
    assert (rows["R1"]["recommended_to"], rows["R1"]["mean_rank"]) == (0, None)
    assert rows["R0"]["likely_buyers"] == pytest.approx(0.75)
    assert rows["R0"]["likeliest_probability"] == 0.5
    assert rows["R0"]["bought_with"].split(",")[0] == "R1"
    assert rows["R2"]["bought_with"].split(",")[0] == "R3"
    assert (rows["R5"]["bought_with"], rows["R6"]["bought_with"], rows["R6"]["likeness"]) == (None, None, None)
    assert set(found["as_of"]) == {purchases["ds"].max()}
    # Every quantity is one, so all weights are one; ten is the shrinkage.
    assert rows["R0"]["likeness"] == pytest.approx(11 / (np.sqrt(12 * 11) + 10), rel=1e-5)


def test_a_catalogue_that_nobody_bought_has_no_rows(purchases: pl.DataFrame) -> None:
    none = pl.DataFrame(schema={"release_id": pl.String, "rank": pl.Int32, "probability": pl.Float64})
    assert release_audience(purchases.clear(), RELEASES, none, none).is_empty()
