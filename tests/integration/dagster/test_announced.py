"""A release from its announcement to its second month: waited for, counted from its release date, then handed over.

The lake is of one artist who sells well and one who does not, eight releases a week, so that what a first month sells
is known before it comes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lake.lakehouse import Lake
from tests.integration.dagster.running import RecordingPim, change, land, order, order_line, run_main

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1800)]  # three whole runs, the first with a backtest

START = date(2023, 1, 2)
WEEKS, A_WEEK = 63, 8
LEVEL = {"STAR": 6.0, "CULT": 1.0}  # artist: units on the first day
HALF_LIFE, SOLD_FOR = 20.0, 120
ANNOUNCED = 440  # the last day of the first run
RELEASED = ANNOUNCED + 20
STAR, CULT = "STAR-NEW", "CULT-NEW"
NEW = {STAR: "STAR", CULT: "CULT"}


def on(day: int) -> date:
    return START + timedelta(days=day)


def expected(artist: str, days: int) -> float:
    """What a release of an artist sells in its first days, on the mean."""
    return float(sum(LEVEL[artist] * 0.5 ** (age / HALF_LIFE) for age in range(days)))


def catalogue() -> dict[str, tuple[str, int]]:
    """Artist and day of release of every release."""
    numbers = range(WEEKS * A_WEEK)
    return {f"R{k:04d}": ("STAR" if k % 2 else "CULT", 7 * (k // A_WEEK) + 4) for k in numbers} | {
        name: (artist, RELEASED) for name, artist in NEW.items()
    }


def announcements() -> Iterator[str]:
    """What the PIM says: the artists, and every release as of a month before it comes out."""
    for number, artist in enumerate(LEVEL):
        known = {"id": str(number), "classname": "Artist", "fullpath": f"/artists/{artist}", "modificationDate": 1}
        yield json.dumps(known | {"published": True, "artistId": artist, "name": artist, "genre": "Rock"})
    for number, (name, (artist, day)) in enumerate(catalogue().items(), start=1000):
        known = {"id": str(number), "classname": "Release", "fullpath": f"/releases/{name}", "published": True}
        known |= {"modificationDate": (on(day - 30) - date(1970, 1, 1)).days * 86_400, "releaseId": name}
        by = {"artist": {"classname": "Artist", "artistId": artist}, "genre": "Rock", "format": "LP"}
        price = {"listPrice": "20.00", "currency": "EUR"}
        yield json.dumps(known | by | price | {"title": name, "releaseDate": on(day).isoformat()})


def sell(root: Path, first: int, last: int) -> None:
    """Land the sales of the days `first` to `last`: one order a day, a line for each release that sold."""
    lines = []
    for day in range(first, last + 1):
        at, number = f"{on(day)}T10:00:00Z", f"SO{day:04d}"
        lines.append(change("orders", order(number, buyer_id=None, created_at=at, country="Germany"), 10**6 * day))
        rng, place = np.random.default_rng([7, day]), 0
        for name, (artist, released) in catalogue().items():
            age = day - released
            units = int(rng.poisson(LEVEL[artist] * 0.5 ** (max(age, 0) / HALF_LIFE)))
            if 0 <= age < SOLD_FOR and units:
                place += 1
                row = order_line(number, place, sku=name, qty=units, price="18.0000", created_at=at)
                lines.append(change("order_lines", row, 10**6 * day + place))
    land(root, f"{on(last)}--sales.jsonl", lines)


@dataclass(frozen=True)
class Stage:
    """What stood after a run: the star's forecast and plan by horizon, its first reason, and what went to the PIM."""

    forecast: list[dict[str, Any]]
    other: list[dict[str, Any]]
    plan: list[dict[str, Any]]
    first_day: date
    reason: str
    sent: dict[str, Any]


def newest(root: Path, table: str, name: str) -> list[dict[str, Any]]:
    of_name = f"from {table} where release_id = $1 and origin = (select max(origin) from {table})"
    rows = Lake(root).connect_published().sql(of_name, params=[name])
    return sorted(rows.pl().to_dicts(), key=lambda row: row["horizon_days"])


