"""Outside features by hand, and nothing that comes after the origin."""

import datetime as dt
import math

import polars as pl
import pytest

from ml.features.outside import WORDS, outside_features

DAY = dt.date(2026, 3, 31)
ROWS = [
    # release, days before the origin, kind, source, value
    ("R1", 3, "competitor_price", "shop", 8.0),
    ("R1", 20, "competitor_price", "shop", 6.0),
    ("R1", 10, "competitor_price", "fair", 9.0),
    ("R1", 2, "competitor_out", "fair", 9.0),
    ("R1", 28, "competitor_price", "old", 1.0),
    ("R1", 5, "rating", "", 1.0),
    ("R1", 40, "rating", "", 0.5),
    ("R1", 89, "rating", "", 0.6),
    ("R1", 90, "rating", "", 0.0),
    ("R2", 0, "chart", "billboard", 1.0),
    ("R2", 7, "chart", "billboard", 101.0),
    ("R2", 27, "chart", "hot", 60.0),
    ("*", 1, "temperature", "DE", 10.0),
    ("*", 6, "temperature", "ES", 20.0),
    ("*", 7, "temperature", "ES", 90.0),
    ("*", 60, "inflation", "DE", 3.0),
    ("*", 30, "inflation", "DE", 2.0),
    ("*", 90, "inflation", "ES", 4.0),
    ("*", -4, "holiday", "DE", 1.0),
    ("*", -20, "holiday", "ES", 1.0),
    ("*", 2, "holiday", "ES", 1.0),
]
LATER = [
    ("R1", -1, "competitor_price", "shop", 0.5),
    ("R1", -1, "rating", "", 0.0),
    ("R2", -1, "chart", "hot", 1.0),
    ("*", -1, "temperature", "DE", -50.0),
    ("*", -1, "inflation", "DE", 99.0),
]
RELEASES = pl.DataFrame({"release_id": ["R1", "R2", "R3"], "list_price": [12.0, 10.0, None]})


def facts(rows: list[tuple[str, int, str, str, float]]) -> pl.DataFrame:
    dated = [(one, DAY - dt.timedelta(days=days), *rest) for one, days, *rest in rows]
    schema = {"release_id": pl.String, "ds": pl.Date, "kind": pl.String, "source": pl.String, "value": pl.Float64}
    return pl.DataFrame(dated, schema=schema, orient="row")


def test_each_feature_by_hand() -> None:
    found = {row["release_id"]: row for row in outside_features(RELEASES, facts(ROWS), DAY).to_dicts()}
    shared = {"temperature_7": 15.0, "inflation_known": 3.0, "days_to_holiday": 4.0}
    blank = dict.fromkeys(WORDS, None)
    assert found["R1"] == {
        **blank,
        **shared,
        "release_id": "R1",
        "competitor_price_gap_28": pytest.approx(math.log(12 / 6)),
        "competitors_28": 1.0,
        "competitors_out_28": 1.0,
        "rating_90": pytest.approx(0.7),
        "rating_trend": pytest.approx(0.3),
    }
    nobody = {"competitors_28": 0.0, "competitors_out_28": 0.0}
    assert found["R2"] == {**blank, **shared, **nobody, "release_id": "R2", "chart_points_28": 100.0 + 0.0 + 41.0}
    assert found["R3"] == {**blank, **shared, **nobody, "release_id": "R3"}


def test_what_comes_later_changes_nothing() -> None:
    before = outside_features(RELEASES, facts(ROWS), DAY)
    assert outside_features(RELEASES, facts([*ROWS, *LATER]), DAY).equals(before)


def test_without_any_fact_everything_is_null() -> None:
    found = outside_features(RELEASES, facts([]), DAY)
    assert found.columns == ["release_id", *WORDS]
    assert found.select(*WORDS).null_count().row(0) == (3,) * len(WORDS)
