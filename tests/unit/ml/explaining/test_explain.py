"""A forecast's reasons add up to it, say what SQL says, and every column of the model has words."""

import datetime as dt
import math

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.explaining.decomposition import in_units, logarithmic_mean
from ml.explaining.explain import BASE, COURSE, STRONGEST, explain
from ml.explaining.facts import Facts, amount, compared
from ml.explaining.phrases import opening
from ml.explaining.words import REASONS, WORDS, sentence
from ml.forecasting.forecaster import Model, default_settings, every, fit_at, open_history, predict_at
from ml.forecasting.history import History
from ml.forecasting.rivals import RIVALS, mean_28

ORIGIN = dt.date(2023, 6, 30)
Made = tuple[Model, History, int]


@pytest.fixture(scope="module")
def made(sales: pl.DataFrame, catalogue: pl.DataFrame) -> Made:
    history = open_history(sales.filter(pl.col("ds") <= ORIGIN), catalogue, default_settings(num_threads=2))
    day = history.panel.day_of(ORIGIN)
    return fit_at(history, day), history, day


def served_by(made: Made, candidate: str) -> pl.DataFrame:
    model, history, day = made
    forecasts = predict_at(model, history, day, every(candidate)).filter(pl.col("target") == "units")
    return forecasts.select("unique_id", "horizon", "model", p50="q0.5")


def texts(catalogue: pl.DataFrame) -> dict[str, dict[str, str | None]]:
    ids = catalogue["unique_id"].to_list()
    return {name: dict(zip(ids, catalogue[name].to_list(), strict=True)) for name in ("genre", "format")}


@pytest.mark.parametrize("candidate", ["lightgbm", "ensemble", "mean_28", "naive", "seasonal_naive", "tsb"])
def test_base_and_contributions_add_up_to_the_p50_of_every_forecast(
    made: Made, catalogue: pl.DataFrame, candidate: str
) -> None:
    served = served_by(made, candidate)
    told = explain(*made, served, texts(catalogue))
    added = told.group_by("unique_id", "horizon").agg(pl.col("units").sum(), pl.col("rank").min())
    joined = served.join(added, on=["unique_id", "horizon"], how="full")
    assert joined.height == served.height == added.height > 100
    assert (joined["units"] - joined["p50"]).abs().max() == pytest.approx(0, abs=1e-9)
    assert joined["rank"].to_list() == [0] * joined.height


def test_what_the_features_leave_is_the_trees_mean_the_markets_move_and_the_calibrated_median(
    made: Made, catalogue: pl.DataFrame
) -> None:
    """By hand from the fit: peers share one course, the mean of their trees, and differ by their calibration."""
    model, history, day = made
    horizon = 30
    known, booster = history.snapshot(day), model.boosters[horizon]
    assert booster is not None
    raw = np.asarray(booster.trees.predict(history.design(day, horizon)[0], pred_contrib=True))
    level = known.level[known.member]
    point = (level * horizon + 1) * np.exp(raw.sum(axis=1) + booster.market_shift) - 1
    calibration = model.calibrations["lightgbm", "units", horizon][-1]
    p50 = calibration.spread(np.maximum(point, 0), level * horizon)[1][:, 1]
    served = served_by(made, "lightgbm").filter(pl.col("horizon") == horizon)
    assert served["p50"].to_numpy() == pytest.approx(p50, rel=1e-9)

    told = explain(model, history, day, served, texts(catalogue)).pivot("reason", index="unique_id", values="units")
    told = served.join(told, on="unique_id", maintain_order="left").fill_null(0)
    base = told[BASE].to_numpy()
    scale = logarithmic_mean(p50 + 1, base + 1)
    course = told[COURSE].to_numpy() / scale
    step = np.log((p50 + 1) / (np.maximum(point, 0) + 1))
    active = known.active[known.member]
    fifth = np.where(active, np.searchsorted(np.quantile(level[active], [0.2, 0.4, 0.6, 0.8]), level), -1)
    peers_mean = np.array([raw[fifth == one].sum(axis=1).mean() for one in fifth])
    inside = point > 0
    assert inside.sum() > 40
    assert (course - step)[inside] == pytest.approx((peers_mean + booster.market_shift)[inside], abs=1e-6)


