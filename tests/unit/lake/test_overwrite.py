"""Overwriting replaces what was requested: those partitions, all of them, and nothing else."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.delta.table import Table
from lake.delta.views import duckdb_connection, snapshot_sql

NOVEMBER, DECEMBER, JANUARY = date(2010, 11, 1), date(2010, 12, 1), date(2011, 1, 1)


def sales(*rows: tuple[date | None, int]) -> pa.Table:
    return pa.table(
        {
            "units": pa.array([units for _, units in rows], pa.int64()),
            "month": pa.array([month for month, _ in rows], pa.date32()),
        }
    )


def held(table: Table) -> list[tuple[date | None, int]]:
    sql = f"select month, units from ({snapshot_sql(table.snapshot())}) order by all"
    return duckdb_connection().execute(sql).fetchall()


def files_of(table: Table, month: date) -> set[str]:
    return {uri for uri in table.snapshot().file_uris() if f"month={month}" in uri}


@pytest.fixture
def table(tmp_path: Path) -> Table:
    table = Table(tmp_path / "gold" / "sales")
    table.overwrite(sales((NOVEMBER, 1), (DECEMBER, 2), (DECEMBER, 3), (JANUARY, 4)), partition_by=("month",))
    return table


def test_the_other_partitions_keep_their_files(table: Table) -> None:
    before = files_of(table, NOVEMBER) | files_of(table, JANUARY)
    table.overwrite(sales((DECEMBER, 9)), [DECEMBER])

    assert held(table) == [(NOVEMBER, 1), (DECEMBER, 9), (JANUARY, 4)]
    assert files_of(table, NOVEMBER) | files_of(table, JANUARY) == before


def test_an_empty_result_empties_the_requested_partitions(table: Table) -> None:
    before = files_of(table, JANUARY)
    table.overwrite(sales(), [NOVEMBER, DECEMBER])

    assert held(table) == [(JANUARY, 4)]
    assert files_of(table, JANUARY) == before


def test_a_requested_partition_that_the_result_lacks_is_emptied_too(table: Table) -> None:
    table.overwrite(sales((DECEMBER, 9)), [NOVEMBER, DECEMBER])
    assert held(table) == [(DECEMBER, 9), (JANUARY, 4)]


def test_the_partition_without_a_value_can_be_requested(table: Table) -> None:
    table.overwrite(sales((None, 5)), [None])
    table.overwrite(sales((None, 6), (JANUARY, 7)), [None, JANUARY])
    assert held(table) == [(NOVEMBER, 1), (DECEMBER, 2), (DECEMBER, 3), (JANUARY, 7), (None, 6)]


@pytest.mark.parametrize("requested", [[DECEMBER], [NOVEMBER, DECEMBER], [None]])
def test_rows_outside_the_requested_partitions_are_refused(table: Table, requested: list[date | None]) -> None:
    before, version = held(table), table.version()

    with pytest.raises(
        ValueError, match=r"gold/sales: 2 of 3 rows lie in partitions of month .* requested: 2011-01-01"
    ):
        table.overwrite(sales((requested[0], 9), (JANUARY, 10), (JANUARY, 11)), requested)

    assert (held(table), table.version()) == (before, version)


def test_rows_are_refused_when_no_partition_is_requested(table: Table) -> None:
    with pytest.raises(ValueError, match="gold/sales: 1 of 1 rows lie in partitions of month"):
        table.overwrite(sales((JANUARY, 10)), [])
    assert held(table)[-1] == (JANUARY, 4)


def test_partitions_of_an_unpartitioned_table_cannot_be_requested(tmp_path: Path) -> None:
    table = Table(tmp_path / "gold" / "totals")
    table.overwrite(sales((JANUARY, 4)))
    with pytest.raises(ValueError, match="gold/totals has no partitions, so none can be requested"):
        table.overwrite(sales((JANUARY, 4)), [JANUARY])


def test_the_whole_table_can_take_a_new_schema(table: Table) -> None:
    wider = sales((JANUARY, 4)).append_column("revenue", pa.array([1.5]))
    table.overwrite(wider)
    assert table.read().collect().columns == ["units", "month", "revenue"]
    assert held(table) == [(JANUARY, 4)]


def test_an_overwrite_with_nothing_still_carries_its_transactions(table: Table) -> None:
    version = table.overwrite(sales(), [], {"read:silver/lines": 7})
    assert table.transactions("read:silver/lines") == {"read:silver/lines": 7}
    assert table.version() == version


def test_strings_and_numbers_are_partitions_too(tmp_path: Path) -> None:
    cases: dict[str, list[Any]] = {"text": ["it's", "b/c", "ü"], "number": [1, -2, 3]}
    for name, values in cases.items():
        table = Table(tmp_path / "gold" / name)
        rows = pa.table({"month": values, "units": [1, 2, 3]})
        table.overwrite(rows, partition_by=("month",))
        table.overwrite(rows.slice(0, 1), values[:2])
        assert held(table) == [(values[0], 1), (values[2], 3)]
