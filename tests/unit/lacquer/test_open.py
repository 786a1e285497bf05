"""`lacquer.open`: frames of one published state, and rows that land as silver will accept them."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

import lacquer
from lake.delta.table import Table
from lake.ingest.bronze import take_in
from lake.lakehouse import Lake
from lake.silver.refresh import refresh
from tests.lake_builders import dead_letters, new_session, rows
from tests.unit.conftest import FORECASTS, RELEASES

LINE: dict[str, object] = {
    "order_id": "O1",
    "line_number": 1,
    "release_id": "R1",
    "item_category": "product",
    "order_type": "sale",
    "ordered_at": dt.datetime(2026, 3, 1, 11, 15, tzinfo=dt.timezone(dt.timedelta(hours=1))),
    "quantity": 12,
    "unit_price": Decimal("11.5000"),
    "currency": "EUR",
}
AS_OF = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def documents(lake: Lake, stream: str) -> list[dict[str, Any]]:
    files = sorted((lake.root / "landing" / stream).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_published_tables_are_frames(published_lake: Path) -> None:
    lake = lacquer.open(published_lake)
    assert lake.tables() == ["gold.forecast_scores", "gold.forecasts", "silver.releases"]
    expected = pl.from_arrow(RELEASES)
    assert isinstance(expected, pl.DataFrame)
    assert lake["silver.releases"].equals(expected)  # and not the commit that no run has published
    assert lake.read("releases", ["title"]).equals(expected.select("title"))
    assert "forecasts" in lake
    assert "gold.releases" not in lake
    answer = lake.sql("select sum(units_p50) as units from forecasts where horizon_days = ?", [30])
    horizons, units = FORECASTS["horizon_days"].to_pylist(), FORECASTS["units_p50"].to_pylist()
    assert answer["units"].to_list() == [sum(u for h, u in zip(horizons, units, strict=True) if h == 30)]


def test_a_state_stays_until_it_is_refreshed(tmp_path: Path) -> None:
    store = Lake(tmp_path)
    table = Table(store.path("silver/releases"))
    store.publish({"silver/releases": table.overwrite(RELEASES.slice(0, 1))}, "one")
    lake = lacquer.open(tmp_path)
    store.publish({"silver/releases": table.overwrite(RELEASES)}, "two")
    assert lake["releases"].height == 1
    assert lake.refresh()["releases"].height == RELEASES.num_rows


def test_what_is_not_there_is_named(published_lake: Path, tmp_path: Path) -> None:
    with pytest.raises(lacquer.UnknownTableError, match=r"is gold\.forecasts meant"):
        lacquer.open(published_lake)["gold.forcasts"]
    with pytest.raises(lacquer.NoLakeError, match="no lake at"):
        lacquer.open(tmp_path / "nowhere")
    with pytest.raises(lacquer.UnknownKindError, match="is order_lines meant"):
        lacquer.open(published_lake).land("orderlines", [LINE])


def test_rows_that_silver_would_refuse_are_named_and_the_others_arrive(tmp_path: Path) -> None:
    from assets.bronze.erp_changes import DOOR, ERP_CHANGES
    from assets.silver import FEEDS
    from assets.silver.order_lines import ORDER_LINES

    lake = Lake(tmp_path)
    bad: list[dict[str, object]] = [
        {"line_number": 0},
        {"unit_price": "12,5"},
        {"order_id": None},
        {"qantity": 1},
        {"currency": "euro"},
    ]
    given = [LINE, *(LINE | {"order_id": f"B{at}"} | fault for at, fault in enumerate(bad)), LINE | {"order_id": "O2"}]
    opened = lacquer.open(tmp_path)
    assert opened.land("order_lines", given, dry_run=True).file is None
    landed = opened.land("order_lines", given, as_of=AS_OF)
    assert [(one.row, one.column, one.value, one.rule) for one in landed.refused] == [
        (1, "line_number", "0", "minimum"),
        (2, "unit_price", "12,5", "type"),
        (3, "order_id", None, "required"),
        (4, "qantity", "1", "known_columns"),
        (5, "currency", "euro", "currency_code"),
    ]
    assert landed.landed == 2
    assert opened.land("order_lines", given, as_of=AS_OF).file is None  # the same rows land once
    session = new_session(lake)
    take_in(lake, session, ERP_CHANGES, DOOR, tmp_path / "landing" / "erp")
    refresh(lake, session, ORDER_LINES, FEEDS["order_lines"], pseudonym_key=None)
    assert dead_letters(lake, "silver/order_lines") == dead_letters(lake, "bronze/erp_changes") == []
    stored = [{name: row[name] for name in LINE} for row in rows(lake, "silver/order_lines")]
    assert stored == [LINE, LINE | {"order_id": "O2"}]


def test_frames_and_other_streams_land_in_the_shapes_of_their_sources(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    release = {"release_id": "R1", "title": "Ünder", "artist_id": "A1", "list_price": 9.5, "is_published": True}
    lacquer.open(tmp_path).land("releases", pl.DataFrame([release]), as_of=AS_OF)
    (node,) = documents(lake, "pim")
    assert node == {
        "id": "R1",
        "classname": "Release",
        "modificationDate": int(AS_OF.timestamp()),
        "fullpath": "/releases/R1",
        "releaseId": "R1",
        "title": "Ünder",
        "artist": {"artistId": "A1"},
        "listPrice": "9.5",
        "published": "true",
    }
    event = {"event_id": "e1", "kind": "plays", "entity_type": "release", "entity_id": "R1", "source": "report"}
    table = pa.table({**{name: [text] for name, text in event.items()}, "value": [41.0], "occurred_at": ["2026-03-01"]})
    assert lacquer.open(tmp_path).land("signals", table).refused == ()
    assert documents(lake, "signals") == [event | {"value": "41.0", "occurred_at": "2026-03-01"}]
