"""Sums over windows that not every release has: those that lack one are left out of forecast and truth alike."""

from datetime import date, timedelta

import polars as pl
import pytest

from ml.totals.groups import in_window
from ml.totals.rehearsal import rehearse

ORIGIN = date(2024, 3, 31)


def forecasts(horizons: dict[str, tuple[int, ...]]) -> pl.DataFrame:
    rows = [
        {"unique_id": name, "origin": ORIGIN, "target": target, "horizon": h, "mean": float(h)}
        for name, known in horizons.items()
        for target in ("units", "revenue")
        for h in known
    ]
    return pl.DataFrame(rows).with_columns(starts_on=pl.lit(ORIGIN + timedelta(days=1)))


@pytest.mark.parametrize(
    ("known", "windows"),
    [
        ((30, 60, 90), {(1, 30): 30.0, (31, 60): 30.0, (1, 90): 90.0}),
        ((30, 60), {(1, 30): 30.0, (31, 60): 30.0, (1, 90): None}),
        ((30,), {(1, 30): 30.0, (31, 60): None, (1, 90): None}),
    ],
)
def test_a_window_needs_its_horizons(known: tuple[int, ...], windows: dict[tuple[int, int], float | None]) -> None:
    frame = forecasts({"R1": known}).filter(pl.col("target") == "units")
    for window, mean in windows.items():
        assert in_window(frame, ORIGIN, window)["mean"].to_list() == ([] if mean is None else [mean])


def test_truth_is_of_the_releases_that_were_forecast_over_the_window() -> None:
    days = [ORIGIN + timedelta(days=k) for k in range(1, 91)]
    sales = pl.DataFrame(
        [
            {"unique_id": name, "member": "DE", "ds": day, "y": 1.0, "revenue": 2.0}
            for name in ("R1", "R2")
            for day in days
        ]
    )
    catalogue = pl.DataFrame(
        {"unique_id": ["R1", "R2"], "genre": ["jazz"] * 2, "format": ["LP"] * 2, "artist_id": ["A"] * 2}
    )

    found = rehearse(forecasts({"R1": (30, 60, 90), "R2": (30,)}), sales, catalogue)

    units = found.filter((pl.col("target") == "units") & (pl.col("level") == "all")).sort("from_day", "to_day")
    assert units.select("from_day", "to_day", "mean", "actual").rows() == [
        (1, 30, 60.0, 60.0),
        (1, 60, 60.0, 60.0),
        (1, 90, 90.0, 90.0),
        (31, 60, 30.0, 30.0),
        (61, 90, 30.0, 30.0),
    ]
