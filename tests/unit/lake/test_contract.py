"""A contract that contradicts itself is refused when it is written, by name."""

import pyarrow as pa
import pytest

from lake.contract import Column, Contract
from lake.delta.views import duckdb_connection
from lake.types import arrow_type, decimal_parts, duckdb_type

ID = Column("id", "string", "identity", source="id")
NAME = Column("name", "string", "name", source="name", nullable=True)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"type": "varchar"}, r"unknown column type 'varchar'; a contract may use string, int32, .*decimal\(p, s\)"),
        ({"type": "decimal(12)"}, r"unknown column type 'decimal\(12\)'"),
        ({"type": "string", "source": "a", "sql": "b"}, "column price: give source or sql, not both"),
        (
            {"type": "int32", "personal": True},
            "column price: personal data .*, so its type is string",
        ),
    ],
)
def test_a_bad_column_is_named(fields: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Column(name="price", description="the price", **fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"columns": (ID, NAME, NAME)}, "things: columns declared twice: name"),
        ({"key": ("ide",)}, "things: key names columns that the contract lacks: ide"),
        ({"partition_by": ("month",)}, "things: partition_by names columns that the contract lacks: month"),
        ({"references": {"owner": "buyers"}}, "things: references names columns that the contract lacks: owner"),
        ({"key": ("id", "name"), "latest_by": "source_position"}, "things: key columns cannot be nullable: name"),
        ({"partition_by": ("id", "name")}, "things: at most one partition column"),
    ],
)
def test_a_bad_contract_is_named(fields: dict, message: str) -> None:
    given = {"name": "things", "grain": "one row per thing", "columns": (ID, NAME), "key": ("id",)}
    with pytest.raises(ValueError, match=message):
        Contract(**given | fields)


def test_only_keys_and_what_merging_needs_are_required_in_storage() -> None:
    price = Column("price", "decimal(12, 4)", "price", source="price")
    merged = Contract("things", "one row per thing", (ID, NAME, price), ("id",), latest_by="source_position")
    appended = Contract("things", "one row per thing", (ID, NAME, price), ("id",))

    required = {field.name for field in merged.arrow_schema if not field.nullable}
    assert required == {"id", "source_position", "is_deleted", "is_carried"}
    assert {field.name for field in appended.arrow_schema if not field.nullable} == {"id", "price"}
    assert [column.name for column in merged.public_columns] == [
        "id",
        "name",
        "price",
        "source_position",
        "source_changed_at",
    ]


@pytest.mark.parametrize(
    ("logical", "arrow", "duckdb"),
    [
        ("string", pa.string(), "VARCHAR"),
        ("int32", pa.int32(), "INTEGER"),
        ("int64", pa.int64(), "BIGINT"),
        ("float64", pa.float64(), "DOUBLE"),
        ("bool", pa.bool_(), "BOOLEAN"),
        ("date", pa.date32(), "DATE"),
        ("timestamp", pa.timestamp("us", "UTC"), "TIMESTAMPTZ"),
        ("binary", pa.binary(), "BLOB"),
        ("decimal(12, 4)", pa.decimal128(12, 4), "DECIMAL(12,4)"),
        ("decimal(18,2)", pa.decimal128(18, 2), "DECIMAL(18,2)"),
    ],
)
def test_a_type_is_the_same_in_arrow_and_duckdb(logical: str, arrow: pa.DataType, duckdb: str) -> None:
    assert arrow_type(logical) == arrow
    assert duckdb_type(logical) == duckdb
    # DuckDB itself is the judge of whether both names mean one type; only its zone of the session is its own.
    answer = duckdb_connection().sql(f"select cast(null as {duckdb}) as value").to_arrow_table()
    assert answer.schema.field("value").type == arrow


def test_the_parts_of_a_decimal() -> None:
    assert decimal_parts("decimal(18, 2)") == (18, 2)
    assert decimal_parts("float64") is None
