"""Time has bounds: days that have not come, years of two digits and positions in another unit are refused."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from assets.bronze.pim_objects import DOOR, PIM_OBJECTS
from assets.silver.calendar import not_in_future
from lake.lakehouse import Lake
from lake.types import exact_value
from tests.lake_builders import LINES, arrive, dead_letters, land, loaded, new_session, rows, stated

BOUNDED = replace(LINES, rules=(not_in_future("ordered_at"),))


def test_an_order_of_the_future_is_refused_and_its_correction_counts(tmp_path: Path) -> None:
    lake, now = Lake(tmp_path), dt.datetime.now(dt.UTC)
    late, soon = (now + dt.timedelta(days=3)).isoformat(), (now + dt.timedelta(days=1)).isoformat()

    loaded(lake, [stated(1, order_id="1", created_at=late), stated(2, order_id="2", created_at=soon)], contract=BOUNDED)

    assert [row["order_id"] for row in rows(lake, "silver/lines")] == ["2"]
    assert [row["rule"] for row in dead_letters(lake, "silver/lines")] == ["not_in_future"]

    loaded(lake, [stated(3, order_id="1", created_at="2026-03-01T10:15:00Z")], contract=BOUNDED)

    assert sorted(row["order_id"] for row in rows(lake, "silver/lines")) == ["1", "2"]


@pytest.mark.parametrize("logical", ["date", "timestamp"])
@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("2026-03-01", True),
        ("2026-03-01T10:15:00Z", True),
        ("26-03-01", False),
        ("26-03-01 10:00:00", False),
        ("03/04/21", False),
        ("12026-03-01", False),
    ],
)
def test_a_year_has_four_digits(logical: str, text: str, is_good: bool) -> None:
    found = duckdb.execute(f"select {exact_value(logical, 't')} is not null from (select ? as t)", [text])

    assert found.fetchall() == [(is_good,)]


def test_a_pim_state_in_milliseconds_is_refused(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    states = [{"classname": "Release", "releaseId": "X", "modificationDate": at} for at in (1772400000000, 1772500000)]
    land(lake, "2026-03-02.jsonl", [json.dumps(state) for state in states])

    arrive(lake, new_session(lake), DOOR, PIM_OBJECTS)

    assert [row["position"] for row in rows(lake, "bronze/pim_objects")] == [1772500000]
    assert [row["rule"] for row in dead_letters(lake, "bronze/pim_objects")] == ["position"]
