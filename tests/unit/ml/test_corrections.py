"""Corrections by feedback: planted reports of each kind, and sales that sum to what was reported."""

import datetime as dt

import polars as pl
import pytest

from ml.forecasting.corrections import assess_reports, corrected

FIRST = dt.date(2025, 1, 1)
ORIGIN = dt.date(2025, 10, 1)
END = ORIGIN + dt.timedelta(days=60)


def sales() -> pl.DataFrame:
    """A sells 2 a day, B 1 a day until the origin and nothing after; 10 of money each."""
    rows = []
    for k in range((END - FIRST).days + 1):
        day = FIRST + dt.timedelta(days=k)
        rows.append(("A", day, 2.0, 20.0))
        if day <= ORIGIN:
            rows.append(("B", day, 1.0, 10.0))
    return pl.DataFrame(rows, schema=["unique_id", "ds", "y", "revenue"], orient="row")


def report(number: str, release: str, units: float, origin: dt.date = ORIGIN, after: int = 31) -> dict[str, object]:
    """A report `after` days after the origin, about 30 days."""
    at = dt.datetime.combine(origin + dt.timedelta(days=after), dt.time(9))
    named = {"feedback_id": number, "release_id": release, "origin": origin, "horizon_days": 30}
    return named | {"actual_units": units, "reported_at": at}


def verdicts(*reports: dict[str, object], is_on: bool = True) -> dict[str, tuple[bool, str | None]]:
    """Whether each report is used, and why not."""
    frame = pl.DataFrame(list(reports), schema_overrides={"horizon_days": pl.Int32})
    rows = assess_reports(frame, sales(), is_on).select("feedback_id", "is_used", "reason").rows()
    return {number: (used, reason) for number, used, reason in rows}


def test_each_report_is_used_or_has_its_reason() -> None:
    found = verdicts(
        report("used", "A", 90),
        report("unknown", "Z", 90),
        report("early", "A", 80, origin=ORIGIN - dt.timedelta(days=100), after=20),
        report("beyond", "A", 80, origin=END - dt.timedelta(days=5)),
        report("replaced", "A", 85, after=30),
        report("far", "A", 5_000, origin=ORIGIN - dt.timedelta(days=60)),
        report("nothing booked", "B", 33),
    )
    assert found == {
        "used": (True, None),
        "unknown": (False, "the release has no booked sale up to the origin"),
        "early": (False, "the window had not ended when it was reported"),
        "beyond": (False, "the window ends after the last day of sales"),
        "replaced": (False, "a later report is about the same days"),
        "far": (False, "outlier: far from what is booked and from what is usual"),
        "nothing booked": (True, None),
    }


def test_the_limit_of_an_outlier_is_four_deviations_of_the_logarithm() -> None:
    """A's windows are all 60 units, so the deviation is the least one, .3: the limit is 61 e^1.2 - 1 = 201.5."""
    assert verdicts(report("in", "A", 201))["in"][0]
    assert not verdicts(report("out", "A", 202))["out"][0]


def test_switched_off_nothing_is_used() -> None:
    assert verdicts(report("a", "A", 90), is_on=False) == {"a": (False, "corrections are switched off")}


def test_corrected_windows_sum_to_the_reports_and_the_rest_stays() -> None:
    frame = pl.DataFrame([report("a", "A", 90), report("b", "B", 33)], schema_overrides={"horizon_days": pl.Int32})
    before, made = sales(), corrected(sales(), assess_reports(frame, sales()))
    inside = pl.col("ds").is_between(ORIGIN + dt.timedelta(days=1), ORIGIN + dt.timedelta(days=30))
    sums = made.filter(inside).group_by("unique_id").agg(pl.col("y").sum(), pl.col("revenue").sum()).sort("unique_id")
    assert sums["y"].to_list() == pytest.approx([90, 33])
    assert sums["revenue"].to_list() == pytest.approx([900, 330])
    assert made.filter(~inside).equals(before.filter(~inside).sort("unique_id", "ds"))
    assert made.select("unique_id", "ds").is_duplicated().sum() == 0
    assert corrected(before, assess_reports(frame, before).clear()).equals(before)
