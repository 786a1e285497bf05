"""Which days of a category are looked at, checked by hand; who knows too little; and intervals of a known spread."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.evaluation.arrays import Floats
from ml.seasonality.decomposition import points, seen_twice
from ml.seasonality.holidays import public_holidays
from ml.seasonality.series import LEAST_DAYS, category_days
from ml.seasonality.spread import EIGHT_IN_TEN, interval, widening

ORIGIN = date(2025, 12, 31)  # a Wednesday
CATALOGUE = pl.DataFrame(
    {"unique_id": ["R1", "R2", "R3"], "genre": ["jazz", "jazz", "rock"], "format": ["LP"] * 3, "artist_id": ["A"] * 3}
)


def sold(release: str, days: list[date], units: float = 5.0, country: str = "Poland") -> pl.DataFrame:
    rows = [(release, country, day, units) for day in days]
    return pl.DataFrame(
        rows, schema={"unique_id": pl.String, "member": pl.String, "ds": pl.Date, "y": pl.Float64}, orient="row"
    )


def back(days: int, step: int = 1) -> list[date]:
    return [ORIGIN - timedelta(days=k) for k in range(days - 1, -1, -step)]


def test_a_year_and_a_half_is_enough_and_a_day_less_is_said() -> None:
    sales = pl.concat([sold("R1", back(LEAST_DAYS)), sold("R3", back(LEAST_DAYS - 1))])
    found, refused = category_days(sales, CATALOGUE, ORIGIN)
    assert [one.category for one in found] == ["all", "jazz"]
    assert refused == {"rock": "547 days are known, and seasons need 548, a year and a half"}


def test_days_after_the_origin_are_not_read() -> None:
    sales = pl.concat([sold("R1", back(600)), sold("R2", back(600, 2))])
    later = pl.concat([sales, sold("R3", [ORIGIN + timedelta(days=k) for k in range(1, 700)], 900.0)])
    for (one,), (other,) in zip(
        (category_days(sales, CATALOGUE, ORIGIN)[0],), (category_days(later, CATALOGUE, ORIGIN)[0],), strict=True
    ):
        assert one.category == other.category == "jazz", "one category is everything: it is told once, by its name"
        assert one.days.equals(other.days)


def test_releases_add_up_and_shut_days_are_left_out() -> None:
    open_days = [day for day in back(600) if day.isoweekday() < 6 and day != date(2025, 12, 25)]
    sales = pl.concat([sold("R1", open_days), sold("R2", open_days, 2.0, "France"), sold("R2", [date(2025, 6, 7)])])
    (jazz,), _ = category_days(sales, CATALOGUE, ORIGIN)
    assert (jazz.is_weekly, jazz.country) == (False, "Poland")
    assert jazz.days["ds"].to_list() == open_days, "one Saturday in eighty-five is no business day"
    assert set(jazz.days["y"]) == {7.0}


def test_who_sells_on_few_days_is_looked_at_by_whole_weeks() -> None:
    sales = sold("R1", back(601, 2))
    (jazz,), _ = category_days(sales, CATALOGUE, ORIGIN)
    assert jazz.is_weekly
    assert jazz.days["ds"][-1] == ORIGIN
    assert set(jazz.days["ds"].diff().drop_nulls().dt.total_days()) == {7}
    assert jazz.days.height == 601 // 7
    assert set(jazz.days["y"]) == {15.0, 20.0}
    assert not [
        name for name in points(jazz.days, True, public_holidays(None, ORIGIN, ORIGIN)).component if name == "weekly"
    ]


def test_a_country_with_less_than_half_is_nobodys_calendar() -> None:
    sales = pl.concat([sold("R1", back(600), 5.0, name) for name in ("Poland", "France", "Spain")])
    assert category_days(sales, CATALOGUE, ORIGIN)[0][0].country is None


@pytest.mark.parametrize("name", ["United Kingdom", "GB", "GBR"])
def test_holidays_are_those_of_the_country_by_name_or_code(name: str) -> None:
    found = dict(public_holidays(name, date(2024, 1, 1), date(2024, 12, 31)).iter_rows())
    assert (found["Christmas Day"], found["Good Friday"]) == (date(2024, 12, 25), date(2024, 3, 29))


def test_an_unknown_country_has_none_and_one_met_once_does_not_count() -> None:
    assert public_holidays("EIRE", ORIGIN, ORIGIN).is_empty()
    known = public_holidays("Poland", date(2024, 6, 1), ORIGIN)
    days = pl.DataFrame({"ds": [date(2024, 11, 11), date(2025, 11, 11), date(2025, 5, 1)]})
    assert seen_twice(days, known)["holiday"].unique().to_list() == ["National Independence Day"]


def test_the_interval_holds_a_known_mean_eight_times_in_ten() -> None:
    """The component is the mean's factor, the noise independent: eight in ten of its normal distribution."""
    rng = np.random.default_rng(3)
    n, held, widths = 400, 0, []

    def mean_factor(logs: Floats) -> Floats:
        return np.exp(np.array([logs.mean()]))

    for k in range(200):
        logs = rng.normal(0.2, 0.5, n)
        _, low, high = interval(logs, np.full(n, logs.mean()), mean_factor, 1, np.ones(1), k)
        held += bool(low[0] <= np.exp(0.2) <= high[0])
        widths.append(np.log(high[0] / low[0]))
    assert 0.72 <= held / 200 <= 0.88
    assert np.mean(widths) == pytest.approx(2 * EIGHT_IN_TEN * 0.5 / np.sqrt(n), rel=0.05)


def test_two_years_widen_what_repeats_yearly_by_the_root_of_two() -> None:
    assert widening(731, np.array([True, False])) == pytest.approx([np.sqrt(2), 1.0], abs=0.002)
    assert widening(548, np.array([True])) == pytest.approx([np.sqrt(3)], abs=0.005)
