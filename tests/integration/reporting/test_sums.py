"""Given sums of forecasts with quantiles of their own: what the forecast's page says of them, checked by hand."""

import datetime as dt
import re
from typing import Any

import pyarrow as pa
import pytest

from assets.pages.sums import DEMAND, SCORES, TOTALS, sums, verdict
from assets.totals.scores import TOTALS_SCORES
from assets.totals.tables import CATEGORY_DEMAND
from assets.totals.tables import TOTALS as TOTALS_TABLE
from lake.contract import Contract
from lake.delta.table import Table
from lake.lakehouse import Lake
from ml.reporting.page import render
from tests.unit.ml.reporting.page_figures import page_figures

ORIGIN = dt.date(2026, 1, 31)
SALES, ARTISTS = "gold/fct_sales_day", "silver/artists"
# Level, member, mean of 30 days; those of 60 and 90 days are twice and three times as much.
MEANS = [("all", "all", 100.0), ("artist", "A1", 70.0), ("artist", "A2", 30.0), ("region", "unknown", 100.0)]


def total(level: str, member: str, mean: float, horizon: int, target: str) -> dict[str, Any]:
    worth = 5.0 if target == "revenue" else 1.0
    value = mean * horizon / 30 * worth
    said = {"mean": value, "p10": value / 2, "p50": value - 1, "p90": 2 * value, "is_calibrated": True}
    key = {"level": level, "member": member, "target": target, "origin": ORIGIN, "horizon_days": horizon}
    return key | said | {"currency": "EUR" if target == "revenue" else None, "releases": 2}


def month(ahead: int, on_year: float | None) -> dict[str, Any]:
    first = ORIGIN + dt.timedelta(days=30 * ahead - 29)
    row = {"category": "jazz", "origin": ORIGIN, "month_ahead": ahead, "starts_on": first, "currency": "EUR"}
    row |= {"ends_on": first + dt.timedelta(days=29), "units_mean": 40.0, "units_p10": 20.0, "units_p50": 39.0}
    row |= {"units_p90": 80.0, "revenue_mean": 200.0, "confidence": 0.4, "origins_scored": 3, "historical_error": 0.25}
    return row | {"change_on_month": -0.125, "change_on_year": on_year}


def score(level: str, n: int, held: float) -> dict[str, Any]:
    row = {"level": level, "target": "units", "from_day": 1, "to_day": 30, "n": n, "is_calibrated": True}
    return row | {"wape": 0.21, "wape_naive": 0.34, "coverage_p90": held, "coverage_p10": 0.9}


def write(lake: Lake, contract: Contract, rows: list[dict[str, Any]]) -> None:
    lake.table(contract).overwrite(pa.Table.from_pylist(rows, contract.arrow_schema))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("sums"))
    targets = [(h, target) for h in (30, 60, 90) for target in ("units", "revenue")]
    write(lake, TOTALS_TABLE, [total(*one, *which) for one in MEANS for which in targets])
    write(lake, CATEGORY_DEMAND, [month(1, 4.2), month(2, 0.5), month(3, None)])
    write(lake, TOTALS_SCORES, [score("all", 9, 1.0), score("artist", 100, 0.97), score("region", 100, 0.9)])
    days = [("R1", ORIGIN, 4.0), ("R2", ORIGIN, 1.0), ("R1", ORIGIN - dt.timedelta(days=89), 2.0)]
    days += [("R1", ORIGIN - dt.timedelta(days=90), 500.0), ("R1", ORIGIN + dt.timedelta(days=1), 500.0)]
    sold = [{"release_id": one, "sales_date": day, "gross_units": units} for one, day, units in days]
    Table(lake.path(SALES)).overwrite(pa.Table.from_pylist(sold))
    Table(lake.path(ARTISTS)).overwrite(pa.Table.from_pylist([{"artist_id": "A1", "name": "Electric Foxes"}]))
    return lake


def found(lake: Lake, *without: str) -> dict[str, Any]:
    tables = (TOTALS, DEMAND, SCORES, SALES, ARTISTS)
    kept = {key: Table(lake.path(key)).version() for key in tables if key not in without}
    return sums(lake.connect(kept), kept, ORIGIN)


def test_what_sold_is_added_up_to_the_origin_and_goes_on_by_the_sums(lake: Lake) -> None:
    together = found(lake)["together"]
    assert (len(together["sold"]), together["sold"][1], together["sold"][-2:]) == (91, 2.0, [2.0, 7.0])
    assert together["ranges"] == [(30, 50.0, 99.0, 200.0), (60, 100.0, 199.0, 400.0), (90, 150.0, 299.0, 600.0)]
    assert [(row["unit"], row["mean"]) for row in together["rows"][2:4]] == [("units", 300.0), ("EUR", 500.0)]


def test_artists_come_by_name_and_a_level_of_one_member_is_no_part(lake: Lake) -> None:
    (part,) = found(lake)["groups"]
    assert (part["level"], part["members"]) == ("artist", 2)
    assert [(row["name"], row["expected"], row["p90_90"]) for row in part["rows"]] == [
        ("Electric Foxes", 70.0, 420.0),
        ("A2", 30.0, 180.0),
    ]


def test_the_page_says_them_with_what_they_held(lake: Lake) -> None:
    page = re.sub(r"\s+", " ", render(page_figures() | found(lake)))
    assert '<td class="n">100</td> <td class="n">99</td><td class="n">50 – 200</td>' in page
    assert '<td class="nobr">1 Feb – 2 Mar</td><td class="n">40</td> <td class="n">20 – 80</td>' in page
    assert '<td class="n">−12%</td> <td class="n">5.2 times</td><td class="n">25</td>' in page
    assert '<td class="n">+50%</td>' in page
    assert '<td class="n">–</td><td class="n">25</td>' in page
    assert "In the past 9 of 9 such sums of 30 days came at or below the upper end" in page
    assert "97 of 100 such sums" in page
    assert "the ranges have been wider" not in page
    assert "so these ranges have been wider than they had to be. The expected number missed 21 of each 100" in page


def test_without_scores_or_sums_the_parts_are_left_out(lake: Lake) -> None:
    assert "In the past" not in render(page_figures() | found(lake, SCORES))
    assert found(lake, TOTALS) == {"together": None, "months": [], "groups": [], "held": {}}
    assert "All releases together" not in render(page_figures() | found(lake, TOTALS))


@pytest.mark.parametrize(
    ("n", "held", "said"),
    [(29, 1.0, "cannot tell"), (30, 0.94, "wider"), (30, 0.93, "and did"), (30, 0.87, "and did"), (30, 0.86, "narrow")],
)
def test_the_verdict_follows_the_band(n: int, held: float, said: str) -> None:
    assert said in verdict(n, held)
