"""Each feature family against SQL over the raw rows."""

import math
import zlib
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecasting.features import HORIZONS, WINDOWS, feature_frame
from tests.unit.ml.conftest import START
from tests.unit.ml.sql_oracle import ask, per_series, window

ORIGINS = (START + timedelta(days=100), START + timedelta(days=430), START + timedelta(days=559))


def assert_columns_equal(ours: pl.DataFrame, oracle: pl.DataFrame) -> None:
    assert ours["unique_id"].to_list() == oracle["unique_id"].to_list()
    for name in oracle.columns[1:]:
        got, want = ours[name].cast(pl.Float64), oracle[name].cast(pl.Float64)
        np.testing.assert_allclose(got.to_numpy(), want.to_numpy(), rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("origin", ORIGINS)
def test_trailing_and_last_year_units(sales: pl.DataFrame, origin: date) -> None:
    known = (origin - START).days + 1
    trailing = [f"{window(f'-{w - 1}', '0') if w <= known else 'null'} as units_{w}" for w in WINDOWS]
    ahead = [f"{window('-363', f'{h - 364}') if known >= 364 else 'null'} as units_last_year_{h}" for h in HORIZONS]
    total = f"{window('-9999', '0')} as units_all, {known} as days_known"
    oracle = ask(per_series(", ".join([*trailing, *ahead, total])), sales, origin)
    assert_columns_equal(feature_frame(sales, origin), oracle)


@pytest.mark.parametrize("origin", ORIGINS)
def test_occurrence(sales: pl.DataFrame, origin: date) -> None:
    days = min(182, (origin - START).days + 1)
    columns = [f"{window(f'-{w - 1}', '0', '(y > 0)::int')} as active_days_{w}" for w in (28, 90, 182)]
    columns += [
        "date_diff('day', max(ds) filter (where ds <= $origin), $origin) as recency_days",
        "date_diff('day', min(ds) filter (where ds <= $origin), $origin) as age_days",
        f"sqrt(greatest({window('-181', '0', 'y * y')} / {days} - ({window('-181', '0')} / {days}) ** 2, 0))"
        " as daily_sd_182",
    ]
    oracle = ask(per_series(", ".join(columns)), sales, origin)
    assert_columns_equal(feature_frame(sales, origin), oracle)


@pytest.mark.parametrize("origin", ORIGINS)
def test_price(sales: pl.DataFrame, origin: date) -> None:
    columns = [
        f"{window(f'-{w}', '0', 'revenue')} / nullif({window(f'-{w}', '0')}, 0) as {name}"
        for name, w in (("price_28", 27), ("price_90", 89), ("price_all", 9999))
    ]
    oracle = ask(per_series(", ".join(columns)), sales, origin)
    assert_columns_equal(feature_frame(sales, origin), oracle)


@pytest.mark.parametrize("origin", ORIGINS)
def test_market(sales: pl.DataFrame, origin: date) -> None:
    known = (origin - START).days + 1
    ours = feature_frame(sales, origin)
    momentum = ask(f"select ({window('-27', '0')} / 28) / ({window('-89', '0')} / 90) as m from sales", sales, origin)
    assert ours["market_momentum"].unique().to_list() == [pytest.approx(momentum["m"][0])]
    for h in HORIZONS:
        if known < 364 + 28:
            assert ours[f"market_season_{h}"].null_count() == ours.height
            continue
        query = f"select ({window('-363', f'{h - 364}')} / {h}) / ({window('-391', '-364')} / 28) as s from sales"
        season = ask(query, sales, origin)["s"][0]
        assert ours[f"market_season_{h}"].unique().to_list() == [pytest.approx(season)]


def test_calendar_of_the_target_window(sales: pl.DataFrame) -> None:
    origin = date(2022, 9, 15)  # the 30 days after it are 16 September to 15 October
    row = feature_frame(sales, origin).row(0, named=True)
    assert row["autumn_share_30"] == 15 / 30
    assert row["autumn_share_60"] == 45 / 60
    angle = 2 * math.pi * date(2022, 9, 30).timetuple().tm_yday / 365.25
    assert (row["season_sin_30"], row["season_cos_30"]) == (math.sin(angle), math.cos(angle))


@pytest.mark.parametrize("origin", ORIGINS)
def test_catalogue_facts_are_hidden_until_known(sales: pl.DataFrame, catalogue: pl.DataFrame, origin: date) -> None:
    query = f"""
    with sold as ({per_series(f"{window('-89', '0')} as units")}),
    known as (select * from catalogue where known_from is null or known_from <= $origin),
    every_sale as (select k.artist_id, sum(s.y) as units from sales s join known k using (unique_id)
                   where s.ds between $origin - interval 89 day and $origin group by 1)
    select s.unique_id, date_diff('day', k.release_date, $origin) as release_age_days, k.list_price,
           case when k.artist_id is not null then coalesce(e.units, 0) - s.units end as artist_other_units_90
    from sold s left join known k using (unique_id) left join every_sale e using (artist_id) order by 1
    """
    oracle = ask(query, sales, origin, catalogue=catalogue)
    ours = feature_frame(sales, origin, catalogue)
    assert_columns_equal(ours, oracle)
    genres = ours.join(catalogue, on="unique_id", suffix="_text")
    for row in genres.iter_rows(named=True):
        hidden = row["known_from"] is not None and row["known_from"] > origin
        text = row["genre_text"]
        assert row["genre"] == (None if hidden or text is None else zlib.crc32(text.encode()) % 1021)


def test_a_release_listed_twice_is_refused(sales: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="'R0000' stands more than once"):
        feature_frame(sales, ORIGINS[0], pl.concat([catalogue.head(1), catalogue]))
