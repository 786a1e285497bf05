"""Pulls from a real PostgreSQL: whatever happens in the ERP, silver ends as the ERP is."""

import datetime as dt
import json

import pytest

from lake.ingest.pulls.source import SourceTable, Window
from lake.ingest.pulls.state import read_state
from resources.erp_snapshot import ErpSnapshot, ErpUnreachableError
from tests.integration.erp.shop import Shop
from tests.lake_builders import rows

ODD = r"""
create view odd as select 1 as id, 'x'::text as name, 12345678.1234::numeric(12, 4) as exact, 'NaN'::numeric as none,
  1e-7::float8 as small, '2026-03-01 10:15:00+02'::timestamptz as moment,
  '2026-03-01 10:15:00.5'::timestamp as zoneless, date '2026-03-01' as day, 'infinity'::timestamptz as endless,
  E'tab\t quote\" \\ line\n \x01 \u2028 é 😀 {null}' as text, '' as empty, null::text as nothing, true as flag,
  '\xdeadbeef'::bytea as bytes, '{"a": 1.10}'::json as document, '007'::char(5) as padded, now() as at
"""


def test_a_first_pull_takes_everything_and_a_second_finds_nothing(shop: Shop) -> None:
    shop.sql("insert into stock values ('b', 1, 3, 2.50, 'ok'), ('a', 10, -1, 0.0001, null)")

    assert shop.counts() == (2, 0, 0)
    assert shop.counts() == (0, 0, 0)

    assert shop.silver() == shop.truth()
    assert [len(rows(shop.lake, "lake/erp_pulls")), len(rows(shop.lake, "bronze/erp_changes"))] == [2, 2]
    files = [path.name for path in (shop.lake.root / "landing/erp/pulled").iterdir()]
    assert len(files) == 1
    assert files[0].endswith(".jsonl")


def test_what_is_changed_and_added_comes_with_the_next_pull(shop: Shop) -> None:
    shop.sql("insert into stock select 'a', n, n, 1, 'ok' from generate_series(1, 100) n")
    shop.sync()
    shop.sql("update stock set units = 7, updated_at = clock_timestamp() where title <= 3")
    shop.sql("insert into stock values ('b', 1, 1, 1, 'ok')")
    assert shop.counts() == (4, 0, 0)
    assert shop.silver() == shop.truth()


