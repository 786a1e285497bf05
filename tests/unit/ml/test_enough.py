"""One order is no forecast: what sales must have before a figure is given."""

from datetime import date, timedelta

import polars as pl
import pytest

from ml.forecasting.enough import Least, shortfall

FIRST = date(2026, 1, 1)


def sales(days: list[int], units: float = 12.0, releases: int = 1) -> pl.DataFrame:
    rows = [(f"R{one}", FIRST + timedelta(days=day), units) for day in days for one in range(releases)]
    return pl.DataFrame(rows, schema={"unique_id": pl.String, "ds": pl.Date, "y": pl.Float64}, orient="row")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (sales([0]), "sales cover 1 day of 28 and 1 day of a release with a sale of 10"),
        (sales([]), "sales cover 0 days of 28 and 0 days of a release with a sale of 10 and 0 releases of 1"),
        (
            sales(list(range(40)), units=0.0),
            "sales cover 0 days of 28 and 0 days of a release with a sale of 10 and 0 releases of 1",
        ),
        (sales(list(range(27))), "sales cover 27 days of 28"),
        (sales([0, 27], releases=4), "sales cover 8 days of a release with a sale of 10"),
        (sales([0, 27], releases=5), None),
    ],
)
def test_what_is_missing_is_said(frame: pl.DataFrame, reason: str | None) -> None:
    assert shortfall(frame, Least()) == reason
