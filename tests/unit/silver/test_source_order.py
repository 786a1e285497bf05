"""The order of changes is the source's own: of one commit, over a failover, of a delivery that comes again."""

import json
from pathlib import Path
from typing import Any

import pytest

from assets.bronze.erp_changes import erp_changes
from assets.silver.order_lines import order_lines
from assets.silver.orders import orders
from tests.unit.silver.landed import Document, ask, take_in

QUANTITIES = "select quantity from silver.order_lines order by order_id, line_number"


def line(order_id: str = "S1", **fields: object) -> Document:
    row: Document = {"order_id": order_id, "line_no": 1, "sku": "R1", "item_category": "product", "order_type": "sale"}
    return row | {"qty": 1, "price": "11.50", "currency": "EUR", "created_at": "2026-03-01T10:15:00Z"} | fields


def changed(op: str, row: Document, connector: str, ms: int = 1772400000000, /, **source: object) -> Document:
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    at = {"connector": connector, "table": "order_lines", "ts_ms": ms, **source}
    return {**sides, "op": op, "source": at, "ts_ms": ms}


def sqlserver(op: str, row: Document, change: int, commit: int = 16, serial: int = 1) -> Document:
    lsn = {"commit_lsn": f"0000002d:00000f20:{commit:04x}", "change_lsn": f"0000002d:00000f20:{change:04x}"}
    return changed(op, row, "sqlserver", **lsn, event_serial_no=serial)


def oracle(row: Document, commit: int, scn: int) -> Document:
    return changed("u", row, "oracle", commit_scn=str(commit), scn=str(scn))


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned round"])
def test_changes_of_one_commit_of_sql_server_count_by_their_numbers(tmp_path: Path, *, turned: bool) -> None:
    first = [
        sqlserver("c", line("S1", qty=12), 2),
        sqlserver("u", line("S1", qty=5), 9, serial=2),
        sqlserver("d", line("S2"), 3),
        sqlserver("c", line("S2", qty=9), 10),
        # A later commit, of which the clock says that it was before.
        changed(
            "c", line("S3", qty=1), "sqlserver", commit_lsn="0000002d:00000f21:0001", change_lsn="0000002d:00000f21:1"
        ),
        changed(
            "u", line("S3", qty=2), "sqlserver", 1772399999000, commit_lsn="0000002d:00000f22:0001", change_lsn="0"
        ),
    ]
    found = take_in(tmp_path, "erp", first[::-1] if turned else first, erp_changes, order_lines)

    assert ask(tmp_path, QUANTITIES) == [(5,), (9,), (2,)]
    assert (found["tied"], found["duplicates"], found["superseded"]) == (0, 0, 3)


def test_changes_of_oracle_count_by_commit_and_then_by_change(tmp_path: Path) -> None:
    documents = [oracle(line(qty=3), 900, 850), oracle(line(qty=2), 900, 99), oracle(line(qty=1), 700, 899)]
    take_in(tmp_path, "erp", documents, erp_changes, order_lines)

    assert ask(tmp_path, QUANTITIES) == [(3,)]


def mysql(row: Document, file: int, pos: int, ms: int, server: int) -> Document:
    return changed("u", row, "mysql", ms, file=f"mysql-bin.{file:06}", pos=pos, row=0, server_id=server, gtid=None)


BEFORE = [mysql(line(qty=4), 147, 500, 1772400000000, 1), mysql(line("S2", qty=1), 147, 900, 1772400000500, 1)]
AFTER = [mysql(line(qty=40), 3, 700, 1772500000000, 2)]
LATE = [mysql(line(qty=7), 147, 600, 1772400000200, 1)]
AGAIN = [mysql(line(qty=50), 1, 4, 1772600000000, 1)]


@pytest.mark.parametrize(
    "files", [[BEFORE, AFTER, LATE], [AFTER, BEFORE, LATE], [BEFORE + AFTER, LATE], [AFTER, LATE, BEFORE]]
)
def test_a_log_that_begins_anew_outranks_the_one_before(tmp_path: Path, files: list[list[Document]]) -> None:
    for number, documents in enumerate(files):
        take_in(tmp_path, "erp", documents, erp_changes, order_lines, name=f"2026-03-0{number + 1}")
    assert ask(tmp_path, QUANTITIES) == [(40,), (1,)]

    take_in(tmp_path, "erp", AGAIN, erp_changes, order_lines, name="2026-03-09")
    assert ask(tmp_path, QUANTITIES) == [(50,), (1,)]
    assert ask(tmp_path, "select count(*) > 0 from lake.position_epochs where source = 'order_lines'") == [(True,)]


def test_a_log_that_goes_on_has_no_epochs(tmp_path: Path) -> None:
    for number, one in enumerate([BEFORE[:1], BEFORE[1:], LATE]):
        take_in(tmp_path, "erp", one, erp_changes, order_lines, name=f"2026-03-0{number + 1}")

    assert ask(tmp_path, QUANTITIES) == [(7,), (1,)]
    assert not (tmp_path / "lake" / "position_epochs").exists()


