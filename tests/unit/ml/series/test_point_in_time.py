"""Nothing after the origin is read, nothing but the data decides the bytes, and what is known ahead is used."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from ml.series.boosting import Settings
from ml.series.frame import Reading, prepare
from ml.series.frequency import SeriesError
from tests.unit.ml.series.conftest import SMALL, dates, forecast, long, seasonal


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    y = seasonal(10, 220, {7: 0.3}, 0.05, seed=5)[1]
    rng = np.random.default_rng(6)
    return long({f"S{k}": row for k, row in enumerate(y)}).with_columns(
        price=pl.Series(rng.uniform(1, 2, y.size)), shop=pl.Series(rng.choice(["a", "b"], y.size))
    )


@pytest.mark.parametrize("is_sum", [False, True])
def test_changing_anything_after_the_origin_changes_nothing(frame: pl.DataFrame, is_sum: bool) -> None:
    origin = dates("D", 190)[-1]
    after = pl.col("ds") > origin
    changed = frame.with_columns(
        pl.when(after).then(pl.col("y") * -1e6).otherwise(pl.col("y")).alias("y"),
        pl.when(after).then(pl.lit(None)).otherwise(pl.col("price")).alias("price"),
        pl.when(after).then(pl.lit("never")).otherwise(pl.col("shop")).alias("shop"),
    )

    def made(known: pl.DataFrame, **reading: Any) -> pl.DataFrame:
        return forecast(known, (7, 14), is_sum=is_sum, settings=Settings(trees=15, models=3), **reading)

    first = made(frame, origin=origin)
    assert first.equals(made(changed, origin=origin))
    assert first.equals(made(frame.filter(~after)))
    assert first["ds"].min() > origin
    assert not first.equals(made(frame.filter(pl.col("ds") < origin), origin=origin))


def test_rows_in_any_order_and_on_any_threads_give_the_same_bytes(frame: pl.DataFrame) -> None:
    shuffled = frame.sample(fraction=1, shuffle=True, seed=9)
    first = forecast(frame)
    assert first.equals(forecast(shuffled))
    assert first.equals(forecast(frame, settings=Settings(trees=SMALL.trees, num_threads=2)))
    assert not first.equals(forecast(frame, settings=Settings(trees=SMALL.trees, num_threads=1, seed=1)))


def planted(n: int, ahead: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Series that double while a promotion lasts; the frame through the origin, and the promotions of the future."""
    rng = np.random.default_rng(11)
    frames = []
    for k in range(15):
        promotion = (rng.random(n + ahead) < 0.3).astype(float)
        y = 50 * (1 + promotion) * np.exp(rng.normal(0, 0.03, n + ahead))
        frames.append(pl.DataFrame({"unique_id": f"S{k}", "ds": dates("D", n + ahead), "y": y, "promotion": promotion}))
    both = pl.concat(frames)
    late = pl.col("ds") > dates("D", n)[-1]
    return both.filter(~late), both.filter(late)


def test_a_promotion_known_ahead_is_foreseen_by_either_way_and_not_without() -> None:
    past, coming = planted(240, 7)
    by_file = forecast(past, (7,), future=coming.drop("y"))
    by_rows = forecast(pl.concat([past, coming.with_columns(y=pl.lit(None, pl.Float64))]), (7,))
    assert by_file.equals(by_rows)
    blind = forecast(past, (7,))

    def miss(made: pl.DataFrame) -> float:
        joined = made.join(coming, on=["unique_id", "ds"])
        return float((joined["q0.5"] / joined["y"]).log().abs().mean())  # type: ignore[arg-type]

    assert miss(by_file) < 0.08
    assert miss(blind) > 0.25


def test_a_column_known_on_some_steps_only_is_an_error_with_column_and_date() -> None:
    past, coming = planted(60, 7)
    late = dates("D", 65)[-1]
    for future in (coming.filter(pl.col("ds") <= late), coming.filter(pl.col("unique_id") != "S3")):
        with pytest.raises(SeriesError, match="column 'promotion' is known after the origin, but not on 2020-03-"):
            prepare(past, Reading("D", 7), future.drop("y"))
    with pytest.raises(SeriesError, match="--future: column 'weather' does not stand in the series"):
        prepare(past, Reading("D", 7), coming.drop("y").with_columns(weather=1.0))
