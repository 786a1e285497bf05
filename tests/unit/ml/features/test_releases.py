"""The features as a table are those that the forecast computes, and each says what it is."""

from datetime import timedelta

import polars as pl
from polars.testing import assert_frame_equal

from assets.features.release_features import RELEASE_FEATURES
from ml.features.asof import as_of_join
from ml.features.outside import WORDS
from ml.features.releases import feature_rows, feature_words
from ml.forecasting.features import feature_frame
from ml.forecasting.forecaster import default_settings, open_history
from tests.unit.ml.conftest import START

ORIGINS = [START + timedelta(days=100), START + timedelta(days=430)]


def test_each_origin_is_what_the_forecast_would_have_seen_then(sales: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    rows = feature_rows(open_history(sales, catalogue, default_settings(num_threads=1)), ORIGINS)
    for origin in ORIGINS:
        known = sales.filter(pl.col("ds") <= origin)
        seen = feature_frame(known, origin, catalogue)
        assert_frame_equal(rows.filter(pl.col("origin") == origin), seen, check_exact=True)


def test_every_feature_has_words_and_a_column(sales: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    words = feature_words()
    assert list(words) == feature_frame(sales, ORIGINS[1], catalogue).columns[2:]
    assert all(len(said.split()) > 3 for said in words.values())
    assert "Units of the last w days" in words["units_28"]


def test_the_table_has_a_column_for_each_feature_with_its_words() -> None:
    columns = {column.name: column.description for column in RELEASE_FEATURES.columns}
    assert list(columns.items())[2:] == list((feature_words() | WORDS).items())


def test_a_training_row_sees_the_origin_that_had_ended_by_then(sales: pl.DataFrame) -> None:
    rows = feature_rows(open_history(sales, None, default_settings(num_threads=1)), ORIGINS)
    features = rows.select(
        "unique_id", (pl.col("origin") + timedelta(days=1)).alias("valid_from"), "units_28", "days_known"
    )
    asked = pl.DataFrame(
        {"unique_id": ["R0000"] * 4, "at": [START, ORIGINS[0], ORIGINS[1], START + timedelta(days=500)]}
    )
    made = as_of_join(asked, features, on=["unique_id"], at="at")
    assert made["days_known"].to_list() == [None, None, 101.0, 431.0]
    last = sales.filter(
        (pl.col("unique_id") == "R0000") & pl.col("ds").is_between(ORIGINS[1] - timedelta(days=27), ORIGINS[1])
    )
    assert made["units_28"][3] == last["y"].sum()