def test_an_incremental_snapshot_stands_where_it_was_read(tmp_path: Path) -> None:
    documents = [
        changed("c", line(qty=1), "postgresql", lsn=100),
        changed("r", line(qty=2), "postgresql", snapshot="incremental"),
        changed("u", line("S2", qty=8), "postgresql", lsn=200),
        changed("r", line("S2", qty=8), "postgresql", snapshot="incremental"),
    ]
    take_in(tmp_path, "erp", documents, erp_changes, order_lines)

    assert ask(tmp_path, "select quantity, source_position from silver.order_lines order by order_id") == [
        (2, 100),
        (8, 200),
    ]


def test_an_update_that_changes_the_key_moves_the_row(tmp_path: Path) -> None:
    def renumbered(old: int, new: int, lsn: int) -> Document:
        return changed("u", line(line_no=new), "postgresql", lsn=lsn) | {"before": line(line_no=old)}

    take_in(tmp_path, "erp", [changed("c", line(line_no=n), "postgresql", lsn=n) for n in (1, 2)], erp_changes, orders)
    # Two lines change places by way of a third number, then one comes back under its old number.
    moves = [renumbered(1, 9, 10), renumbered(2, 1, 11), renumbered(9, 2, 12)]
    moves += [renumbered(2, 5, 13), changed("c", line(line_no=2, qty=6), "postgresql", lsn=14)]
    take_in(tmp_path, "erp", moves, erp_changes, order_lines, name="two")

    assert ask(tmp_path, "select line_number, quantity from silver.order_lines order by 1") == [(1, 1), (2, 6), (5, 1)]
    again = take_in(tmp_path, "erp", [], erp_changes, order_lines, name="three")
    assert again["rows_in"] == 0


def test_a_key_that_a_commit_states_and_then_changes_is_gone(tmp_path: Path) -> None:
    stated = sqlserver("u", line("S1", qty=6), 2)
    moved = sqlserver("u", line("S2", qty=7), 3) | {"before": line("S1", qty=6)}
    take_in(tmp_path, "erp", [stated, moved], erp_changes, order_lines)

    assert ask(tmp_path, "select order_id, quantity from silver.order_lines") == [("S2", 7)]


def extract(root: Path, name: str, text: str, **options: Any) -> None:
    folder = root / "landing" / "erp" / "extracts" / "order_lines"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "extract.yml").write_text(json.dumps(options))
    (folder / name).write_text(text)


HEADER = "order_id,line_no,sku,item_category,order_type,qty,price,currency,created_at,changed\n"


def row(order_id: str, qty: int, changed: str = "2026-03-02") -> str:
    return f"{order_id},1,R1,product,sale,{qty},11.50,EUR,2026-03-01T10:15:00Z,{changed}\n"


def test_of_two_deliveries_with_the_watermark_of_one_day_the_later_counts(tmp_path: Path) -> None:
    for name, quantity in (("2026-03-02T0900.csv", 20), ("2026-03-02T1800.csv", 5)):
        extract(tmp_path, name, HEADER + row("W1", quantity), watermark="changed")
        found = take_in(tmp_path, "erp", [], erp_changes, order_lines, name=name)
    assert ask(tmp_path, QUANTITIES) == [(5,)]
    assert (found["tied"], found["duplicates"]) == (1, 0)


def test_a_watermark_with_a_fraction_is_refused_and_never_rounded(tmp_path: Path) -> None:
    marks = ["1772400000.75", "1772400001.25", "1772400002"]
    text = HEADER + "".join(row(f"W{number}", number + 1, mark) for number, mark in enumerate(marks))
    extract(tmp_path, "2026-03-02.csv", text, watermark="changed")
    found = take_in(tmp_path, "erp", [], erp_changes, order_lines)
    assert ask(tmp_path, QUANTITIES) == [(3,)]
    assert ask(tmp_path, "select count(*) from bronze.dead_letters where rule = 'moment'") == [(2,)]
    assert found["rows_in"] == 1


@pytest.mark.parametrize("together", [False, True])
def test_a_snapshot_delivered_again_replaces_the_one_of_its_day(tmp_path: Path, *, together: bool) -> None:
    declared = {"kind": "snapshot", "key": ["order_id", "line_no"]}
    files = {
        "2026-03-01.csv": [row("A", 1), row("B", 1), row("C", 1)],
        "2026-03-02.csv": [row("A", 1), row("D", 1)],
        "2026-03-02--later.csv": [row("A", 2), row("B", 1), row("C", 1)],
    }
    for number, name in enumerate(files):
        extract(tmp_path, name, HEADER + "".join(files[name]), **declared)
        if not together or number == len(files) - 1:
            take_in(tmp_path, "erp", [], erp_changes, order_lines, name=name)
    if not together:  # in one run nothing but the names tells which was delivered later
        found = ask(tmp_path, "select order_id, quantity from silver.order_lines order by all")
        assert found == [("A", 2), ("B", 1), ("C", 1)]
