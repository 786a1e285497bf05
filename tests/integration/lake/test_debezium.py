"""What Debezium says of rows, keys and tables over time, and what silver makes of it."""

from decimal import Decimal
from pathlib import Path

import pytest

from lake.ingest.streams.debezium.encodings import read_encodings
from lake.lakehouse import Lake
from tests.debezium_builders import BASE64, MICROS, MYSQL, POSTGRES, ROW, SQLSERVER, TOPIC, Feeding, envelope
from tests.lake_builders import dead_letters, rows


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.fixture
def feeding(lake: Lake) -> Feeding:
    return Feeding(lake, {})


def test_decimals_and_times_without_a_schema_are_declared(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "tables.yml"
    file.write_text(
        "order_lines:\n  topics: [erp.lines]\n  key: [order_id, line_no]\n"
        "  decimals: {price: 2}\n  times: {created_at: millis}\n"
    )
    feeding = Feeding(lake, read_encodings(file))
    row = {**ROW, "price": BASE64, "created_at": MICROS // 1000}
    key = {"order_id": "A1", "line_no": 1}
    feeding.send(row, {**row, "order_id": "A2"}, topic="erp.lines", key=key)
    assert [(one["order_id"], one["unit_price"], one["ordered_at"].microsecond) for one in feeding.lines()] == [
        ("A1", Decimal("12.0500"), 123_000),
        ("A2", Decimal("12.0500"), 123_000),
    ]
    feeding.send({**row, "order_id": "A2", "__deleted": "true"}, topic="erp.lines")
    assert [one["order_id"] for one in feeding.lines()] == ["A1"]
    feeding.send(None, topic="erp.lines", key=key)
    assert feeding.lines() == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("order_lines: {keys: [a]}", "keys is none of topics, key, decimals, times"),
        ("order_lines: {key: a}", "key is a list of names"),
        ("order_lines: {decimals: {price: two}}", "decimals gives each column"),
        ("order_lines: {times: {created_at: days}}", "times gives each column one of seconds"),
        ("[a]", "give tables"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(text: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "tables.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match=reason):
        read_encodings(file)


def test_deletions_tombstones_and_key_changes(feeding: Feeding) -> None:
    key = {"order_id": "A1", "line_no": 1}
    at = [{**POSTGRES, "lsn": lsn} for lsn in range(100, 106)]
    second = {**ROW, "line_no": 2}
    feeding.send(envelope("c", ROW, at[0]), envelope("c", second, at[1]))
    # Of a deletion only the key is read: with the default replica identity the rest is empty.
    feeding.send({**envelope("d", {}, at[2]), "before": None}, None, key=key)
    assert [one["line_number"] for one in feeding.lines()] == [2]
    moved = {**ROW, "line_no": 9}
    feeding.send(envelope("d", {"order_id": "A1", "line_no": 2, "sku": ""}, at[3]), envelope("c", moved, at[3]))
    assert [one["line_number"] for one in feeding.lines()] == [9]


def test_an_unchanged_large_value_is_kept(feeding: Feeding) -> None:
    changed = {**ROW, "qty": 5, "sku": "__debezium_unavailable_value"}
    feeding.send(envelope("c", ROW), envelope("u", changed, {**POSTGRES, "lsn": 101}))
    assert [(one["release_id"], one["quantity"]) for one in feeding.lines()] == [("R7", 5)]


def test_a_truncation_deletes_what_came_before_it_also_when_that_comes_late(feeding: Feeding, lake: Lake) -> None:
    at = [{**POSTGRES, "lsn": lsn} for lsn in range(100, 106)]
    feeding.send(envelope("c", ROW, at[0]), envelope("c", {**ROW, "order_id": "A2"}, at[1]))
    assert len(feeding.lines()) == 2
    feeding.send(envelope("t", {}, at[3], after=None), envelope("c", {**ROW, "order_id": "A3"}, at[4]))
    assert [one["order_id"] for one in feeding.lines()] == ["A3"]
    feeding.send(envelope("c", {**ROW, "order_id": "A4"}, at[2]))
    assert [one["order_id"] for one in feeding.lines()] == ["A3"]
    landed = sorted(path.name for path in (lake.root / "landing").rglob("*.jsonl"))
    assert [one["order_id"] for one in feeding.lines()] == ["A3"]
    assert sorted(path.name for path in (lake.root / "landing").rglob("*.jsonl")) == landed
    assert dead_letters(lake, "bronze/erp_changes") == []


HEARTBEAT = {"ts_ms": 1795967456604}
READ_AGAIN = {**POSTGRES, "lsn": None, "snapshot": "incremental", "ts_ms": 1795967456604}


@pytest.mark.parametrize("sequence", ['["101","102"]', '["102",null]', '[null,"102"]'])
def test_an_incremental_snapshot_stands_at_its_sequence_though_a_heartbeat_comes_before(
    sequence: str, feeding: Feeding
) -> None:
    """PostgreSQL's connector leaves `lsn` empty there, and a heartbeat's time outranks every place in a log."""
    read = {**READ_AGAIN, "sequence": sequence}
    feeding.send(envelope("c", ROW, {**POSTGRES, "lsn": 100}), HEARTBEAT, envelope("r", {**ROW, "qty": 4}, read))
    assert [one["quantity"] for one in feeding.lines()] == [4]
    feeding.send(envelope("u", {**ROW, "qty": 5}, {**POSTGRES, "lsn": 103}))
    assert [one["quantity"] for one in feeding.lines()] == [5]


def test_without_a_sequence_it_stands_where_the_line_of_its_table_before_it_does(feeding: Feeding) -> None:
    at = [{**POSTGRES, "lsn": lsn} for lsn in range(100, 104)]
    feeding.send(envelope("c", ROW, at[0]), HEARTBEAT, envelope("r", {**ROW, "qty": 4}, READ_AGAIN))
    feeding.send(envelope("u", {**ROW, "qty": 5}, at[1]))
    assert [one["quantity"] for one in feeding.lines()] == [5]


def test_what_is_no_row_is_kept_in_bronze_by_its_kind(feeding: Feeding, lake: Lake) -> None:
    transaction = {"status": "BEGIN", "id": "732:27", "event_count": None, "data_collections": None, "ts_ms": 1}
    ddl = {"source": MYSQL, "ts_ms": 1, "databaseName": "shop", "ddl": "alter table a add b int", "tableChanges": []}
    message = {"op": "m", "ts_ms": 1, "source": {**POSTGRES, "table": ""}, "message": {"prefix": "p", "content": ""}}
    feeding.send({"ts_ms": 1}, transaction, ddl, message, None)
    assert feeding.lines() == []
    found = [row["source"] for row in sorted(rows(lake, "bronze/erp_changes"), key=lambda row: row["batch_line"])]
    assert found == ["heartbeat", "transaction", "schema_change", "message", "tombstone"]
    assert dead_letters(lake, "bronze/erp_changes") == []


def test_a_key_s_changes_are_in_the_order_of_the_topic_where_the_source_has_none(feeding: Feeding) -> None:
    """SQL Server's log positions are no one number, and Oracle's stand for a whole transaction."""
    feeding.send(*(envelope("u", {**ROW, "qty": qty}, SQLSERVER) for qty in (7, 2, 5)))
    assert [one["quantity"] for one in feeding.lines()] == [5]


def test_a_new_column_is_reported_and_a_bad_value_is_a_dead_letter(feeding: Feeding, lake: Lake) -> None:
    feeding.send(envelope("c", {**ROW, "gift": True}), envelope("c", {**ROW, "order_id": "A2", "price": "a lot"}))
    assert [one["order_id"] for one in feeding.lines()] == ["A1"]
    (letter,) = dead_letters(lake, "silver/order_lines")
    assert (letter["rule"], letter["column_name"], letter["batch_id"]) == ("type", "unit_price", f"kafka:{TOPIC}/0")
