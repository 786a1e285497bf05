"""`lacquer decide` and `lacquer alerts` over a published lake: orders as a file, acts with who and why."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from typer.testing import Result

from demo.incidents import planted_incidents
from lake.delta.table import Table
from lake.lakehouse import Lake
from ml.alerts.facts import alert_facts
from ml.alerts.release_triggers import release_triggers
from resources.alerting import Alerting, write_alerts

Lacquer = Callable[..., Result]
DAY = dt.date(2026, 1, 1)


@pytest.fixture
def decided(tmp_path: Path) -> Lake:
    """A lake with a plan of two releases: one that runs out, one with stock for years."""
    store = Lake(tmp_path / "lake")
    plan = pa.table(
        {
            "release_id": ["R1", "R2"],
            "origin": [DAY] * 2,
            "horizon_days": pa.array([30, 30], pa.int32()),
            "model": ["lightgbm"] * 2,
            "units_p10": [20.0, 5.0],
            "plan_units": [40.0, 10.0],
            "units_p90": [60.0, 30.0],
            "available": [5, 900],
            "incoming": [0, 0],
            "unit_price": [10.0, 10.0],
            "unit_cost": [6.0, 6.0],
        }
    )
    sold = {"release_id": ["R1", "R2"], "sales_date": [DAY] * 2, "gross_units": [30, 20], "currency": ["EUR"] * 2}
    releases = pa.table(
        {
            "release_id": ["R1", "R2"],
            "currency": ["EUR"] * 2,
            "unit_cost": pa.array([None, None], pa.float64()),
            "lead_days": pa.array([None, None], pa.int32()),
            "least_order": pa.array([None, None], pa.int32()),
            "genre": ["Rock", "Jazz"],
        }
    )
    campaigns = pa.table(
        {
            "release_id": ["R1"],
            "category": pa.array([None], pa.string()),
            "started_on": [DAY],
            "ended_on": [DAY],
            "spend": [100.0],
            "currency": ["EUR"],
        }
    )
    tables = {"gold/mart_plan": plan, "gold/fct_sales_day": pa.table(sold), "gold/dim_release": releases}
    tables["gold/fct_campaign"] = campaigns
    line = {"is_product": True, "is_return": False, "order_type": "sale", "release_id": "R1", "order_date": DAY}
    rows = [
        line | {"buyer_id": "B1", "quantity": 10, "house_revenue": 90.0},
        line | {"buyer_id": "B2", "quantity": 4, "house_revenue": 44.0},
        line | {"buyer_id": "B2", "quantity": 6, "house_revenue": 66.0},
    ]
    tables["gold/fct_order_line"] = pa.Table.from_pylist(rows)
    for key, rows in tables.items():
        Table(store.path(key)).overwrite(rows)
    store.publish(store.versions(), "test")
    return store


def test_purchase_orders_are_a_file_and_a_scenario_orders_more(lacquer: Lacquer, decided: Lake, tmp_path: Path) -> None:
    out = tmp_path / "orders.csv"
    answer = lacquer("decide", "--orders", out, "--lake", decided.root)
    assert answer.exit_code == 0, answer.output
    usual = pl.read_csv(out)
    assert usual["release_id"].to_list() == ["R1"]
    assert usual["order_cost"][0] == 6 * usual["order_units"][0]
    assert "order" in answer.output.splitlines()[0]
    scenario = tmp_path / "busy.yaml"
    scenario.write_text("demand_factor: 1.5\n")
    answer = lacquer("decide", "--scenario", scenario, "--orders", out, "--lake", decided.root)
    assert "without the scenario" in answer.output
    assert pl.read_csv(out)["order_units"][0] > usual["order_units"][0]


def test_scarce_stock_goes_to_buyers_as_a_sheet(lacquer: Lacquer, decided: Lake, tmp_path: Path) -> None:
    """Five units of R1: B2 pays more and wants half of the 40, but takes no fewer than its least line of 4."""
    buyers = pa.table({"buyer_id": ["B1", "B2"], "origin": [DAY] * 2, "probability": [0.5, 0.5]})
    Table(decided.path("gold/buyer_propensity")).overwrite(buyers)
    decided.publish(decided.versions(), "more")
    out = tmp_path / "sheet.xlsx"
    answer = lacquer("decide", "--allocate", out, "--lake", decided.root)
    assert answer.exit_code == 0, answer.output
    assert pl.read_excel(out).select("buyer_id", "release_id", "units").rows() == [("B2", "R1", 5)]
    assert "1 releases do not reach for all: 5 of 40 units go to 1 buyers and earn 25" in answer.output
    answer = lacquer("decide", "--allocate", tmp_path / "sheet.doc", "--lake", decided.root)
    assert answer.exit_code == 1
    assert "the name ends in .csv, .xlsx or .parquet" in answer.output


def test_an_unknown_assumption_is_named(lacquer: Lacquer, decided: Lake, tmp_path: Path) -> None:
    scenario = tmp_path / "busy.yaml"
    scenario.write_text("demand_faktor: 1.5\n")
    answer = lacquer("decide", "--scenario", scenario, "--lake", decided.root)
    assert answer.exit_code == 1
    assert "demand_faktor" in answer.output
    assert "known are" in answer.output


def test_alerts_are_listed_acted_on_and_replayed(lacquer: Lacquer, tmp_path: Path) -> None:
    store = Lake(tmp_path / "lake")
    planted = planted_incidents(5, releases=40, days=150)
    facts = alert_facts(planted.daily, planted.prices, release_triggers(planted.daily, 40), 40)
    Alerting().follow(store, facts)
    versions = write_alerts(store)
    titles = pl.DataFrame({"release_id": planted.prices["release_id"], "title": planted.prices["release_id"]})
    for key, rows in {"silver/releases": titles, "gold/alert_facts": facts}.items():
        Table(store.path(key)).overwrite(rows.to_arrow())
        versions[key] = Table(store.path(key)).version()
    store.publish(versions, "test")
    alerts = pl.read_delta(str(store.path("gold/alerts"))).filter(state="open").sort("rank")
    first = alerts["alert_id"][0]
    lake = ("--lake", store.root)
    assert first in lacquer("alerts", "list", *lake).output
    answer = lacquer("alerts", "snooze", first, "--by", "ana", "--why", "wait", "--when", "units_28 > 1e9", *lake)
    assert answer.output.strip() == f"{first} is snoozed"
    assert first not in lacquer("alerts", "list", *lake).output
    assert "is resolved" in lacquer("alerts", "resolve", first, "--by", "ana", "--why", "done", *lake).output
    answer = lacquer("alerts", "resolve", first, "--by", "ana", "--why", "again", *lake)
    assert answer.exit_code == 1
    assert "is resolved since" in answer.output
    answer = lacquer("alerts", "snooze", first, "--by", "ana", "--why", "x", "--when", "weather > 1", *lake)
    assert "unknown column weather" in answer.output
    replayed = lacquer("alerts", "test", "stock_out", *lake)
    planted_outs = planted.incidents.filter(kind="stock_out")["release_id"]
    shown = [line.split()[1] for line in replayed.output.splitlines()[:-1]]
    assert set(shown) <= set(planted_outs)
    assert "there is none; the rules are" in lacquer("alerts", "test", "nothing", *lake).output