def test_the_rules_share_of_an_ensemble_is_their_weighted_move(made: Made) -> None:
    """By hand: the log of each rule against the pace, times its weight, in units by the logarithmic mean."""
    model, history, day = made
    served = served_by(made, "ensemble").filter(pl.col("horizon") == 30)
    told = explain(*made, served).pivot("reason", index="unique_id", values="units")
    told = served.join(told, on="unique_id", maintain_order="left").fill_null(0)
    known = history.snapshot(day)
    pace = known.level[known.member] * 30 + 1
    moved = np.zeros(len(pace))
    for name, weight in model.weights["units", 30].items():
        if name in RIVALS:
            moved += weight * np.log((RIVALS[name](history.panel, "units", day, 30).value[known.member] + 1) / pace)
    expected = moved * logarithmic_mean(told["p50"].to_numpy() + 1, pace)
    assert np.abs(expected).max() > 0.5
    assert told["rules"].to_numpy() == pytest.approx(expected, abs=1e-9)


def test_a_rule_says_what_it_repeats(made: Made) -> None:
    _, history, day = made
    served = served_by(made, "mean_28").filter(pl.col("horizon") == 60)
    told = explain(*made, served).filter(pl.col("rank") == 0)
    rule = mean_28(history.panel, "units", day, 60).value
    expected = dict(zip(history.panel.ids, rule, strict=True))
    sold = told.filter(pl.col("words") != "has never sold a unit")
    for row in sold.iter_rows(named=True):
        assert row["units"] == pytest.approx(expected[row["unique_id"]])
        assert row["words"] == f"goes on as in the last 28 days: {amount(row['units'])} units in 60 days"


def test_a_release_that_has_not_sold_is_explained_by_who_made_its_forecast(made: Made) -> None:
    rows = [
        {"unique_id": "new", "horizon": 30, "model": "cold_start", "p50": 12.0},
        {"unique_id": "young", "horizon": 30, "model": "lightgbm + cold_start", "p50": 4.0},
    ]
    told = explain(*made, pl.DataFrame(rows, schema_overrides={"horizon": pl.Int32})).to_dicts()
    assert [(row["rank"], row["units"], row["words"]) for row in told] == [
        (0, 12.0, "by past launches like it: 12 units in 30 days"),
        (0, 4.0, "by past launches like it and its own first days: 4 units in 30 days"),
    ]


def test_the_five_strongest_speak_in_order_and_the_others_keep_still(made: Made, catalogue: pl.DataFrame) -> None:
    told = explain(*made, served_by(made, "lightgbm"), texts(catalogue)).filter(pl.col("rank") > 0)
    for _, some in told.sort("rank").group_by("unique_id", "horizon"):
        sizes = some["units"].abs().to_list()
        assert sizes == sorted(sizes, reverse=True)
        assert some["words"].is_null().to_list() == [place >= STRONGEST for place in range(some.height)]
    assert told.filter(pl.col("words").str.contains("(?i)nan|None|inf")).is_empty()


def test_sentences_say_what_sql_says_of_the_sales(made: Made, sales: pl.DataFrame, catalogue: pl.DataFrame) -> None:
    told = explain(*made, served_by(made, "lightgbm"), texts(catalogue))
    con = duckdb.connect()
    con.register("sales", sales)
    sold = dict(
        con.execute(
            "select unique_id, sum(y) from sales where ds between $1 and $2 group by all",
            [ORIGIN - dt.timedelta(days=13), ORIGIN],
        ).fetchall()
    )
    last = dict(
        con.execute("select unique_id, $1::date - max(ds) from sales where ds <= $1 group by all", [ORIGIN]).fetchall()
    )
    lately = told.filter(pl.col("words").str.contains("in the last 14 days"))
    assert lately.height > 10
    for row in lately.iter_rows(named=True):
        expected = sold.get(row["unique_id"], 0)
        start = "sold nothing in" if expected == 0 else f"sold {amount(expected)} in"
        assert row["words"].startswith(f"{start} the last 14 days")
    paused = told.filter(pl.col("words").str.starts_with("no sale for"))
    assert paused.height > 0
    for row in paused.iter_rows(named=True):
        assert row["words"] == f"no sale for {last[row['unique_id']]} days"


