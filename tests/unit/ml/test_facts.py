"""Stock, prices, signals, artists and similar releases: each feature against SQL over the raw rows."""

import math
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecasting.facts import Facts
from ml.forecasting.features import HORIZONS, WINDOWS, feature_frame
from ml.forecasting.panel import build_panel
from ml.forecasting.snapshot import snapshot
from ml.forecasting.surroundings import PRICE_WINDOWS
from tests.unit.ml.conftest import START
from tests.unit.ml.sql_oracle import ask, per_series, window
from tests.unit.ml.test_features import assert_columns_equal

ORIGINS = (START + timedelta(days=100), START + timedelta(days=430), START + timedelta(days=559))
# The sales of days in stock, and a row for each day out of stock since the series first sold.
IN_STOCK = """
with born as (select unique_id, min(ds) as first from sales group by 1),
outs as (select distinct o.unique_id, o.ds from stock_outs o join born b using (unique_id) where o.ds > b.first),
every as (
    select unique_id, ds, y * (o.ds is null)::int as y, (o.ds is null)::int as sold, 0 as is_out
    from sales s left join outs o using (unique_id, ds)
    union all select unique_id, ds, 0, 0, 1 from outs
)
"""


def in_stock(columns: str) -> str:
    """SQL: aggregates over `every`, for each series with a row of sales up to the origin."""
    listed = "(select unique_id from sales where ds <= $origin)"
    return f"{IN_STOCK} select unique_id, {columns} from every where unique_id in {listed} group by 1 order by 1"


@pytest.mark.parametrize("origin", ORIGINS)
def test_days_out_of_stock_are_left_out_of_units_and_of_days(sales: pl.DataFrame, facts: Facts, origin: date) -> None:
    known = (origin - START).days + 1
    columns = [f"{window(f'-{w - 1}', '0') if w <= known else 'null'} as units_{w}" for w in WINDOWS]
    columns += [f"{w} - {window(f'-{w - 1}', '0', 'is_out')} as days_in_stock_{w}" for w in WINDOWS]
    columns += [f"{window(f'-{w - 1}', '0', 'sold * (y > 0)::int')} as active_days_{w}" for w in (28, 90, 182)]
    columns += [f"{known} - {window('-9999', '0', 'is_out')} as days_known"]
    for h in HORIZONS:
        there = f"({h} - {window('-363', f'{h - 364}', 'is_out')})"
        ahead = f"case when {there} >= {h} / 4 then {window('-363', f'{h - 364}')} * {h} / {there} end"
        columns += [f"{ahead if known >= 364 else 'null'} as units_last_year_{h}"]
    oracle = ask(in_stock(", ".join(columns)), sales, origin, stock_outs=facts.stock_outs)  # type: ignore[arg-type]
    assert_columns_equal(feature_frame(sales, origin, facts=facts), oracle)
    assert (oracle["days_in_stock_90"] < 90).sum() >= 5


def test_a_level_is_that_of_days_in_stock() -> None:
    """4 units a day for 400 days; none of 2 stock-outs, one short and one over all of the last month, lowers it."""
    days = [START + timedelta(days=k) for k in range(400)]
    out = {*days[330:340], *days[370:400]}
    sales = pl.DataFrame({"unique_id": "R", "ds": days, "y": [0.0 if d in out else 4.0 for d in days]})
    sales = sales.with_columns(revenue=pl.col("y") * 3)
    blind = build_panel(sales)
    seeing = build_panel(sales, pl.DataFrame({"unique_id": "R", "ds": sorted(out)}))
    assert snapshot(seeing, 399).level.tolist() == [pytest.approx(4.0)]
    # By hand: half of (90 - 40) / 90, three tenths of nothing, a fifth of (364 - 40) / 364, of 4 a day.
    assert snapshot(blind, 399).level.tolist() == [pytest.approx(4 * (0.5 * 50 / 90 + 0.2 * 324 / 364))]
    assert seeing.demand("units", 331, 390).tolist() == [pytest.approx(240.0)]
    assert math.isnan(seeing.demand("units", 370, 399)[0])
    assert math.isnan(seeing.demand("units", 360, 389, least=0.5)[0])


@pytest.mark.parametrize("origin", ORIGINS)
def test_what_was_ordered_ahead(sales: pl.DataFrame, catalogue: pl.DataFrame, facts: Facts, origin: date) -> None:
    """All that was ordered by the origin, of releases whose date was known by then."""
    query = """
    with dated as (select unique_id from catalogue
                   where release_date is not null and (known_from is null or known_from <= $origin)),
    ordered as (select unique_id, sum(units) as units, sum(buyers) as buyers from ahead where ds <= $origin group by 1)
    select s.unique_id, case when d.unique_id not null then coalesce(o.units, 0) end as pre_ordered_units,
           case when d.unique_id not null then coalesce(o.buyers, 0) end as pre_order_buyers
    from (select distinct unique_id from sales where ds <= $origin) s
    left join dated d using (unique_id) left join ordered o using (unique_id) order by 1
    """
    oracle = ask(query, sales, origin, catalogue=catalogue, ahead=facts.pre_orders)  # type: ignore[arg-type]
    assert (oracle["pre_ordered_units"] > 0).sum() > 5
    assert_columns_equal(feature_frame(sales, origin, catalogue, facts), oracle)


