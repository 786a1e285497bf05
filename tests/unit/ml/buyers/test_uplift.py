"""Uplift of campaigns against planted effects, a count by hand, and campaigns that say nothing."""

import datetime as dt
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.buyers.uplift import BEFORE_DAYS, campaign_uplift

START = dt.date(2025, 1, 1)
RELEASES = pl.DataFrame(
    {"release_id": [f"R{number:02}" for number in range(24)], "genre": ["jazz", "rock"] * 12, "first_day": START}
)
BEGINS, ENDS = dt.date(2025, 5, 1), dt.date(2025, 5, 21)


def campaign(**changes: Any) -> dict[str, Any]:
    base = {"campaign_id": "K1", "release_id": "R00", "genre": None, "started_on": BEGINS, "ended_on": ENDS}
    return base | {"spend": 500.0, "currency": "EUR"} | changes


def campaigns(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={"release_id": pl.String, "genre": pl.String})


def planted(seed: int, effects: dict[str, float], days: int = 170) -> pl.DataFrame:
    """Bulk orders of every release by two segments; demand of all rises by a half in May; R00 gets the effects."""
    rng = np.random.default_rng(seed)
    rows = []
    for segment, effect in effects.items():
        for number in range(24):
            for day in range(days):
                date = START + dt.timedelta(days=day)
                rate = 0.5 * (1.5 if date >= BEGINS else 1.0)
                rate *= 1 + effect if number == 0 and BEGINS <= date <= ENDS else 1.0
                if orders := int(rng.poisson(rate)):
                    rows.append((segment, f"R{number:02}", date, float(rng.integers(1, 6, orders).sum())))
    return pl.DataFrame(rows, schema=["segment", "release_id", "ds", "units"], orient="row")


def test_planted_effects_lie_in_the_intervals_and_nothing_else_is_seen() -> None:
    inside, middle = [], []
    for seed in range(20):
        found = campaign_uplift(campaigns(campaign()), planted(seed, {"small": 1.0, "regulars": 0.0}), RELEASES)
        by_segment = {row["segment"]: row for row in found.iter_rows(named=True)}
        inside += [by_segment[name]["low"] <= true <= by_segment[name]["high"] for name, true in
                   (("small", 1.0), ("regulars", 0.0), ("all", 0.5))]  # fmt: skip
        middle.append((by_segment["small"]["uplift"], by_segment["regulars"]["uplift"]))
    assert 0.8 <= np.mean(inside) <= 1.0
    small, regulars = np.median(np.array(middle), axis=0)
    assert small == pytest.approx(1.0, abs=0.25)
    assert regulars == pytest.approx(0.0, abs=0.2)


def test_counts_are_those_of_sql() -> None:
    sales = planted(3, {"small": 0.5})
    row = (
        campaign_uplift(campaigns(campaign()), sales, RELEASES).filter(pl.col("segment") == "small").row(0, named=True)
    )
    first = BEGINS - dt.timedelta(days=BEFORE_DAYS)
    asked = duckdb.execute(
        f"""
        select sum(units) filter (release_id = 'R00' and ds < date '{BEGINS}'),
          sum(units) filter (release_id = 'R00' and ds >= date '{BEGINS}'),
          sum(units) filter (release_id <> 'R00' and ds < date '{BEGINS}'),
          sum(units) filter (release_id <> 'R00' and ds >= date '{BEGINS}')
        from sales where ds between date '{first}' and date '{ENDS}' and cast(release_id[2:] as int) % 2 = 0
        """
    ).fetchall()[0]
    names = ("units_before", "units_during", "control_units_before", "control_units_during")
    assert tuple(row[name] for name in names) == asked
    assert row["control_releases"] == 11
    before, during, control_before, control_during = (count + 0.5 for count in asked)
    assert row["uplift"] == pytest.approx(during / before / (control_during / control_before) - 1)
    assert row["extra_units"] == pytest.approx(row["units_during"] - row["expected_units"])


def test_a_campaign_for_a_genre_is_compared_with_the_other_genres() -> None:
    found = campaign_uplift(campaigns(campaign(release_id=None, genre="Jazz")), planted(6, {"small": 0.0}), RELEASES)
    row = found.filter(pl.col("segment") == "all").row(0, named=True)
    assert row["control_releases"] == 12
    assert row["low"] < 0 < row["high"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spend": 0.0}, "no spend is stated"),
        ({"ended_on": dt.date(2026, 1, 1)}, "the campaign is not over"),
        ({"release_id": "R99"}, "nothing that it is for was on sale 56 days before it"),
        ({"started_on": START, "ended_on": START}, "nothing that it is for was on sale 56 days before it"),
    ],
)
def test_without_spend_or_a_past_there_is_no_uplift(changes: dict[str, Any], reason: str) -> None:
    found = campaign_uplift(campaigns(campaign(**changes)), planted(5, {"small": 0.0}), RELEASES)
    assert found["segment"].to_list() == ["all", "small"]
    assert found["uplift"].to_list() == [None, None]
    assert set(found["reason"]) == {reason}


def test_without_control_or_beside_another_campaign_there_is_none() -> None:
    sales = planted(6, {"small": 0.0})
    alone = campaign_uplift(campaigns(campaign()), sales.filter(pl.col("release_id") == "R00"), RELEASES)
    assert alone["reason"].to_list() == ["no control: 0 releases with 0 units before"] * 2
    other = campaign(campaign_id="K2", started_on=dt.date(2025, 4, 10), ended_on=dt.date(2025, 4, 20))
    both = campaign_uplift(campaigns(campaign(), other), sales, RELEASES).filter(pl.col("campaign_id") == "K1")
    assert set(both["reason"]) == {"another campaign for the same overlaps it or the weeks before it"}
    elsewhere = campaign_uplift(campaigns(campaign(), other | {"release_id": "R02"}), sales, RELEASES)
    row = elsewhere.filter((pl.col("campaign_id") == "K1") & (pl.col("segment") == "all")).row(0, named=True)
    assert row["control_releases"] == 10
    few = sales.filter((pl.col("release_id") != "R00") | (pl.col("ds") >= BEGINS))
    assert campaign_uplift(campaigns(campaign()), few, RELEASES)["reason"][0] == "too few sales: 0 units before"


def test_without_campaigns_there_are_no_rows() -> None:
    assert campaign_uplift(campaigns(campaign()).clear(), planted(1, {"small": 0.0}, 3), RELEASES).is_empty()