def test_a_transaction_that_began_earlier_and_commits_later_is_found_by_looking_back(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok')")
    shop.sync()
    with shop.another_connection() as late:
        late.execute("insert into stock values ('late', 1, 5, 1, 'ok')")
        shop.sql("insert into stock values ('a', 2, 1, 1, 'ok')")
        assert shop.counts() == (1, 0, 0)
        late.commit()

    assert shop.counts() == (0, 1, 0)
    assert shop.silver() == shop.truth()
    assert shop.counts() == (0, 0, 0)


def test_a_row_deleted_in_the_erp_is_deleted_here_and_may_come_back_with_its_old_watermark(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok'), ('a', 2, 2, 2, 'ok')")
    shop.sync()
    shop.sql("create table kept as select * from stock where title = 1")
    shop.sql("delete from stock where title = 1")
    assert shop.counts() == (0, 0, 1)
    assert shop.silver() == shop.truth()
    assert shop.counts() == (0, 0, 0)

    shop.sql("insert into stock select * from kept")
    assert shop.counts() == (0, 1, 0)
    assert shop.silver() == shop.truth()


def test_a_change_without_its_watermark_is_found_within_the_window(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok')")
    shop.sync()
    shop.sql("update stock set units = 99")
    assert shop.counts() == (0, 1, 0)
    assert shop.silver() == shop.truth()


def test_rows_without_a_watermark_are_compared_each_time(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok', null), ('a', 2, 1, 1, 'ok', now())")
    assert shop.counts() == (2, 0, 0)
    shop.sql("insert into stock values ('a', 3, 1, 1, 'ok', null)")
    shop.sql("update stock set units = 5 where title = 1")
    assert shop.counts() == (0, 2, 0)
    shop.sql("delete from stock where title = 3")
    assert shop.counts() == (0, 0, 1)
    assert shop.silver() == shop.truth()


def test_a_key_that_changes_is_a_deletion_and_a_new_row(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok')")
    shop.sync()
    shop.sql("update stock set title = 2")
    assert shop.counts() == (0, 1, 1)
    assert shop.silver() == shop.truth()


def test_beyond_the_window_only_a_comparison_of_all_keys_finds_what_is_gone_or_came_late(shop: Shop) -> None:
    shop.sql("insert into stock values ('old', 1, 1, 1, 'ok', '2020-01-01'), ('a', 1, 1, 1, 'ok', now())")
    shop.sql("insert into stock values ('old', 2, 1, 1, 'ok', '2020-01-02'), ('old', 3, 1, 1, 'ok', null)")
    shop.sync()
    shop.sql("delete from stock where shop = 'old' and title <> 2")
    shop.sql("update stock set units = 9, updated_at = '2020-01-03' where title = 2")
    shop.sql("insert into stock values ('older', 1, 1, 1, 'ok', '2019-01-01')")

    assert shop.counts() == (0, 0, 1)  # the row without a watermark
    assert shop.counts("all_keys: yes") == (0, 2, 1)
    assert shop.silver() == shop.truth()
    assert shop.counts("all_keys: yes") == (0, 0, 0)


def test_a_watermark_from_the_future_does_not_hide_what_comes_after(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok', '2999-01-01'), ('a', 2, 1, 1, 'ok', 'infinity')")
    assert shop.counts() == (2, 0, 0)
    shop.sql("insert into stock values ('a', 3, 1, 1, 'ok')")
    assert shop.counts() == (1, 0, 0)
    assert shop.counts() == (0, 0, 0)
    assert [row[1] for row in shop.silver()] == [1, 3]  # an endless moment is none for silver: a dead letter


def test_a_clock_that_goes_back_does_not_put_new_truth_behind_old(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok')")
    shop.sync()
    before = read_state(shop.lake).position
    monkeypatch.setattr(ErpSnapshot, "now", lambda self: dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
    shop.sql("update stock set units = 2, updated_at = clock_timestamp()")

    shop.sync()

    assert read_state(shop.lake).position == before + 1
    assert shop.silver() == shop.truth()


def test_values_travel_as_the_text_that_postgres_writes(shop: Shop) -> None:
    shop.sql(ODD)
    table = SourceTable("odd", f"{shop.schema}.odd", ("id",), "at", dt.timedelta(days=1))
    with shop.erp().snapshot() as source:
        ((row,),) = source.rows(table, Window(None))
    shop.pull(tables=[table])
    (landed,) = (shop.lake.root / "landing/erp/pulled").glob("*.jsonl")
    assert json.loads(landed.read_text())["after"] | {"at": None} == row | {"at": None}
    row.pop("at")
    assert row == {
        "id": "1",
        "name": "x",
        "exact": "12345678.1234",
        "none": "NaN",
        "small": "1e-07",
        "moment": "2026-03-01 08:15:00+00",
        "zoneless": "2026-03-01 10:15:00.5",
        "day": "2026-03-01",
        "endless": "infinity",
        "text": 'tab\t quote" \\ line\n \x01 \u2028 é 😀 {null}',
        "empty": "",
        "nothing": None,
        "flag": "true",
        "bytes": "\\xdeadbeef",
        "document": '{"a": 1.10}',
        "padded": "007",
    }
    assert shop.pull(tables=[table]).late == 0


def test_keys_may_hold_anything(shop: Shop) -> None:
    for name in ('quote"', "apostrophe'", "\\", "null", "", " ", "\x01\x1f", "é😀", '["a","b"]', "%s :x"):
        shop.sql("insert into stock values (%s, 1, 1, 1, 'ok')", name)
    assert shop.counts("all_keys: yes") == (10, 0, 0)
    assert shop.counts("all_keys: yes") == (0, 0, 0)
    shop.sql("delete from stock")
    assert shop.counts("all_keys: yes") == (0, 0, 10)
    assert [row for row in rows(shop.lake, "silver/stock") if row["shop"].strip()] == []


def test_a_counter_is_a_watermark_too(shop: Shop) -> None:
    shop.sql("create sequence turn")
    shop.sql("alter table stock add column turn bigint default nextval('turn')")
    counted = SourceTable("stock", f"{shop.schema}.stock", ("shop", "title"), "turn", 3)

    def counts() -> tuple[int, int, int]:
        done = shop.pull(tables=[counted])
        shop.take()
        return done.new, done.late, done.deleted

    shop.sql("insert into stock select 'a', n, n, 1, 'ok' from generate_series(1, 10) n")
    assert counts() == (10, 0, 0)
    shop.sql("update stock set units = 0, turn = nextval('turn') where title = 1")
    shop.sql("update stock set units = 0 where title = 9")
    shop.sql("delete from stock where title in (2, 10)")
    assert counts() == (1, 1, 1)  # 2 lies more than three turns back
    assert [row[1] for row in shop.silver()] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [row for row in shop.silver() if row[2] == 0] == [row for row in shop.truth() if row[2] == 0]


@pytest.mark.parametrize(
    ("watermark", "look_back"), [("title", dt.timedelta(days=1)), ("updated_at", 3), ("status", 3)]
)
def test_a_watermark_and_a_look_back_that_do_not_go_together_are_refused(
    shop: Shop, watermark: str, look_back: dt.timedelta | int
) -> None:
    table = SourceTable("stock", f"{shop.schema}.stock", ("shop", "title"), watermark, look_back)
    with pytest.raises(ErpUnreachableError, match=f"stock: {watermark} is .*look_back"):
        shop.pull(tables=[table])


@pytest.mark.parametrize("kind", ["timestamp", "date"])
def test_moments_without_a_zone_and_days_are_watermarks_too(shop: Shop, kind: str) -> None:
    shop.sql(f"create table marked (id int primary key, at {kind})")
    shop.sql(f"insert into marked select n, ('2026-03-01'::date - n)::{kind} from generate_series(0, 8) n")
    table = SourceTable("marked", f"{shop.schema}.marked", ("id",), "at", dt.timedelta(days=3))
    assert shop.pull(tables=[table]).new == 9
    shop.take()
    shop.sql("delete from marked where id in (2, 8)")
    shop.sql("insert into marked values (10, '2026-03-02'), (11, '2026-02-27'), (12, '2020-01-01')")
    found = shop.pull(tables=[table])
    assert (found.new, found.late, found.deleted) == (1, 1, 1)  # 8 and 12 lie more than three days back


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_a_watermark_that_says_the_day_alone_reads_its_day_again(shop: Shop, kind: str) -> None:
    shop.sql(f"create table marked (id int primary key, at {kind}, units int)")
    shop.sql("insert into marked values (1, '2026-03-01', 1), (2, '2026-03-01', 1), (3, '2026-02-27', 1)")
    table = SourceTable("marked", f"{shop.schema}.marked", ("id",), "at", dt.timedelta())
    shop.pull(tables=[table])
    shop.take()
    # Later on the same day: one row more, one changed, one gone.
    shop.sql("insert into marked values (4, '2026-03-01', 1)")
    shop.sql("update marked set units = 9 where id = 1")
    shop.sql("delete from marked where id = 2")
    found = shop.pull(tables=[table])
    assert (found.new, found.late, found.deleted) == (0, 2, 1)
