"""Tables of one name in two databases are two tables: the first one counts, until a person lets the other count too."""

from pathlib import Path

import pytest

from assets.bronze.erp_changes import DOOR, ERP_CHANGES, erp_changes
from assets.silver.orders import orders
from lake.ingest.origins import note_origins
from lake.ingest.replay import replay_door
from lake.lakehouse import Lake
from tests.lake_builders import new_session
from tests.unit.silver.landed import Document, ask, take_in

ORDERS = "select order_id, buyer_id from silver.orders order by all"
PUBLIC = {"name": "erp", "db": "shop", "schema": "public"}


def order(order_id: str, buyer: str, lsn: int, op: str = "c", /, **origin: str) -> Document:
    row = {"order_id": order_id, "buyer_id": buyer, "status": "open", "order_type": "sale", "currency": "EUR"}
    row |= {"country": "Germany", "created_at": "2026-03-01T10:15:00Z", "ordered_at": "2026-03-01T10:15:00Z"}
    source = {"connector": "postgresql", "table": "orders", "lsn": lsn, "ts_ms": 1772400000000 + lsn, **origin}
    sides = {"before": row, "after": None} if op == "d" else {"before": None, "after": row}
    return {**sides, "op": op, "source": source}


@pytest.mark.parametrize(
    "other", [{"schema": "archive"}, {"db": "test"}, {"name": "erp-of-the-branch"}], ids=lambda other: next(iter(other))
)
@pytest.mark.parametrize("together", [False, True])
def test_another_origin_overwrites_and_deletes_nothing(
    tmp_path: Path, other: dict[str, str], *, together: bool
) -> None:
    first = [order("1", "B1", 10, **PUBLIC), order("2", "B2", 11, **PUBLIC)]
    foreign = [order("1", "B9", 20, **PUBLIC | other), order("2", "B2", 21, "d", **PUBLIC | other)]
    files = [first + foreign] if together else [first, foreign]
    for number, documents in enumerate(files):
        take_in(tmp_path, "erp", documents, erp_changes, orders, name=str(number))

    assert ask(tmp_path, ORDERS) == ASKED
    ((rule, reason, count),) = ask(tmp_path, "select rule, reason, count(*) from bronze.dead_letters group by all")
    named = "/".join((PUBLIC | other).values())
    assert (rule, count) == ("origin", 2)
    assert reason.startswith(f"orders of {named} is not orders of erp/shop/public, which came first")
    assert f"--origin orders={named}" in reason


def test_what_a_person_lets_count_is_taken_in_and_stays(tmp_path: Path) -> None:
    moved = PUBLIC | {"name": "erp-new"}
    take_in(tmp_path, "erp", [order("1", "B1", 10, **PUBLIC)], erp_changes, orders, name="0")
    take_in(tmp_path, "erp", [order("1", "B7", 20, **moved)], erp_changes, orders, name="1")
    lake = Lake(tmp_path)
    note_origins(lake, "bronze/erp_changes", [("orders", "erp-new/shop/public")])
    done = replay_door(lake, new_session(lake), ERP_CHANGES, DOOR)
    assert (done.rows, done.dead, done.is_balanced) == (1, 0, True)
    take_in(tmp_path, "erp", [order("3", "B3", 30, **moved)], erp_changes, orders, name="2")

    assert ask(tmp_path, ORDERS) == [("1", "B7"), ("3", "B3")]
    assert ask(tmp_path, "select count(*) from bronze.dead_letters") == [(0,)]


def test_rows_without_an_origin_are_not_compared(tmp_path: Path) -> None:
    documents = [order("1", "B1", 10, **PUBLIC), order("1", "B2", 20), order("4", "B4", 5)]
    take_in(tmp_path, "erp", documents, erp_changes, orders)

    assert ask(tmp_path, ORDERS) == [("1", "B2"), ("4", "B4")]


@pytest.mark.parametrize("turned", [False, True])
def test_a_part_that_is_left_out_is_not_compared(tmp_path: Path, *, turned: bool) -> None:
    said = [
        order("1", "B1", 10, name="erp"),
        order("2", "B2", 11, **PUBLIC),
        order("3", "B3", 12, name="erp", db="shop"),
    ]
    take_in(tmp_path, "erp", said[::-1] if turned else said, erp_changes, orders, name="0")
    foreign = [order("1", "B9", 20, name="erp", db="test"), order("2", "B9", 21, name="other")]
    take_in(tmp_path, "erp", foreign, erp_changes, orders, name="1")

    assert ask(tmp_path, ORDERS) == [("1", "B1"), ("2", "B2"), ("3", "B3")]
    assert ask(tmp_path, "select count(*) from bronze.dead_letters where rule = 'origin'") == [(2,)]


ASKED = [("1", "B1"), ("2", "B2")]
