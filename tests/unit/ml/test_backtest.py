"""The rolling-origin backtest: origins, truth, agreement with fit and predict, determinism."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest

from ml.forecasting.backtest import backtest, origins_every
from ml.forecasting.boosting import Settings
from ml.forecasting.forecaster import every, fit, predict
from ml.forecasting.history import CANDIDATES
from ml.forecasting.panel import SalesError
from tests.unit.ml.conftest import START, make_sales
from tests.unit.ml.sql_oracle import ask, window

SETTINGS = Settings(seed=3, num_threads=2, trees=15)
LAST = START + timedelta(days=559)


@pytest.fixture(scope="module")
def run(sales: pl.DataFrame) -> pl.DataFrame:
    return backtest(sales, settings=SETTINGS)


def test_origins_lie_30_days_apart_with_known_truth_and_history() -> None:
    origins = origins_every(START, LAST)
    assert origins[-1] == LAST - timedelta(days=90)
    assert {b - a for a, b in pairwise(origins)} == {timedelta(days=30)}
    assert 240 <= (origins[0] - START).days + 1 < 270
    assert origins_every(START, START + timedelta(days=328)) == []
    assert origins_every(START, START + timedelta(days=329)) == [START + timedelta(days=239)]


def test_the_last_two_origins_are_held_out_unless_asked_for(sales: pl.DataFrame, run: pl.DataFrame) -> None:
    origins = origins_every(START, LAST)
    assert run["origin"].unique().sort().to_list() == origins[:-2]
    assert not run["is_holdout"].any()
    told: list[tuple[int, int]] = []
    everything = backtest(
        sales, settings=SETTINGS, score_holdout=True, progress=lambda done, total, what: told.append((done, total))
    )
    assert everything.filter("is_holdout")["origin"].unique().sort().to_list() == origins[-2:]
    assert told == [(k, len(origins)) for k in range(1, len(origins) + 1)]
    assert everything.filter(~pl.col("is_holdout")).equals(run)


def test_a_single_origin_is_scored_and_not_held_out(sales: pl.DataFrame) -> None:
    short = sales.filter(pl.col("ds") < START + timedelta(days=335))
    origins = origins_every(START, START + timedelta(days=334))
    assert len(origins) == 1
    assert backtest(short, settings=SETTINGS)["origin"].unique().to_list() == origins


def test_actuals_and_population_equal_sql(sales: pl.DataFrame, run: pl.DataFrame) -> None:
    origin: date = run["origin"].min()  # type: ignore[assignment]
    query = (
        f"select unique_id, {window('1', '60')} as units, {window('1', '60', 'revenue')} as revenue,"
        f" {window('-89', '0', '1')} > 0 as is_active from sales group by 1"
        f" having {window('-364', '0', '1')} > 0 order by 1"
    )
    oracle = ask(query, sales, origin)
    for target in ("units", "revenue"):
        ours = run.filter(
            (pl.col("origin") == origin)
            & (pl.col("horizon") == 60)
            & (pl.col("target") == target)
            & (pl.col("model") == "mean_28")
        )
        assert ours["unique_id"].to_list() == oracle["unique_id"].to_list()
        assert ours["actual"].to_list() == pytest.approx(oracle[target].to_list())
        assert ours["is_active"].to_list() == oracle["is_active"].to_list()


def test_every_forecast_is_there_once_and_in_order(run: pl.DataFrame) -> None:
    key = ["model", "target", "horizon", "origin", "unique_id"]
    assert not run.select(key).is_duplicated().any()
    assert set(run["model"].unique()) == set(CANDIDATES)
    numbers = ["mean", "q0.1", "q0.5", "q0.9", "actual", "loss_scale"]
    assert run.select(pl.col(numbers).is_finite().all()).row(0) == (True,) * 6
    assert run.filter(
        (pl.col("q0.1") < 0) | (pl.col("q0.1") > pl.col("q0.5")) | (pl.col("q0.5") > pl.col("q0.9"))
    ).is_empty()
    longer = run.sort(key).with_columns(
        pl.col(*numbers[:4]).diff().over("model", "target", "origin", "unique_id", order_by="horizon")
    )
    assert longer.filter(pl.any_horizontal(pl.col(*numbers[:4]) < 0)).is_empty()


@pytest.mark.parametrize("threads", [1, 3])
def test_one_origin_equals_fit_and_predict_on_its_past_byte_for_byte(
    sales: pl.DataFrame, run: pl.DataFrame, threads: int
) -> None:
    """Same seed, any number of threads, with or without the future in memory: the same bytes."""
    origin: date = run["origin"].max()  # type: ignore[assignment]
    past = sales.filter(pl.col("ds") <= origin).sample(fraction=1, shuffle=True, seed=5)
    model = fit(past, origin, settings=Settings(seed=3, num_threads=threads, trees=15))
    for candidate in CANDIDATES:
        alone = predict(model, past, origin, serving=every(candidate))
        kept = run.filter((pl.col("origin") == origin) & (pl.col("model") == candidate))
        assert alone.drop("model").equals(kept.select(alone.drop("model").columns))
        assert alone["model"].to_list() == kept["served_by"].to_list()


def test_another_seed_gives_other_bytes(sales: pl.DataFrame, run: pl.DataFrame) -> None:
    origin: date = run["origin"].max()  # type: ignore[assignment]
    other = predict(fit(sales, origin, settings=Settings(seed=4, num_threads=2, trees=15)), sales, origin)
    kept = run.filter((pl.col("origin") == origin) & (pl.col("model") == "lightgbm"))
    assert not other["q0.5"].equals(kept["q0.5"])


def test_an_origin_without_its_90_days_is_refused(sales: pl.DataFrame) -> None:
    with pytest.raises(SalesError, match=r"origin 2023-06-01 needs sales .* through 90 days after it"):
        backtest(sales, origins=[date(2023, 6, 1)], settings=SETTINGS)


def test_sales_too_short_for_an_origin_give_an_empty_frame_of_the_same_columns(run: pl.DataFrame) -> None:
    short = backtest(make_sales(5, 100, seed=1), settings=SETTINGS)
    assert short.is_empty()
    assert short.schema == run.schema