def test_every_column_of_the_model_has_words(made: Made) -> None:
    _, history, day = made
    _, names = history.design(day, 30)
    assert [name for name in names if name not in WORDS] == [], "give the column words: ml/explaining/words.py says how"
    assert {words.reason for words in WORDS.values()} <= REASONS.keys()


def facts(origin: dt.date = dt.date(2026, 11, 30), level: float = 0.5, **features: float) -> Facts:
    return Facts(origin, 30, np.array([level]), {name: np.array([value]) for name, value in features.items()})


@pytest.mark.parametrize(
    ("column", "given", "said"),
    [
        ("rate_28", facts(units_28=21.0), "sold 21 in the last 28 days, 50% more than usual"),
        ("rate_14", facts(units_14=35.0), "sold 35 in the last 14 days, 5 times as much as usual"),
        ("rate_7", facts(units_7=0.0), "sold nothing in the last 7 days"),
        ("rate_28", facts(units_28=14.0, pre_ordered_units=9.0, release_age_days=5.0),
         "sold 14 in the last 28 days, 9 of them ordered before it came out, its usual pace"),
        ("plays_to_level", facts(plays_28=0.0), "no plays reported in the last 28 days"),
        ("plays_to_level", facts(plays_28=math.nan), "plays and mentions: not known"),
        ("rate_last_year", facts(units_last_year_30=9.0),
         "sold 9 in these 30 days a year ago, 40% less than its pace now"),
        ("recency", facts(recency_days=60.0), "no sale for 60 days"),
        ("price_to_list", facts(price_90=8.0, list_price=10.0), "costs 20% less than its list price"),
        ("market_season", facts(market_season_30=1.4),
         "a year ago everything together sold 40% more than before in the days 1 December to 30 December"),
        ("artist_releases", facts(artist_releases_365=2.0), "third release of this artist within a year"),
        ("release_age", facts(release_age_days=-12.0), "comes out in 12 days"),
        ("price", facts(price_all=math.nan), "its price: not known"),
        ("quite_new_column", facts(), "quite new column"),
    ],
)  # fmt: skip
def test_words(column: str, given: Facts, said: str) -> None:
    assert sentence(column, given, 0) == said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (facts(level=1.0, age_days=200.0, units_all=400.0), "its usual pace: 30 units in 30 days"),
        (facts(level=0.5, age_days=4.0, units_all=14.0),
         "sold 14 in its first 5 days: spread over 28 days, 15 in 30 days"),
        (facts(level=0.5, age_days=0.0, units_all=14.0, pre_ordered_units=12.0, release_age_days=0.0),
         "sold 14 on its first day, 12 of them ordered before it came out: spread over 28 days, 15 in 30 days"),
        (facts(level=1.0, age_days=9.0, units_all=14.0),
         "sold 14 in its first 10 days: a pace of 30 in 30 days in stock"),
    ],
)  # fmt: skip
def test_a_release_in_its_first_weeks_says_what_it_sold(given: Facts, said: str) -> None:
    assert opening(given, 0) == said


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(1.0, "as much"), (1.4, "40% more"), (0.63, "37% less"), (3.0, "3 times as much"), (math.inf, "much more")],
)
def test_ratios_in_words(ratio: float, said: str) -> None:
    assert compared(ratio) == said


def test_logarithmic_parts_become_units_that_add_up_where_nothing_moves_too() -> None:
    parts = np.array([[math.log(2), 0.0], [0.3, -0.3], [0.0, 0.0]])
    base, forecast = np.array([9.0, 4.0, 7.0]), np.array([19.0, 4.0, 0.0])
    units = in_units(parts, base, forecast)
    assert units.sum(axis=1) == pytest.approx(forecast - base)
    assert units[0] == pytest.approx([10.0, 0.0, 0.0])
    assert units[1] == pytest.approx([1.5, -1.5, 0.0])
    assert units[2] == pytest.approx([0.0, 0.0, -7.0])
