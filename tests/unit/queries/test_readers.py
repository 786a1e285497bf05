"""Readers: one published state, one scope, and nothing of anybody else's."""

from decimal import Decimal
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from serving.queries.buyers import buyers_of_release, find_buyers
from serving.queries.catalogue import Filters, find_releases
from serving.queries.projection import projection
from serving.queries.publications import Publications
from serving.queries.reader import Reader
from serving.queries.sales import sales_by_month
from serving.queries.scopes import Scope
from tests import serving_lake

FIRST = Scope(frozenset({"L1"}))


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return serving_lake.build(tmp_path / "lake")


@pytest.fixture
def publications(lake: Lake) -> Publications:
    return Publications(lake)


@pytest.fixture
def whole(publications: Publications) -> Reader:
    return publications.reader()


def test_a_release_comes_with_the_forecast_of_the_newest_origin(whole: Reader) -> None:
    found = projection(whole).detail("R2")
    assert found is not None
    assert found.forecast is not None
    assert [(h.horizon_days, h.units.p50, h.units.p90) for h in found.forecast.horizons] == [
        (30, 60.0, 120.0),
        (60, 120.0, 240.0),
        (90, 180.0, 360.0),
    ]
    assert found.forecast.origin == serving_lake.ORIGIN
    assert found.stock is None
    assert projection(whole).detail("R9") is None


def test_a_new_publication_is_seen_and_a_reader_keeps_its_own(publications: Publications, lake: Lake) -> None:
    before = publications.reader()
    number = serving_lake.republish(lake, "gold/forecasts", serving_lake.forecasts(scale=7))
    assert publications.refresh()
    after = publications.reader()
    assert (after.state.number, publications.refresh()) == (number, False)
    seen = [projection(one).forecasts["R1"].horizons[0].units.p50 for one in (before, after)]
    assert seen == [30.0, 210.0]


def test_what_is_not_published_is_not_seen(publications: Publications, lake: Lake) -> None:
    from lake.delta.table import Table

    publications.reader()
    Table(lake.path("gold/forecasts")).overwrite(serving_lake.forecasts(scale=7))
    assert not publications.refresh()
    assert projection(publications.reader()).forecasts["R1"].horizons[0].units.p50 == 30.0


def test_raw_layers_are_no_business_of_readers(whole: Reader) -> None:
    assert not [name for name in whole.columns if name.startswith(("bronze.", "lake."))]


@pytest.mark.parametrize(
    ("words", "expected"),
    [("blue", ["R1", "R3"]), ("BLUE sky", ["R3"]), ("cafe", ["R2"]), ("second label", ["R3", "R4"]), ("r4", ["R4"])],
)
def test_search_knows_words_accents_and_case(whole: Reader, words: str, expected: list[str]) -> None:
    page = find_releases(whole, Filters(words), sort="release_id")
    assert [one.release_id for one in page.releases] == expected


@pytest.mark.parametrize("sort", ["title", "-units", "-release_date", "release_id"])
def test_pages_together_are_the_whole(whole: Reader, sort: str) -> None:
    found, after = [], None
    while True:
        page = find_releases(whole, sort=sort, limit=1, after=after)  # type: ignore[arg-type]
        found += [one.release_id for one in page.releases]
        after = page.next_after
        if after is None:
            break
    once = find_releases(whole, sort=sort)  # type: ignore[arg-type]
    assert found == [one.release_id for one in once.releases]
    assert sorted(found) == ["R1", "R2", "R3", "R4"]


def test_a_label_sees_only_its_own_rows_in_every_table(publications: Publications) -> None:
    scoped = publications.reader(FIRST)
    own = {release for release, label in serving_lake.OWNERS.items() if label == "L1"}
    for table, columns in scoped.columns.items():
        for key in ("release_id", "product_id"):
            if key in columns:
                assert {row[key] for row in scoped.rows(f"select {key} from {table}")} <= own, table
    assert set(projection(scoped).releases) == own
    assert set(projection(scoped).forecasts) == own
    assert projection(scoped).detail("R3") is None
    assert {one.buyer_id for one in find_buyers(scoped)} == {"B1"}
    assert buyers_of_release(scoped, "R3") == []


def test_sums_of_a_label_are_of_its_own_lines(publications: Publications) -> None:
    months = sales_by_month(publications.reader(FIRST))
    assert [(str(m.day), m.net_units, m.gross_units, m.net_revenue) for m in months] == [
        ("2025-12-01", 10, 10, Decimal("100.0000")),
        ("2026-01-01", -2, 0, Decimal("-20.0000")),
    ]
    assert find_buyers(publications.reader(FIRST))[0].revenue == Decimal("80.0000")
    assert find_buyers(publications.reader(Scope(frozenset()))) == []


def test_a_label_with_quotes_in_its_name_is_a_label(publications: Publications) -> None:
    assert projection(publications.reader(Scope(frozenset({"L1') or true --"})))).releases == {}


def test_an_empty_lake_answers_with_nothing(tmp_path: Path) -> None:
    empty = Publications(Lake(tmp_path / "none")).reader()
    assert empty.state.number == -1
    assert find_releases(empty).releases == []
    assert (find_buyers(empty), sales_by_month(empty), projection(empty).releases) == ([], [], {})
