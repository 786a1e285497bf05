"""Awkward values, one by one: what a text becomes in a typed column, and what becomes a dead letter.

The golden table is the answer that every engine which runs the silver SQL has to give. A decimal is what the decimal
module rounds half up.
"""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from lake.contract import Column, Contract, Rule
from lake.lakehouse import Lake
from lake.silver.sql import Feed
from tests.lake_builders import dead_letters, erp_change, land, load, rows

BAD = object()
GOLDEN: dict[str, list[tuple[object, object]]] = {
    "decimal(12, 4)": [
        ("1.005", Decimal("1.0050")),
        ("1.00005", Decimal("1.0001")),
        ("-1.00005", Decimal("-1.0001")),
        (" 3.10 ", Decimal("3.1000")),
        ("1e3", Decimal("1000.0000")),
        ("99999999.9999", Decimal("99999999.9999")),
        ("99999999.99995", BAD),
        ("100000000", BAD),
        ("", BAD),
        ("1,50", BAD),
        ("NaN", BAD),
        ("Infinity", BAD),
        ("£3", BAD),
        (None, None),
        (12.5, Decimal("12.5000")),
        ({"amount": "1"}, BAD),
        (["1"], BAD),
        (True, BAD),
    ],
    "decimal(18, 2)": [
        ("1.005", Decimal("1.01")),
        ("1.004999", Decimal("1.00")),
        ("-0.005", Decimal("-0.01")),
        ("2.675", Decimal("2.68")),
        ("9999999999999999.99", Decimal("9999999999999999.99")),
    ],
    "int32": [
        ("3", 3),
        (" 3 ", 3),
        ("-3", -3),
        ("3.0", 3),
        ("1e3", 1000),
        (3, 3),
        ("3.7", BAD),
        (3.7, BAD),
        ("3.0000001", BAD),
        ("2147483648", BAD),
        ("0x10", BAD),
        ("", BAD),
        ("three", BAD),
        (None, None),
    ],
    "int64": [
        ("9223372036854775807", 9223372036854775807),
        ("-9223372036854775808", -9223372036854775808),
        (9007199254740993, 9007199254740993),
        ("9223372036854775808", BAD),
        ("0.5", BAD),
    ],
    "float64": [
        ("1e3", 1000.0),
        (0.1, 0.1),
        ("-0", 0.0),
        ("NaN", BAD),
        ("inf", BAD),
        ("-Infinity", BAD),
        ("1e400", BAD),
        ("", BAD),
        (None, None),
    ],
    "bool": [(True, True), (False, False), ("true", True), ("FALSE", False), ("ja", BAD), ("", BAD), (2, BAD)],
    "date": [
        ("2010-12-01", date(2010, 12, 1)),
        ("0001-01-01", date(1, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
        ("0000-12-31", BAD),
        ("10000-01-01", BAD),
        ("infinity", BAD),
        ("2010-02-30", BAD),
        ("01.12.2010", BAD),
        ("", BAD),
    ],
    "timestamp": [
        ("2010-12-01T08:26:00Z", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("2010-12-01T08:26:00.123456789Z", datetime(2010, 12, 1, 8, 26, 0, 123456, tzinfo=UTC)),
        ("2010-12-01T09:26:00+01:00", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("2010-12-01 08:26:00", datetime(2010, 12, 1, 8, 26, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("0000-01-01T00:00:00Z", BAD),
        ("infinity", BAD),
        ("-infinity", BAD),
        ("10000-01-01T00:00:00Z", BAD),
        ("25:00", BAD),
        ("", BAD),
    ],
    "string": [
        ("Ölçü ✓", "Ölçü ✓"),
        ("", ""),
        (" padded ", " padded "),
        ("a\x00b", "a\x00b"),
        ("'; drop table lines; --", "'; drop table lines; --"),
        (12, "12"),
        (True, "true"),
        ({"b": 1, "a": [2]}, '{"b":1,"a":[2]}'),
        (["a", None], '["a",null]'),
        (None, None),
    ],
}


def things(*columns: Column, rules: tuple[Rule, ...] = (), key: tuple[str, ...] = ("id",)) -> Contract:
    first = Column("id", "string", "identity", source="id")
    return Contract("things", "one row per thing", (first, *columns), key, latest_by="source_position", rules=rules)


def take(folder: Path, contract: Contract, *documents: dict[str, Any]) -> tuple[list[dict], list[dict]]:
    """The rows and the dead letters that come of the documents."""
    lake = Lake(folder)
    lines = [erp_change("things", op="c", lsn=number, after=row) for number, row in enumerate(documents, 1)]
    land(lake, "1.jsonl", lines)
    done = load(lake, contract, Feed("erp_changes", "things", ("after",), ("before",)))
    assert done.totals.is_balanced
    return rows(lake, "silver/things"), dead_letters(lake, "silver/things")


@pytest.mark.parametrize("kind", list(GOLDEN))
def test_the_golden_table(tmp_path: Path, kind: str) -> None:
    cases = GOLDEN[kind]
    contract = things(Column("value", kind, "a value", source="value", nullable=True))
    documents = [{"id": f"{number:02}", "value": given} for number, (given, _) in enumerate(cases)]

    taken, dead = take(tmp_path, contract, *documents)

    assert {row["id"]: row["value"] for row in taken} == {
        f"{number:02}": wanted for number, (_, wanted) in enumerate(cases) if wanted is not BAD
    }
    assert [(row["batch_line"], row["rule"], row["column_name"], row["reason"]) for row in dead] == [
        (number, "type", "value", f"value is no {kind}") for number, (_, w) in enumerate(cases, 1) if w is BAD
    ]


@pytest.mark.parametrize("text", ["0.00005", "0.00015", "2.50005", "-0.00005", "1234567.89125", "0.000049999999"])
def test_money_is_rounded_half_up(tmp_path: Path, text: str) -> None:
    taken, _ = take(
        tmp_path, things(Column("price", "decimal(12, 4)", "price", source="price")), {"id": "1", "price": text}
    )
    assert taken[0]["price"] == Decimal(text).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def test_missing_and_null_are_the_same(tmp_path: Path) -> None:
    contract = things(
        Column("region", "string", "region", source="region", nullable=True),
        Column("kind", "string", "kind", source="kind", default="shop"),
    )
    taken, dead = take(tmp_path, contract, {"id": "1"}, {"id": "2", "region": None, "kind": None})
    assert [(row["region"], row["kind"]) for row in taken] == [(None, "shop"), (None, "shop")]
    assert dead == []


def test_of_a_name_that_stands_twice_the_first_counts(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    line = erp_change("things", op="c", lsn=1, after={"id": "1", "name": "Blue"})
    land(lake, "1.jsonl", [line.replace('"name": "Blue"', '"name": "Blue", "name": "Red"')])
    load(
        lake, things(Column("name", "string", "name", source="name")), Feed("erp_changes", "things", ("after",), ("",))
    )
    assert [row["name"] for row in rows(lake, "silver/things")] == ["Blue"]


def test_a_value_within_a_document_is_reached_by_its_place(tmp_path: Path) -> None:
    contract = things(Column("artist_id", "string", "artist", source="artist.artistId", nullable=True))
    given: list[Any] = [{"artistId": "A1"}, None, "A1", ["A1"], {"artistId": None}]
    taken, dead = take(tmp_path, contract, *({"id": str(n), "artist": artist} for n, artist in enumerate(given)))
    assert [row["artist_id"] for row in taken] == ["A1", None, None, None, None]
    assert dead == []


RULED = things(
    Column("name", "string", "name", source="name"),
    Column("units", "int32", "units", source="units", minimum=1, maximum=1234567),
    Column("kind", "string", "kind", source="kind", allowed=("shop", "chain")),
    rules=(Rule("no_test_data", "name <> 'test'", "a test entry is no thing", ("name",)),),
)


@pytest.mark.parametrize(
    ("change", "rule", "column", "reason", "value"),
    [
        ({"id": None}, "required", "id", "missing key id", None),
        ({"id": "  "}, "required", "id", "missing key id", "  "),
        ({"name": None}, "required", "name", "missing required value name", None),
        ({"units": 0}, "minimum", "units", "units is below 1", "0"),
        ({"units": 1234568}, "maximum", "units", "units is above 1234567", "1234568"),
        ({"units": "few"}, "type", "units", "units is no int32", "few"),
        ({"kind": "mall"}, "allowed", "kind", "kind is none of shop, chain", "mall"),
        ({"name": "test"}, "no_test_data", "name", "a test entry is no thing", "test"),
        ({"units": "x" * 500}, "type", "units", "units is no int32", "x" * 200),
    ],
)
def test_a_dead_letter_says_rule_column_reason_and_value(
    tmp_path: Path, change: dict, rule: str, column: str, reason: str, value: str | None
) -> None:
    document = {"id": "1", "name": "Blue", "units": 1234567, "kind": "shop"}
    taken, (dead,) = take(tmp_path, RULED, document | change, document | {"id": "2"})

    assert [row["id"] for row in taken] == ["2"]
    found = (dead["rule"], dead["column_name"], dead["reason"], dead["value"])
    assert found == (rule, column, reason, value)
    assert dead["batch_line"] == 1
    assert dead["raw"] == erp_change("things", op="c", lsn=1, after=document | change).encode()


def test_a_deletion_is_judged_by_its_key_alone(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    feed = Feed("erp_changes", "things", ("after",), ("before",))
    good = {"id": "1", "name": "Blue", "units": 5, "kind": "shop"}
    lines = [
        erp_change("things", op="c", lsn=1, after=good),
        erp_change("things", op="d", lsn=2, before={"id": "1", "name": None, "units": "few", "kind": "mall"}),
        erp_change("things", op="d", lsn=3, before={"id": None}),
        erp_change("things", op="d", lsn=4, before=None),
    ]
    land(lake, "1.jsonl", lines)
    done = load(lake, RULED, feed)

    assert (done.totals.read, done.totals.applied, done.totals.deleted) == (4, 0, 1)
    assert rows(lake, "silver/things") == []
    found = [(row["batch_line"], row["rule"]) for row in dead_letters(lake, "silver/things")]
    assert found == [(3, "required"), (4, "required")]
