"""What is known of a spell, against NumPy; nothing after the origin is read; and a planted decay is found."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.streams.features import spell_days
from ml.streams.forecaster import Settings, forecast

START = date(2018, 1, 1)
LEVELS = (0.1, 0.5, 0.9)
FEW = Settings(trees=30)


def spell(artist: str, first: int, values: list[float], number: int = 1) -> pl.DataFrame:
    days = [START + timedelta(days=first + k) for k in range(len(values))]
    return pl.DataFrame({"unique_id": f"{artist} {number}", "artist": artist, "ds": days, "y": values})


@pytest.fixture(scope="module")
def streams() -> pl.DataFrame:
    """Half of the artists lose 3% a day, half go on as they are, which their last weeks tell; noise of 2%."""
    rng = np.random.default_rng(11)
    parts = []
    for k in range(40):
        days = int(rng.integers(190, 320))
        decay = np.exp(-0.03 * np.arange(days) * (k % 2))
        values = 1e6 * rng.uniform(0.5, 2) * decay * np.exp(rng.normal(0, 0.02, days))
        parts.append(spell(f"A{k:02d}", int(rng.integers(0, 60)), values.tolist()))
    return pl.concat(parts)


def test_features_equal_those_by_hand() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.uniform(1e3, 1e4, 40), rng.uniform(1e3, 1e4, 35)
    other = rng.uniform(1e3, 1e4, 100)
    rows = spell_days(pl.concat([spell("A", 0, [*first]), spell("A", 60, [*second], 2), spell("B", 0, [*other])]))
    row = rows.filter((pl.col("unique_id") == "A 2") & (pl.col("ds") == START + timedelta(days=94))).row(0, named=True)
    log, week = np.log(second), np.log(second[-7:].mean())
    assert row["week"] == pytest.approx(week)
    assert row["month"] == pytest.approx(np.log(second[-28:].mean()))
    assert row["last_day"] == pytest.approx(log[-1] - week)
    assert row["last_3"] == pytest.approx(np.log(second[-3:].mean()) - week)
    assert row["week_2_back"] == pytest.approx(np.log(second[-21:-14].mean()) - week)
    assert row["highest"] == pytest.approx(log.max() - week)
    assert row["against_a_week_ago"] == pytest.approx(log[-1] - log[-8])
    assert row["artist_usual"] == pytest.approx(np.log(np.concatenate([first, second])).mean() - week)
    assert (row["spell_age"], row["artist_spells"], row["artist_known_days"]) == (35, 2, 94)
    assert row["chart_place"] == 1 + (other[88:95].mean() > second[-7:].mean())
    assert row["share"] == pytest.approx(week - np.log(second[-1] + other[94]))
    assert row["day_of_year"] == 95
    ages = rows.filter(pl.col("unique_id") == "A 1")["spell_age"]
    assert (ages.min(), ages.max()) == (28, 40)


def test_a_decay_is_found_and_the_quantiles_are_in_order(streams: pl.DataFrame) -> None:
    origin = START + timedelta(days=190)
    said = forecast(streams, origin, (7, 28), LEVELS, Settings()).filter(pl.col("horizon") == 28)
    came = streams.filter((pl.col("ds") > origin) & (pl.col("ds") <= origin + timedelta(days=28)))
    sums = came.group_by("unique_id").agg(pl.col("y").sum().alias("came"), days=pl.len())
    last = streams.filter((pl.col("ds") <= origin) & (pl.col("ds") > origin - timedelta(days=7)))
    again = last.group_by("unique_id").agg(again=4 * pl.col("y").sum())
    both = said.join(sums.filter(pl.col("days") == 28), on="unique_id").join(again, on="unique_id")
    assert both.height > 25
    fading = both.filter(pl.col("unique_id").str.contains(r"^A\d[13579] "))
    miss, miss_again = (float(np.abs((fading["came"] - fading[name]).to_numpy()).sum()) for name in ("q0.5", "again"))
    assert miss < 0.1 * miss_again, "the last week again does not know that they fade"
    steady = both.filter(pl.col("unique_id").str.contains(r"^A\d[02468] "))
    assert (steady["q0.5"] / steady["came"]).to_numpy() == pytest.approx(1, abs=0.1)
    assert both.select((pl.col("q0.1") <= pl.col("q0.5")).all() & (pl.col("q0.5") <= pl.col("q0.9")).all()).item()


def test_nothing_after_the_origin_is_read_and_the_same_data_gives_the_same_numbers(streams: pl.DataFrame) -> None:
    origin = START + timedelta(days=150)
    wild = streams.with_columns(y=pl.when(pl.col("ds") > origin).then(pl.col("y") * 50 + 7).otherwise("y"))
    withheld = streams.filter(pl.col("ds") <= origin)
    said = forecast(streams, origin, (7,), LEVELS, FEW)
    assert said.equals(forecast(wild, origin, (7,), LEVELS, FEW))
    assert said.equals(forecast(withheld, origin, (7,), LEVELS, FEW))


def test_too_short_a_past_is_said(streams: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"windows of 28 days have ended by 2018-03-02; a fit needs 300"):
        forecast(streams, date(2018, 3, 2), (28,), LEVELS, FEW)
