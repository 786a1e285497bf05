"""What the statistical models are given, and what is made of it: whole weeks up to the origin, summed to days."""

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest

from benchmarks.forecast_rivals import sampled, to_horizon, weekly

ORIGIN = date(2023, 6, 30)


def test_weeks_end_at_the_origin_and_begin_with_the_first_whole_one() -> None:
    """Against SQL: a sale k days before the origin falls into week -(k div 7); weeks without a sale are zero."""
    days = [0, 6, 7, 30, 75, 80]
    rows = [("A", ORIGIN - timedelta(days=k), float(k + 1)) for k in days] + [("A", ORIGIN + timedelta(days=1), 99.0)]
    sales = pl.DataFrame(rows, schema=["unique_id", "ds", "y"], orient="row")
    young = pl.DataFrame({"unique_id": ["B"], "ds": [ORIGIN - timedelta(days=20)], "y": [5.0]})
    both = pl.concat([sales, young])
    made = weekly(both, ORIGIN, ["A", "B"])
    with duckdb.connect() as con:
        con.register("sales", both.to_arrow())
        query = """
        select w.week, coalesce(sum(s.y), 0) as y
        from (select unnest(generate_series(-10, 0)) as week) w
        left join sales s on s.unique_id = 'A' and s.ds <= $1 and -(date_diff('day', s.ds, $1) // 7) = w.week
        group by 1 order by 1
        """
        expected = con.execute(query, [ORIGIN]).fetchall()
    assert made.select("week", "y").rows() == [(int(week), float(y)) for week, y in expected]
    assert made["unique_id"].unique().to_list() == ["A"]  # B has fewer than eight whole weeks


def test_weeks_are_summed_to_days_with_the_share_of_the_last() -> None:
    weeks = [7.0, 14.0, -3.0, 7.0, 21.0]
    assert to_horizon(weeks, 30) == pytest.approx(7 + 14 + 0 + 7 + 21 * 2 / 7)
    assert to_horizon(weeks, 28) == 28


def test_the_sample_is_of_releases_that_sold_before_all_of_the_last_origins() -> None:
    origins = [date(2023, 1, 1) + timedelta(days=30 * k) for k in range(5)]
    rows = [
        {"unique_id": f"R{r}", "origin": origin, "is_active": r != 1 or k < 4, "is_holdout": k == 4}
        for r in range(6)
        for k, origin in enumerate(origins)
        if r != 2 or k != 2
    ]
    chosen, ids = sampled(pl.DataFrame(rows), size=3)
    assert chosen == origins[1:4]
    assert len(ids) == 3
    assert "R2" not in ids
    assert sampled(pl.DataFrame(rows), size=99)[1] == ["R0", "R1", "R3", "R4", "R5"]
