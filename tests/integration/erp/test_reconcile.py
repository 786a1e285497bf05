"""Reconciliation against a real PostgreSQL: what differs is listed by key, what agrees costs one query."""

import psycopg
import pytest

from lake.ingest.pulls.state import read_state
from lake.reconciliation.compare import Reconciliation, reconcile
from resources.erp_snapshot import ErpSnapshot
from tests.integration.erp.shop import STOCK, STOCK_FEED, Shop
from tests.lake_builders import erp_change, land

SUMS = "reconcile: {day: updated_at, sums: [units, units * price]}"
DAYS = "'2026-03-0' || (1 + n % 3) || 'T10:00:00Z'"


def compare(shop: Shop, **how: object) -> Reconciliation:
    erp, silver = shop.erp(SUMS), shop.lake.table(STOCK)
    pulled = read_state(shop.lake).watermarks.get("stock")
    with erp.snapshot() as source:
        return reconcile(silver, silver.version(), STOCK, STOCK_FEED, source, erp.tables[0], pulled, **how)  # type: ignore[arg-type]


def listed(done: Reconciliation) -> list[tuple[object, ...]]:
    return sorted((one.verdict, *one.key.values(), one.columns) for _, one in done.differences)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """Three days of rows, pulled; what is written after that does not move the watermark."""
    values = f"'s' || n % 7, n, n, n * 0.01, 'ok', ({DAYS})::timestamptz"
    shop.sql(f"insert into stock select {values} from generate_series(1, 300) n")
    shop.sync()
    return shop


def test_what_agrees_agrees_day_by_day(stocked: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("rows are asked for where totals agree")

    monkeypatch.setattr(ErpSnapshot, "rows_in", never)
    done = compare(stocked)
    assert (done.days, done.differing_days, done.agrees, done.is_complete) == (3, 0, True, True)
    ((count, units, amount),) = stocked.sql("select count(*), sum(units), sum(units * price) from stock")
    assert (done.here.rows, *done.here.sums) == (done.there.rows, *done.there.sums) == (count, units, amount)


def test_each_kind_of_difference_is_listed_by_key_with_its_columns(stocked: Shop) -> None:
    stocked.sql("delete from stock where title = 10")
    stocked.sql("update stock set units = 0, status = 'sold' where title = 20")
    stocked.sql("update stock set title = 1030 where title = 30")
    stocked.sql("update stock set updated_at = '2026-03-01T12:00:00Z' where title = 40")
    stocked.sql("update stock set price = 'NaN' where title = 50")

    done = compare(stocked)

    assert listed(done) == [
        ("different", "s5", "40", ("updated_at",)),
        ("different", "s6", "20", ("units", "status")),
        ("missing here", "s2", "1030", ()),
        ("missing there", "s2", "30", ()),
        ("missing there", "s3", "10", ()),
        ("refused", "s1", "50", ("price",)),
    ]
    (sold,) = [one for _, one in done.differences if one.columns == ("units", "status")]
    assert (sold.there, sold.here) == ({"units": "0", "status": "sold"}, {"units": "20", "status": "ok"})
    assert done.counts == {"missing here": 1, "missing there": 2, "different": 2, "refused": 1, "not yet pulled": 0}


def test_what_the_erp_changed_since_the_last_pull_is_no_difference(stocked: Shop) -> None:
    stocked.sql("update stock set units = 5, updated_at = now() where title <= 5")
    stocked.sql("insert into stock values ('new', 1, 1, 1, 'ok', now())")
    done = compare(stocked)
    assert done.agrees
    # The five that changed are missed on their old days; the new one lies beyond the watermark and is not looked at.
    assert {verdict for verdict, *_ in listed(done)} == {"not yet pulled"}
    assert done.counts["not yet pulled"] >= 5
    stocked.sync()
    assert compare(stocked).differing_days == 0


def test_a_row_that_only_silver_has_is_found(stocked: Shop) -> None:
    row = {"shop": "ghost", "title": 1, "units": 1, "price": "1", "updated_at": "2026-03-01T10:00:00Z"}
    land(stocked.lake, "ghost.jsonl", [erp_change("stock", op="c", lsn=1, after=row)])
    stocked.take()
    assert listed(compare(stocked)) == [("missing there", "ghost", "1", ())]


def test_values_under_equal_totals_differ_only_when_every_row_is_asked(stocked: Shop) -> None:
    stocked.sql("update stock set status = 'lost' where title = 7")
    stocked.sql("update stock set units = units + 3, price = 0 where title = 3")
    stocked.sql("update stock set units = units - 3 where title = 6")
    done = compare(stocked, every_row=True)
    assert done.counts["different"] == 3
    assert [one.key["title"] for _, one in done.differences if one.columns == ("status",)] == ["7"]


def test_a_large_day_is_halved_until_few_rows_are_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.reconciliation.compare.FEW_ROWS", 50)
    name = "to_char(n, 'FM00000') || case n % 3 when 0 then 'é' when 1 then 'Z' else 'a' end"
    values = f"{name}, 1, n, 1, 'ok', timestamptz '2026-03-01 10:00Z'"
    shop.sql(f"insert into stock select {values} from generate_series(1, 4000) n")
    shop.sync()
    shop.sql("delete from stock where units in (17, 3999)")
    read = []
    batches = ErpSnapshot.rows_in

    def counted(self, table, part, pulled):
        for batch in batches(self, table, part, pulled):
            read.append(len(batch))
            yield batch

    monkeypatch.setattr(ErpSnapshot, "rows_in", counted)
    done = compare(shop)
    assert sorted(str(one.key["shop"]) for _, one in done.differences) == ["00017a", "03999é"]
    assert sum(read) <= 100


def test_the_search_ends_at_the_limit_and_says_so(stocked: Shop) -> None:
    stocked.sql("delete from stock")
    done = compare(stocked, limit=10)
    assert (len(done.differences), done.is_complete, done.agrees) == (10, False, False)
    assert (done.there.rows, done.here.rows) == (0, 300)


def test_a_language_that_sorts_otherwise_does_not_matter(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.reconciliation.compare.FEW_ROWS", 2)
    shop.sql('alter table stock alter column shop type text collate "und-x-icu"')
    for name in ("a", "B", "c", "D", "é", "Z", "_", "10", "9"):
        shop.sql("insert into stock values (%s, 1, 1, 1, 'ok', '2026-03-01')", name)
    shop.sync()
    shop.sql("update stock set units = 2 where shop in ('B', 'é')")
    assert listed(compare(shop)) == [("different", "B", "1", ("units",)), ("different", "é", "1", ("units",))]


def test_a_connection_of_another_zone_gives_the_same_days(stocked: Shop) -> None:
    with psycopg.connect(stocked.url) as connection:
        connection.execute("alter role postgres set timezone = 'Pacific/Auckland'")
        connection.commit()
        assert compare(stocked).differing_days == 0
        connection.execute("alter role postgres reset timezone")
