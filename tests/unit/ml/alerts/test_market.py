"""Shares, trends and seasons that are planted are found on their days, and steady ones are not."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ml.alerts.facts import COLUMNS, alert_facts
from ml.alerts.forecast_facts import forecast_facts
from ml.alerts.hits import find_hits
from ml.alerts.release_triggers import forecast_misses, release_triggers
from ml.alerts.rules import built_in_rules

FIRST = dt.date(2025, 1, 1)
PRICES = pl.DataFrame({"release_id": ["R1"], "unit_price": [20.0], "unit_margin": [8.0]})


def series(unique_id: str, metric: str, values: np.ndarray, every: int = 1) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unique_id": unique_id,
            "metric": metric,
            "ds": pl.date_range(FIRST, FIRST + dt.timedelta(days=len(values) - 1), eager=True),
            "y": values.astype(float),
        }
    ).gather_every(every)


def hits_of(facts: pl.DataFrame, rule: str) -> list[tuple[str, dt.date]]:
    found = find_hits(facts, built_in_rules(COLUMNS)).filter(rule=rule)
    return [(row["release_id"], row["ds"]) for row in found.iter_rows(named=True)]


def no_triggers(daily: pl.DataFrame) -> pl.DataFrame:
    return release_triggers(daily.clear(), 1)


@pytest.mark.parametrize(
    ("name", "metric", "every"), [("market:chart", "chart_share", 7), ("market:offers", "offer_share", 1)]
)
def test_a_lost_share_of_the_market_is_an_incident_of_the_house(name: str, metric: str, every: int) -> None:
    rng = np.random.default_rng(1)
    share = 0.3 + rng.normal(0, 0.002, 180)
    share[150:] -= 0.03
    steady = series("R1", "units", np.full(180, 4.0))
    daily = pl.concat([steady, series(name, metric, share, every)])
    facts = alert_facts(daily, PRICES, no_triggers(daily), 60)
    days = [day for who, day in hits_of(facts, "share_lost") if who == name]
    assert FIRST + dt.timedelta(days=150) < min(days) <= FIRST + dt.timedelta(days=157)
    (row,) = facts.filter(pl.col("release_id") == name, pl.col("ds") == FIRST + dt.timedelta(days=149)).iter_rows(
        named=True
    )
    assert row["revenue_28"] == 28 * 4 * 20.0
    if every == 1:
        assert row["share"] == pytest.approx(share[143:150].mean())
        assert row["share_before"] == pytest.approx(share[115:143].mean())


def test_a_category_that_leaves_the_others_and_one_whose_season_has_gone() -> None:
    rng = np.random.default_rng(2)
    days = 700
    level = {"Rock": 10.0, "Jazz": 10.0, "Pop": 20.0}
    units = {name: rng.poisson(mean, days).astype(float) for name, mean in level.items()}
    units["Rock"][-28:] *= 2  # the trend
    season = np.arange(days) % 364
    last = (days - 1) % 364
    in_season = (season > last - 28) & (season <= last)
    units["Pop"][in_season & (np.arange(days) < 400)] *= 3  # last year's season, which does not come back
    categories = pl.concat(
        [
            series(name, "units", values).select(category=pl.lit(name), ds="ds", units="y")
            for name, values in units.items()
        ]
    )
    daily = series("R1", "units", np.full(days, 4.0)).tail(180)
    facts = alert_facts(daily, PRICES, no_triggers(daily), 1, categories)
    row = {one["release_id"]: one for one in facts.iter_rows(named=True)}
    rock = row["category:Rock"]
    now = {name: values[-28:].sum() for name, values in units.items()}
    before = {name: values[-56:-28].sum() for name, values in units.items()}
    assert rock["trend_units_28"] == now["Rock"]
    assert rock["trend_expected_28"] == pytest.approx(before["Rock"] * sum(now.values()) / sum(before.values()))
    pop = units["Pop"]
    growth = pop[-196:-28].sum() / pop[-196 - 364 : -28 - 364].sum()
    assert row["category:Pop"]["season_expected_28"] == pytest.approx(pop[-28 - 364 : -364].sum() * growth)
    assert [name for name, _ in hits_of(facts, "category_trend")] == ["category:Rock"]
    assert "category:Pop" in {name for name, _ in hits_of(facts, "season_changed")}
    assert "category:Jazz" not in {name for name, _ in hits_of(facts, "season_changed")}


def test_the_rating_of_competitors_and_the_margin_of_a_release() -> None:
    steady = np.full(180, 4.0)
    revenue = steady * 20.0
    revenue[150:] = 4 * 13.0  # the cost is 12
    rating = np.full(180, 4.4)
    rating[160:] = 3.8
    parts = [("units", steady), ("revenue", revenue), ("competitor_rating", rating)]
    daily = pl.concat([series("R1", name, values) for name, values in parts])
    facts = alert_facts(daily, PRICES, no_triggers(daily), 60)
    assert hits_of(facts, "competitor_rating_drop")[0] == ("R1", FIRST + dt.timedelta(days=160))
    assert len(hits_of(facts, "competitor_rating_drop")) == 7
    shown = facts.filter(ds=FIRST + dt.timedelta(days=177), release_id="R1").row(0, named=True)
    assert shown["margin_share_28"] == pytest.approx(1 - 12 / 13)
    assert ("R1", FIRST + dt.timedelta(days=177)) in hits_of(facts, "margin_thin")
    assert min(day for _, day in hits_of(facts, "margin_thin")) > FIRST + dt.timedelta(days=150)


def test_what_sells_is_compared_with_what_was_forecast() -> None:
    units = np.zeros((1, 100))
    units[0, 61:] = 3.0
    origin = FIRST + dt.timedelta(days=60)
    forecasts = pl.DataFrame(
        {"release_id": ["R1"], "origin": [origin], "units_p10": [20.0], "units_p50": [30.0], "units_p90": [45.0]}
    )
    facts = forecast_facts(units, ["R1"], FIRST, forecasts)
    day = 60 + 12
    assert [facts[name][0, day] for name in ("forecast_sold", "forecast_expected")] == [36.0, 12.0]
    assert facts["forecast_high"][0, day] == pytest.approx(12 + 15 * np.sqrt(12 / 30))
    assert np.flatnonzero(~np.isnan(facts["forecast_sold"][0])).tolist() == list(range(67, 91))
    daily = series("R1", "units", units[0])
    misses = forecast_misses(daily, forecasts, 60)
    assert misses.select("unique_id", "metric", "kind", "observed").rows() == [
        ("R1", "forecast", "forecast_missed", 21.0)
    ]
    hits = hits_of(alert_facts(daily, PRICES, no_triggers(daily), 60, forecasts=forecasts), "forecast_above")
    first = next(
        day for day in range(67, 91) if facts["forecast_sold"][0, day] - facts["forecast_expected"][0, day] >= 20
    )
    assert hits[0] == ("R1", FIRST + dt.timedelta(days=first))


def test_a_day_with_signals_and_no_sales_yet_is_no_day_without_demand() -> None:
    daily = pl.concat([series("R1", "units", np.full(150, 9.0)), series("R1", "plays", np.full(152, 50.0))])
    facts = alert_facts(daily, PRICES, no_triggers(daily), 5)
    last = facts.filter(release_id="R1").sort("ds").tail(1).row(0, named=True)
    assert last["ds"] == FIRST + dt.timedelta(days=151)
    assert not find_hits(facts, built_in_rules(COLUMNS)).filter(type="demand").height
