"""Propensity: published BG/NBD parameters, planted rates, and nothing from after the cut."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ml.buyers.propensity.bgnbd import BgNbd
from ml.buyers.propensity.histories import OrdersError, histories, order_days
from ml.buyers.propensity.models import repeats
from ml.buyers.propensity.score import quality, score_buyers

START = dt.date(2025, 1, 1)
CUT = dt.date(2025, 10, 31)


def planted(buyers: int = 300, seed: int = 5) -> tuple[pl.DataFrame, np.ndarray]:
    """Buyers who order by a Poisson process each at a rate of their own, for a year; return the daily rates too."""
    rng = np.random.default_rng(seed)
    rates = rng.gamma(0.8, 0.03, size=buyers)
    rows = [
        (f"b{buyer:03}", START + dt.timedelta(days=int(day)), float(rng.uniform(5, 50)))
        for buyer in range(buyers)
        for day in np.flatnonzero(rng.random(365) < rates[buyer])
    ]
    return pl.DataFrame(rows, schema=["buyer_id", "ds", "amount"], orient="row"), rates


@pytest.fixture(scope="module")
def orders() -> pl.DataFrame:
    return planted()[0]


@pytest.fixture(scope="module")
def scores(orders: pl.DataFrame) -> pl.DataFrame:
    return score_buyers(orders, CUT).scores


def cdnow(folder: Path) -> pl.DataFrame:
    lines = [line.split() for line in (folder / "cdnow" / "CDNOW_sample.txt").read_text().splitlines()]
    days = [dt.datetime.strptime(line[2], "%Y%m%d").date() for line in lines]  # noqa: DTZ007
    return pl.DataFrame(
        {"buyer_id": [line[0] for line in lines], "ds": days, "amount": [float(line[4]) for line in lines]}
    )


def test_bg_nbd_finds_the_published_parameters(lacquer_data: Path) -> None:
    x, t_x, total = repeats(histories(order_days(cdnow(lacquer_data), dt.date(1997, 9, 30)), 0, 30))
    found = BgNbd.fit(x, t_x / 7, total / 7)
    # Fader, Hardie, Lee (2005), table 2.
    np.testing.assert_allclose([found.r, found.alpha, found.a, found.b], [0.243, 4.414, 0.793, 2.426], atol=0.006)


def test_bg_nbd_counts_orders_as_its_own_simulation_does() -> None:
    model, rng = BgNbd(0.9, 40.0, 0.8, 2.5), np.random.default_rng(1)
    ordered, told = [], []
    for _ in range(4_000):
        rate, drop = rng.gamma(model.r, 1 / model.alpha), rng.beta(model.a, model.b)
        times, now = [], 0.0
        while (now := now + rng.exponential(1 / rate)) < 230:
            times.append(now)
            if rng.random() < drop:
                break
        before = [time for time in times if time <= 200]
        ordered.append(any(time > 200 for time in times))
        told.append((len(before), before[-1] if before else 0.0))
    x, t_x = np.array(told).T
    probability = model.probability_any(x, t_x, np.full(len(x), 200.0), 30.0)
    assert quality(np.array(ordered, dtype=float), probability).calibration_error < 0.02


def test_planted_rates_are_recovered(scores: pl.DataFrame) -> None:
    rates = planted()[1]
    assert scores["probability"].to_numpy().min() > 0
    true = 1 - (1 - rates[scores["buyer_id"].str.slice(1).cast(pl.Int64).to_numpy()]) ** 30
    assert np.abs(scores["probability"].to_numpy() - true).mean() < 0.11
    expected = rates[scores["buyer_id"].str.slice(1).cast(pl.Int64).to_numpy()].sum() * 30
    assert scores["expected_orders"].sum() == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_after_the_cut_change_nothing(orders: pl.DataFrame, scores: pl.DataFrame, seed: int) -> None:
    rng = np.random.default_rng(seed)
    after = pl.col("ds") > CUT
    corrupted = orders.with_columns(
        amount=pl.when(after).then(pl.lit(float(rng.normal() * 1e9))).otherwise("amount"),
        buyer_id=pl.when(after).then(pl.lit("b000")).otherwise("buyer_id"),
    ).sample(fraction=1, shuffle=True, seed=seed)
    assert score_buyers(corrupted, CUT).scores.equals(scores)


def test_reasons_are_facts_of_the_rows(orders: pl.DataFrame, scores: pl.DataFrame) -> None:
    for buyer, reason in scores.select("buyer_id", "reason").head(50).iter_rows():
        days = sorted(set(orders.filter((pl.col("buyer_id") == buyer) & (pl.col("ds") <= CUT))["ds"]))
        recent = sum((CUT - day).days < 90 for day in days)
        assert reason.startswith(f"{recent} orders in 90 days, the last {(CUT - days[-1]).days} days ago")


def test_returns_and_free_items() -> None:
    rows = pl.DataFrame(
        {
            "buyer_id": ["a", "a", "b", "c"],
            "ds": [START, START + dt.timedelta(days=3), START, START],
            "amount": [5.0, -5.0, -1.0, 0.0],
        }
    )
    found = order_days(rows, CUT)
    assert found.select("buyer_id", "amount").rows() == [("a", 5.0), ("c", 0.0)]
    assert score_buyers(rows, CUT).serving == "own rate"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": None}, "amount is None"),
        ({"ds": None}, "column ds is empty"),
        ({"ds": dt.date(2031, 1, 1)}, "no order lies up to"),
    ],
)
def test_rows_that_cannot_be_used_are_named(change: dict[str, object], message: str) -> None:
    row = {"buyer_id": "a", "ds": START, "amount": 1.0} | change
    with pytest.raises(OrdersError, match=message):
        order_days(pl.DataFrame([row], schema={"buyer_id": pl.String, "ds": pl.Date, "amount": pl.Float64}), CUT)


def test_the_calibration_error_of_known_bins() -> None:
    ordered = np.array([0.0] * 50 + [1.0] * 50)
    assert quality(ordered, np.array([0.1] * 50 + [0.8] * 50)).calibration_error == pytest.approx(0.15)
    assert quality(ordered, ordered).auc == 1.0


def test_on_real_purchases_it_beats_recency_and_bg_nbd_and_is_calibrated(lacquer_data: Path) -> None:
    rows = cdnow(lacquer_data)
    found: dict[str, list[float]] = {"ours": [], "recency": [], "bg": []}
    errors = []
    for cut in (dt.date(1997, 11, 30), dt.date(1998, 1, 31), dt.date(1998, 3, 31)):
        after = rows.filter((pl.col("ds") > cut) & (pl.col("ds") <= cut + dt.timedelta(days=30)))["buyer_id"].unique()
        scores = score_buyers(rows, cut).scores
        ordered = scores["buyer_id"].is_in(after.implode()).cast(pl.Float64).to_numpy()
        ours = quality(ordered, scores["probability"].to_numpy())
        known = histories(order_days(rows, cut), 0, 30)
        rivals = BgNbd.fit(*repeats(known)).probability_any(*repeats(known), 30.0)
        found["ours"].append(ours.auc)
        found["recency"].append(quality(ordered, -known["recency"].to_numpy()).auc)
        found["bg"].append(quality(ordered, rivals).auc)
        errors.append(ours.calibration_error)
    assert np.mean(found["ours"]) > np.mean(found["recency"])
    assert np.mean(found["ours"]) > np.mean(found["bg"])
    assert np.mean(errors) <= 0.03
