"""The figures of triggers and policies: rivals by hand, money by hand, labels as NAB has them."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.nab import PCA_WINDOW, WINDOW, batch_pca, measure, report, rolling_mad, time_of_day
from benchmarks.stock_policies import HOLDING, LEAD_DAYS, Known, median, repeat, sigma_root, simulate


def test_a_rolling_mad_is_the_distance_from_the_median_before() -> None:
    y = np.append(np.tile([1.0, 3.0], WINDOW // 2), [12.0, 2.0])
    score = rolling_mad(y)
    assert score[:WINDOW].max() == 0
    assert score[WINDOW] == pytest.approx((12 - 2) / (1 + 0.02), rel=1e-6)
    assert rolling_mad(y[:-1])[WINDOW] == score[WINDOW]  # no later point


def test_a_time_of_day_is_compared_with_the_same_hour() -> None:
    seconds = np.arange(24 * 8) * 3600
    y = np.where(seconds % 86_400 == 0, 100.0, 1.0)
    y[-1] = 2.0
    score = time_of_day(seconds, y)
    assert np.flatnonzero(score).tolist() == [len(y) - 1]
    assert score[-1] == pytest.approx(1 / 0.01, rel=1e-6)


def test_batch_pca_finds_the_windows_with_a_burst() -> None:
    y = np.random.default_rng(0).normal(0, 1, 2_000)
    y[1_200:1_210] += 12
    score = batch_pca(y)
    assert score[: PCA_WINDOW - 1].max() == 0
    assert 1_200 <= score.argmax() <= 1_210 + PCA_WINDOW
    assert batch_pca(np.ones(100)).max() == 0


def test_files_are_scored_on_their_windows(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "data" / "a").mkdir(parents=True)
    windows = {"a/one.csv": [["2024-01-10 00:00:00", "2024-01-10 05:00:00"]], "a/not_there.csv": []}
    (tmp_path / "labels" / "combined_windows.json").write_text(json.dumps(windows))
    rng = np.random.default_rng(0)
    rows = [f"2024-01-{1 + hour // 24:02d} {hour % 24:02d}:00:00" for hour in range(24 * 14)]
    values = [50.0 if row[8:10] == "10" and int(row[11:13]) <= 5 else rng.normal(10, 1) for row in rows]
    lines = [f"{row},{value}" for row, value in zip(rows, values, strict=True)]
    (tmp_path / "data" / "a" / "one.csv").write_text("\n".join(["timestamp,value", *lines]))
    found = measure(tmp_path)
    assert found["points"].to_list() == [24 * 14]
    assert found["lacquer"][0] > found["random"][0]
    assert found["lacquer_vus"][0] > found["random_vus"][0]
    assert "1 labelled of 1 files, 336 points" in report(found)


def test_a_month_without_orders_loses_margin_and_one_with_stock_holds_it() -> None:
    demand = np.ones((1, 90))
    price, cost = np.array([10.0]), np.array([6.0])
    months = [30, 60, 90]
    money = simulate(demand, 30, months, price, cost, lambda known, stock: np.zeros_like(stock))
    assert money.tolist() == [[0.0, 0.0], [30 * 4.0, 0.0]]  # the first month's 30 units were there
    plenty = simulate(demand, 30, months, price, cost, lambda known, stock: np.array([100.0]))
    # Sold 30 a month; 100 arrive on the 15th of each.
    assert plenty.tolist() == pytest.approx(np.array([[0.0, 100 * 6 * HOLDING], [0.0, 170 * 6 * HOLDING]]))


def test_the_rivals_order_what_their_names_say() -> None:
    known = Known(np.tile([0.0, 2.0], 100)[None, :], np.array([10.0]), np.array([6.0]))
    stock = np.array([4.0])
    days = LEAD_DAYS + 30
    assert repeat(known, stock).tolist() == [30.0]
    assert median(known, stock).tolist() == [days - 4.0]
    assert sigma_root(1.0)(known, stock).tolist() == [np.ceil(days + np.sqrt(days)) - 4]