@pytest.mark.parametrize("origin", ORIGINS)
def test_signals_count_from_the_day_they_became_known(sales: pl.DataFrame, facts: Facts, origin: date) -> None:
    columns = ", ".join(
        f"case when count(*) filter (where kind = '{kind}' and h.ds <= $origin) > 0 then coalesce(sum(value) filter"
        f" (where kind = '{kind}' and h.ds between $origin - {w - 1} and $origin), 0) end as {kind}_{w}"
        for kind in ("plays", "mentions")
        for w in (28, 90)
    )
    query = f"""select s.unique_id, {columns} from (select distinct unique_id from sales where ds <= $origin) s
    left join heard h using (unique_id) group by 1 order by 1"""
    oracle = ask(query, sales, origin, heard=facts.signals)  # type: ignore[arg-type]
    assert_columns_equal(feature_frame(sales, origin, facts=facts), oracle)


@pytest.mark.parametrize("origin", ORIGINS)
def test_what_was_heard_counts_from_the_day_of_the_first_analysis(
    sales: pl.DataFrame, facts: Facts, origin: date
) -> None:
    query = """
    select s.unique_id, arg_min(bpm, h.ds) as heard_bpm, arg_min(loudness, h.ds) as heard_lufs
    from (select distinct unique_id from sales where ds <= $origin) s
    left join (from sound qualify row_number() over (partition by unique_id order by ds, bpm, loudness) = 1) h
    on s.unique_id = h.unique_id and h.ds <= $origin group by 1 order by 1"""
    oracle = ask(query, sales, origin, sound=facts.sound)  # type: ignore[arg-type]
    assert oracle["heard_bpm"].is_not_null().any()
    assert oracle["heard_bpm"].is_null().any()
    assert_columns_equal(feature_frame(sales, origin, facts=facts), oracle)


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_artists_other_releases(sales: pl.DataFrame, catalogue: pl.DataFrame, origin: date) -> None:
    query = f"""
    with known as (select * from catalogue where (known_from is null or known_from <= $origin) and artist_id not null),
    sold as ({per_series(f"{window('-363', '0')} as units, bool_or(y > 0 and ds <= $origin) as has_sold")}),
    others as (
        select a.unique_id, count(*) filter (where b.release_date > $origin - 365 and b.release_date <= $origin) as new,
               avg(s.units) as mean
        from known a join known b on a.artist_id = b.artist_id and a.unique_id != b.unique_id
        join sold s on s.unique_id = b.unique_id and s.has_sold group by 1
    )
    select s.unique_id, case when k.unique_id not null then coalesce(o.new, 0) end as artist_releases_365,
           o.mean as artist_mean_units_364
    from sold s left join known k using (unique_id) left join others o using (unique_id) order by 1
    """
    oracle = ask(query, sales, origin, catalogue=catalogue)
    assert oracle["artist_mean_units_364"].is_not_null().sum() > 5
    assert_columns_equal(feature_frame(sales, origin, catalogue), oracle)


@pytest.mark.parametrize("origin", ORIGINS)
def test_similar_releases_are_those_that_came_before(
    sales: pl.DataFrame, catalogue: pl.DataFrame, origin: date
) -> None:
    query = """
    with pairs as (
        select a.unique_id, b.unique_id as other, row_number() over (partition by a.unique_id order by
            3.0 * coalesce(a.artist_id = b.artist_id, false)::int + 2.0 * coalesce(a.label_id = b.label_id, false)::int
            + coalesce(a.genre = b.genre, false)::int + 1 / (1 + (a.release_date - b.release_date) / 365) desc,
            b.release_date, b.unique_id) as place
        from catalogue a join catalogue b on b.release_date < a.release_date
            and coalesce(b.known_from, '0001-01-01') <= coalesce(a.known_from, '0001-01-01')
            and (a.artist_id = b.artist_id or a.label_id = b.label_id or a.genre = b.genre)
        where a.known_from is null or a.known_from <= $origin
    ),
    born as (select unique_id, min(ds) as first from sales where y > 0 group by 1),
    units as (
        select b.unique_id, coalesce(sum(y) filter (where ds between $origin - 89 and $origin), 0) as lately,
               case when b.first + 89 <= $origin then sum(y) filter (where ds <= b.first + 89) end as at_first
        from born b join sales s using (unique_id) where b.first <= $origin group by 1, b.first
    )
    select s.unique_id, avg(u.lately) as similar_units_90, avg(u.at_first) as similar_first_units_90
    from (select distinct unique_id from sales where ds <= $origin) s
    left join pairs p on p.unique_id = s.unique_id and p.place <= 5
    left join units u on u.unique_id = p.other group by 1 order by 1
    """
    oracle = ask(query, sales, origin, catalogue=catalogue)
    assert oracle["similar_units_90"].is_not_null().sum() > 10
    assert_columns_equal(feature_frame(sales, origin, catalogue), oracle)


def test_what_is_missing_is_null_and_named() -> None:
    with pytest.raises(ValueError, match=r"prices: column 'market' is missing; give unique_id, market, ds"):
        Facts(prices=pl.DataFrame({"unique_id": ["R"], "ds": [START]}))


def test_without_facts_their_features_are_null(sales: pl.DataFrame) -> None:
    frame = feature_frame(sales, ORIGINS[1])
    names = [
        *(f"price_now_{w}" for w in PRICE_WINDOWS),
        "price_plan_30",
        "promotion_share_90",
        "plays_28",
        "mentions_90",
        "similar_units_90",
    ]
    assert frame.select(pl.col(names).is_null().all()).row(0) == (True,) * len(names)
    np.testing.assert_array_equal(frame["days_in_stock_90"].to_numpy(), 90.0)
