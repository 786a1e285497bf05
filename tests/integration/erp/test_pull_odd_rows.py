"""Rows that an ERP should not have: moments that nobody has set, watermarks on no row at all, keys that are none."""

import datetime as dt

import pytest

from lake.ingest.pulls.source import SourceTable
from tests.integration.erp.shop import Shop
from tests.lake_builders import rows


def notes(shop: Shop, *, all_keys: bool = False) -> SourceTable:
    """A table without a constraint on its key."""
    shop.sql("create table if not exists notes (id int, text text, at timestamptz default clock_timestamp())")
    return SourceTable("notes", f"{shop.schema}.notes", ("id",), "at", dt.timedelta(days=3), all_keys)


def counts(shop: Shop, table: SourceTable) -> tuple[int, int, int]:
    done = shop.pull(tables=[table])
    shop.take()
    return done.new, done.late, done.deleted


@pytest.mark.parametrize("unset", ["0001-01-01", "0044-03-15 BC", "-infinity"])
def test_a_table_whose_moments_nobody_has_set_is_pulled_again_and_again(shop: Shop, unset: str) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok', %s)", unset)
    assert shop.counts() == (1, 0, 0)
    assert shop.counts() == (0, 0, 0)
    shop.sql("update stock set units = 2, updated_at = clock_timestamp()")
    assert shop.counts() == (1, 0, 0)
    assert shop.silver() == shop.truth()


def test_a_look_back_may_reach_beyond_all_time(shop: Shop) -> None:
    shop.sql("insert into stock values ('a', 1, 1, 1, 'ok', now()), ('a', 2, 1, 1, 'ok', '0001-01-01')")
    table = SourceTable("stock", f"{shop.schema}.stock", ("shop", "title"), "updated_at", dt.timedelta(weeks=200_000))
    assert counts(shop, table) == (2, 0, 0)
    shop.sql("delete from stock where title = 2")
    assert counts(shop, table) == (0, 0, 1)


@pytest.mark.parametrize("mark", [None, "2999-01-01", "infinity"])
@pytest.mark.parametrize("all_keys", [False, True])
def test_a_deleted_row_is_found_where_no_row_has_had_a_watermark_yet(
    shop: Shop, mark: str | None, all_keys: bool
) -> None:
    table = notes(shop, all_keys=all_keys)
    shop.sql("insert into notes values (1, 'a', %s), (2, 'b', %s)", mark, mark)
    assert counts(shop, table) == (2, 0, 0)
    shop.sql("delete from notes where id = 1")
    assert counts(shop, table) == (0, 0, 1)
    assert counts(shop, table) == (0, 0, 0)


def test_a_declared_key_that_stands_on_several_rows_stops_the_pull_and_lands_nothing(shop: Shop) -> None:
    table = notes(shop)
    shop.sql("insert into notes values (1, 'a'), (1, 'b'), (2, 'c')")
    with pytest.raises(ValueError, match=r"notes: id 1 stands on 2 rows of .*notes, of which one would be kept"):
        shop.pull(tables=[table])
    assert not [path for path in (shop.lake.root / "landing").rglob("*") if path.is_file()]


@pytest.mark.parametrize("all_keys", [False, True])
def test_rows_without_a_key_land_once_each(shop: Shop, all_keys: bool) -> None:
    table = notes(shop, all_keys=all_keys)
    shop.sql("insert into notes values (null, 'a'), (null, 'b'), (2, 'c')")
    assert counts(shop, table) == (3, 0, 0)
    assert counts(shop, table) == (0, 0, 0)
    assert len(rows(shop.lake, "bronze/erp_changes")) == 3