def run(root: Path, pim: RecordingPim) -> Stage:
    """Run the main job and look."""
    before = len(pim.batches)
    ran = run_main(root, pim=pim)
    assert ran.success, (ran.failed_checks, ran.errors)
    sent = [update for batch in pim.batches[before:] for update in batch if update.release_id == STAR]
    spread, why = newest(root, "mart_forecast_product_day", STAR), newest(root, "forecast_explanations", STAR)
    (first,) = [row["words"] for row in why if row["horizon_days"] == 30 and row["rank"] == 0]
    return Stage(
        newest(root, "forecasts", STAR),
        newest(root, "forecasts", CULT),
        newest(root, "mart_plan", STAR),
        min(row["sales_date"] for row in spread),
        first,
        dict(sent[0].fields) if sent else {},
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RecordingPim]:
    return tmp_path_factory.mktemp("announced") / "lake", RecordingPim()


@pytest.fixture(scope="module")
def awaited(world: tuple[Path, RecordingPim]) -> Stage:
    """Twenty days before the release."""
    land(world[0], "2023-01-02--pim.jsonl", announcements(), "pim")
    sell(world[0], 4, ANNOUNCED)
    return run(*world)


@pytest.fixture(scope="module")
def young(world: tuple[Path, RecordingPim], awaited: Stage) -> Stage:
    """On its sixth day on sale."""
    sell(world[0], ANNOUNCED + 1, RELEASED + 5)
    return run(*world)


@pytest.fixture(scope="module")
def settled(world: tuple[Path, RecordingPim], young: Stage) -> Stage:
    """In its second month."""
    sell(world[0], RELEASED + 6, RELEASED + 40)
    return run(*world)


def test_an_announced_release_is_forecast_from_its_release_date(awaited: Stage) -> None:
    said = awaited.forecast
    assert [(row["horizon_days"], row["model"]) for row in said] == [(days, "cold_start") for days in (30, 60, 90)]
    assert {row["starts_on"] for row in said} == {on(RELEASED)}
    for row in said:
        truth = expected("STAR", row["horizon_days"])
        assert row["units_p10"] < truth < row["units_p90"]
        assert row["units_mean"] == pytest.approx(truth, rel=0.3)
    assert awaited.other[0]["units_mean"] == pytest.approx(expected("CULT", 30), rel=0.4), "the artist tells"
    assert [row["units_mean"] for row in said] == sorted(row["units_mean"] for row in said)


def test_what_is_awaited_has_its_reason_its_plan_and_its_place_in_the_pim(awaited: Stage) -> None:
    assert "past launches like it" in awaited.reason
    assert awaited.first_day == on(RELEASED)
    for said, plan in zip(awaited.forecast, awaited.plan, strict=True):
        assert plan["plan_units"] == plan["units_p50"] == said["units_p50"]
        assert plan["life_stage"] == "starting"
        assert plan["service_stock"] > said["units_p90"], "enough for 19 in 20, where nothing is in stock"
        assert plan["unit_price"] == pytest.approx(18.0), "a list price of 20, and what all are sold at"
    assert awaited.sent["forecastModel30d"] == "cold_start"
    assert awaited.sent["forecastUnits30dP50"] == pytest.approx(awaited.forecast[0]["units_p50"], abs=0.05)


def test_in_its_first_week_the_model_has_a_share(young: Stage) -> None:
    assert all(row["model"].endswith(" + cold_start") for row in young.forecast)
    assert {row["starts_on"] for row in young.forecast} == {on(RELEASED + 6)}
    assert [row["units_p50"] for row in young.forecast] == sorted(row["units_p50"] for row in young.forecast)
    still_to_come = expected("STAR", 36) - expected("STAR", 6)
    assert young.forecast[0]["units_p10"] < still_to_come < young.forecast[0]["units_p90"]
    assert young.sent["forecastModel30d"] == young.forecast[0]["model"]


def test_in_its_second_month_it_is_the_models(settled: Stage) -> None:
    assert settled.forecast
    assert not any("cold_start" in row["model"] for row in settled.forecast)
    assert settled.sent["forecastModel30d"] == settled.forecast[0]["model"]
