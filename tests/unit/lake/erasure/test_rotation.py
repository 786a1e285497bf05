"""Pseudonyms change their key together, nothing else does, and not while a run is under way."""

from dataclasses import replace
from pathlib import Path

import pytest

from lake.contract import Column, Contract
from lake.delta.sessions import open_sessions
from lake.erasure.rotation import RotationError, rotate
from lake.lakehouse import Lake
from lake.personal import key_name, pseudonym
from lake.silver.sql import Feed
from tests.erasure_search import found_in
from tests.lake_builders import erp_change, land, load

OLD, NEW = "the-old-key-of-the-pseudonyms-0001", "the-new-key-of-the-pseudonyms-0002"
FEED = Feed("erp_changes", "buyers", ("after",), ("before",))
BUYERS = Contract(
    "buyers",
    "one row per buyer",
    (
        Column("buyer_id", "string", "number", source="buyer_id"),
        Column("email", "string", "e-mail", source="email", personal=True, nullable=True),
        Column("employees", "int32", "how many", source="employees", nullable=True, minimum=1),
    ),
    ("buyer_id",),
    latest_by="source_position",
    history="scd2",
)
STATED = {f"B{at:02d}": f"contact-{at % 3}@example.test" if at % 4 else None for at in range(12)}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Twelve buyers of three contacts or none, each stated twice, under the old key; a line is refused."""
    lake = Lake(tmp_path / "lake")
    rows = [{"buyer_id": key, "email": STATED[key], "employees": 1 + at} for at in range(2) for key in STATED]
    lines = [
        erp_change("buyers", op="u", lsn=at, after=row, ts_ms=1_700_000_000_000 + at) for at, row in enumerate(rows, 1)
    ]
    refused = erp_change("buyers", op="u", lsn=99, after={"buyer_id": "B01", "email": None, "employees": -1})
    land(lake, "1.jsonl", [*lines, refused])
    load(lake, BUYERS, FEED, pseudonym_key=OLD)
    lake.publish(lake.versions(), "first")
    for run in open_sessions(lake.root):
        lake.session(run).close()
    return lake


def published(lake: Lake, query: str) -> list[tuple[object, ...]]:
    return lake.connect_published().execute(query).fetchall()


def test_every_pseudonym_is_of_the_new_key_and_no_old_one_is_left(lake: Lake) -> None:
    grouped = "select count(*), sum(employees) from silver.buyers group by email order by all"
    before, letters = published(lake, grouped), published(lake, "from bronze.dead_letters")
    held = {key: version for key, version in lake.published().items() if key.startswith("bronze/")}
    rotate(lake, [(BUYERS, FEED)], NEW, purges=True)
    expected = [(key, email and pseudonym(NEW, email)) for key, email in STATED.items()]
    assert published(lake, "select buyer_id, email from silver.buyers order by all") == expected
    ((versions, names),) = published(
        lake, "select count(*), list(distinct split_part(email, ':', 1)) from silver.buyers_history where email <> ''"
    )
    assert (versions, names) == (sum(email is not None for email in STATED.values()) * 2, [key_name(NEW)])
    assert published(lake, grouped) == before
    assert published(lake, "from bronze.dead_letters") == letters
    assert lake.published()["bronze/erp_changes"] == held["bronze/erp_changes"]
    assert found_in(lake.root, [f"{key_name(OLD)}:", OLD, NEW]) == []
    assert found_in(lake.root, [f"{key_name(NEW)}:"])
    rotate(lake, [(BUYERS, FEED)], OLD)
    assert published(lake, grouped) == before


def test_an_attempt_that_ended_before_the_publication_is_made_again(lake: Lake) -> None:
    class Killed(BaseException):
        pass

    def kill(table: str) -> None:
        if table == "silver/second":
            raise Killed

    second = Contract("second", "one row per buyer", BUYERS.columns, BUYERS.key, latest_by="source_position")
    load(lake, second, FEED, pseudonym_key=OLD)
    lake.publish(lake.versions(), "second")
    for run in open_sessions(lake.root):
        lake.session(run).close()
    tables = [(BUYERS, FEED), (second, FEED)]
    before = published(lake, "from silver.buyers order by all")
    with pytest.raises(Killed):
        rotate(lake, tables, NEW, on_progress=kill)
    assert published(lake, "from silver.buyers order by all") == before
    rotate(lake, tables, NEW)
    emails = "select email from silver.buyers union all select email from silver.second"
    assert {str(email).split(":")[0] for (email,) in published(lake, emails)} == {key_name(NEW), "None"}


def test_it_is_refused_while_a_run_holds_the_lake_or_has_not_published(lake: Lake) -> None:
    before = lake.published()
    session = lake.session("under-way")
    with pytest.raises(RotationError, match="under-way"):
        rotate(lake, [(BUYERS, FEED)], NEW)
    session.close()
    land(lake, "2.jsonl", [erp_change("buyers", op="u", lsn=200, after={"buyer_id": "B99", "employees": 3})])
    load(lake, BUYERS, FEED, pseudonym_key=OLD)
    for run in open_sessions(lake.root):
        lake.session(run).close()
    with pytest.raises(RotationError, match="bronze/erp_changes have versions that are not published"):
        rotate(lake, [(BUYERS, FEED)], NEW)
    assert lake.published() == before


def test_nothing_is_published_where_more_than_pseudonyms_would_change(lake: Lake) -> None:
    stricter = Column("employees", "int32", "how many", source="employees", nullable=True, minimum=3)
    other = replace(BUYERS, columns=(*BUYERS.columns[:2], stricter))
    before = lake.published()
    with pytest.raises(RotationError, match=r"silver/buyers: \d+ rows would differ"):
        rotate(lake, [(other, FEED)], NEW)
    assert lake.published() == before
