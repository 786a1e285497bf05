"""Every frequency counts its own dates, and comes back to them."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ml.series.frequency import SEASONS, SeriesError, frequency_of
from tests.unit.ml.series.conftest import dates


@pytest.mark.parametrize("freq", list(SEASONS))
def test_dates_are_counted_one_by_one_and_come_back(freq: str) -> None:
    ds = pl.Series("ds", dates(freq, 900 if freq != "QS" else 120))
    frequency = frequency_of(freq, ds)
    steps, lies = frequency.steps(ds)
    assert lies.all()
    assert (np.diff(steps) == 1).all()
    assert frequency.dates(steps).equals(ds)
    assert all(len(column) == len(steps) for column in frequency.calendar(steps).values())


def test_the_calendar_is_that_of_the_dates() -> None:
    days = dates("D", 800)
    ds = pl.Series("ds", days)
    frequency = frequency_of("D", ds)
    found = frequency.calendar(frequency.steps(ds)[0])
    assert found["weekday"].tolist() == [day.weekday() for day in days]
    assert found["day_of_year"].tolist() == [day.timetuple().tm_yday - 1 for day in days]
    assert found["day_of_month"].tolist() == [day.day - 1 for day in days]


@pytest.mark.parametrize(
    ("freq", "good", "bad"),
    [
        ("B", dt.date(2024, 3, 1), dt.date(2024, 3, 2)),
        ("W", dt.date(2024, 3, 1), dt.date(2024, 3, 9)),
        ("MS", dt.date(2024, 3, 1), dt.date(2024, 4, 2)),
        ("ME", dt.date(2024, 2, 29), dt.date(2024, 3, 30)),
        ("QS", dt.date(2024, 2, 1), dt.date(2024, 4, 1)),
        ("D", dt.datetime(2024, 3, 1), dt.datetime(2024, 3, 2, 5)),  # noqa: DTZ001 - without a zone
        ("H", dt.datetime(2024, 3, 1), dt.datetime(2024, 3, 1, 5, 30)),  # noqa: DTZ001 - without a zone
    ],
)
def test_a_date_off_the_grid_is_found(freq: str, good: object, bad: object) -> None:
    ds = pl.Series("ds", [good, bad])
    assert frequency_of(freq, ds).steps(ds)[1].tolist() == [True, False]


def test_days_of_a_zone_are_its_own_and_survive_the_change_of_clocks() -> None:
    naive = pl.date_range(dt.date(2024, 3, 29), dt.date(2024, 4, 2), "1d", eager=True).alias("ds")
    days = naive.cast(pl.Datetime("us")).dt.replace_time_zone("Europe/Berlin")
    frequency = frequency_of("D", days)
    steps, lies = frequency.steps(days)
    assert (np.diff(steps) == 1).all()
    assert lies.all()
    assert frequency.dates(steps).equals(days)


def test_words_for_dates_are_refused_by_the_name_of_the_type() -> None:
    with pytest.raises(SeriesError, match="ds is String: frequency D needs dates"):
        frequency_of("D", pl.Series("ds", ["soon"]))
    with pytest.raises(SeriesError, match="frequency 1 counts whole numbers"):
        frequency_of("1", pl.Series("ds", [dt.date(2024, 1, 1)]))
