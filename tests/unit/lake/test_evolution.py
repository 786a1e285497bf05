"""What happens to a stored table when its contract changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from lake.contract import Column, Contract
from lake.delta.table import SchemaChangedError, Table
from lake.lakehouse import Lake
from lake.silver.sql import Feed
from tests.lake_builders import erp_change, land, load, rows

FEED = Feed("erp_changes", "buyers", ("after",), ("before",))
BUYERS = Contract(
    "buyers",
    "one row per buyer",
    (
        Column("buyer_id", "string", "number", source="buyer_id"),
        Column("country", "string", "country", source="country"),
    ),
    ("buyer_id",),
    latest_by="source_position",
)
REGION = Column("region", "string", "sales region", source="region", nullable=True)


def changed(buyer_id: str, lsn: int, **fields: object) -> str:
    return erp_change("buyers", op="u", lsn=lsn, after={"buyer_id": buyer_id, "country": "FR"} | fields)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    land(lake, "1.jsonl", [changed("B1", 1, region="north"), changed("B2", 2)])
    load(lake, BUYERS, FEED)
    return lake


def test_a_new_nullable_column_is_added_and_is_null_in_older_rows(lake: Lake) -> None:
    wider = replace(BUYERS, columns=(*BUYERS.columns, REGION))
    land(lake, "2.jsonl", [changed("B2", 3, region="south"), changed("B3", 4)])

    load(lake, wider, FEED)

    shown = [(row["buyer_id"], row["region"]) for row in rows(lake, "silver/buyers")]
    assert shown == [("B1", None), ("B2", "south"), ("B3", None)]
    lazily = lake.table(wider).read().sort("buyer_id").select("buyer_id", "region").collect()
    assert lazily.rows() == shown
    assert "is_deleted" not in lake.table(wider).read().collect_schema().names()


def test_a_version_before_the_new_column_reads_without_it(lake: Lake) -> None:
    table = lake.table(replace(BUYERS, columns=(*BUYERS.columns, REGION)))
    before = table.version()
    table.create()

    assert table.version() == before + 1
    assert "region" not in table.read(before).collect_schema().names()
    assert "region" in table.read().collect_schema().names()


@pytest.mark.parametrize(
    ("columns", "difference"),
    [
        (
            (BUYERS.columns[0], replace(BUYERS.columns[1], type="int32")),
            "country: stored as .*string.*, the contract says .*integer",
        ),
        ((BUYERS.columns[0],), "country: stored as .*string.*, not in the contract"),
        ((*BUYERS.columns, replace(REGION, type="date"), Column("fax", "string", "fax", source="fax")), None),
    ],
)
def test_a_merged_table_stores_required_columns_as_nullable(
    lake: Lake, columns: tuple[Column, ...], difference: str | None
) -> None:
    table = lake.table(replace(BUYERS, columns=columns))
    before = table.version()
    if difference is None:
        table.create()
        assert table.version() == before + 1
        return
    with pytest.raises(SchemaChangedError, match=f"silver/buyers: the contract no longer fits.*\n  {difference}"):
        load(lake, replace(BUYERS, columns=columns), FEED)
    assert table.version() == before


def test_a_required_new_column_is_refused_where_old_rows_would_lack_it(tmp_path: Path) -> None:
    event = Contract("events", "one row per event", (Column("event_id", "string", "identity"),), ("event_id",))
    Table(tmp_path / "silver" / "events", event).create()
    wider = replace(event, columns=(*event.columns, Column("kind", "string", "kind")))

    with pytest.raises(SchemaChangedError, match=r"kind: new and required; .* so it must be nullable"):
        Table(tmp_path / "silver" / "events", wider).create()
