"""A buyer is forgotten in a small lake: what is looked for, and what must be left, is planted here."""

import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest

from lake.contract import Column, Contract
from lake.delta.table import Table
from lake.erasure.forget import ERASURES, Forgotten, forget
from lake.erasure.landing import ErasureError
from lake.erasure.search import traces
from lake.lakehouse import Lake
from lake.personal import pseudonym
from lake.silver.sql import Feed
from tests.erasure_search import found_in
from tests.lake_builders import arrive, erp_change, land, load, new_session, rows

KEY = "a-key-of-more-than-thirty-two-characters"
FEED = Feed("erp_changes", "buyers", ("after",), ("before",))
BUYERS = Contract(
    "buyers",
    "one row per buyer",
    (
        Column("buyer_id", "string", "number", source="buyer_id"),
        Column("company_name", "string", "company", source="company_name"),
        Column("contact", "string", "who orders", source="contact_name", personal=True, nullable=True),
        Column("email", "string", "e-mail", source="email", personal=True, nullable=True),
        Column("country", "string", "country", source="country"),
    ),
    ("buyer_id",),
    latest_by="source_position",
    history="scd2",
)
FIELDS = {"company_name": "forgotten", "contact": None, "contact_name": None, "email": None}
OTHER = {"buyer_id": "B2", "company_name": "Other Shop", "contact_name": "Ann", "email": "shared@office.example.com"}
SECRETS = ("Zoë Quirk-Exemplar", "zoe.quirk@exemplar.test", "Quirk & Daughters Records", "Zoë Earlier-Exemplar")
# What is looked for: how JSON escapes the rest of a name does not matter.
PARTS = ("Quirk-Exemplar", SECRETS[1], SECRETS[2], "Earlier-Exemplar")


def change(lsn: int, table: str = "buyers", **fields: object) -> str:
    return erp_change(table, op="u", lsn=lsn, after=fields)


def built(root: Path, buyer: str, near: str = "") -> Lake:
    lake = Lake(root)
    state = {"buyer_id": buyer, "company_name": SECRETS[2], "email": SECRETS[1], "country": "France"}
    land(
        lake,
        "2026-01-01.jsonl",
        [
            change(1, **state, contact_name=SECRETS[3]),
            change(2, **state, contact_name=SECRETS[0]),
            change(3, **OTHER, country="Spain"),
            change(4, table="orders", order_id="O1", buyer_id=buyer, note=f"call {SECRETS[0]}, buyer {buyer}"),
            change(5, table="orders", order_id=near, buyer_id="B2", note="none"),
            # Half a line, which is a dead letter that states the buyer's e-mail.
            json.dumps({"op": "u", "after": {"buyer_id": buyer, "email": SECRETS[1]}})[:-1],
        ],
    )
    load(lake, BUYERS, FEED, pseudonym_key=KEY)
    land(lake, "2026-01-02.jsonl", [change(6, **{**state, "email": OTHER["email"]}, contact_name="Ann")])
    load(lake, BUYERS, FEED, pseudonym_key=KEY)
    facts = pa.table(
        {"buyer_id": [buyer, "B2"], "units": [5, 7], "reason": [f"buyer {buyer} likes jazz", "likes rock"]}
        | {"buyer_version_key": [f"{buyer}@1704067200000000", "B2@1704067200000000"]}
    )
    Table(lake.path("gold/facts")).overwrite(facts)
    (lake.root / "reports").mkdir()
    (lake.root / "reports" / "page.html").write_text(f"<p>buyer {buyer}: {SECRETS[2]}</p>", encoding="utf-8")
    close(lake)
    return lake


def close(lake: Lake) -> None:
    from lake.delta.sessions import open_sessions

    lake.publish(lake.versions(), "run")
    for run_id in open_sessions(lake.root):
        lake.session(run_id).close()


def forgotten(lake: Lake, buyer: str, **options: object) -> Forgotten:
    given = {"personal_fields": FIELDS, "feed": ("erp_changes", "buyers"), "pseudonym_key": KEY} | options
    return forget(lake, buyer, **given)  # type: ignore[arg-type]


@pytest.fixture(params=["B00017", "17850"])
def buyer(request: pytest.FixtureRequest) -> str:
    """A number with a letter, which is looked for everywhere, and one without, which only its field tells."""
    return str(request.param)


def test_nothing_names_the_buyer_afterwards_and_nothing_else_is_lost(tmp_path: Path, buyer: str) -> None:
    near = f"9{buyer}9"
    lake = built(tmp_path / "lake", buyer, near)
    secrets = [*PARTS, *(pseudonym(KEY, text) for text in SECRETS)]
    secrets += [f'"buyer_id": "{buyer}"', f"buyer {buyer}", f"{buyer}@"]
    before = rows(lake, "bronze/erp_changes")
    assert len({hit.rsplit(": ", 1)[1] for hit in found_in(lake.root, secrets[:4])}) == 4
    done = forgotten(lake, buyer)
    assert found_in(lake.root, secrets) == []
    assert list(traces(lake, done.identity)) == []
    substitute = done.identity.substitute
    assert [tuple(row.values()) for row in rows(lake, "gold/facts")] == [
        ("B2", 7, "likes rock", "B2@1704067200000000"),
        (substitute, 5, f"buyer {substitute} likes jazz", f"{substitute}@1704067200000000"),
    ]
    by_buyer = {row["buyer_id"]: row for row in rows(lake, "silver/buyers")}
    assert by_buyer.keys() == {"B2", substitute}
    assert by_buyer["B2"]["email"] == pseudonym(KEY, OTHER["email"])  # the office's address is another buyer's too
    assert by_buyer[substitute] | FIELDS == by_buyer[substitute] | {"contact": None} | FIELDS
    assert (by_buyer[substitute]["company_name"], by_buyer[substitute]["email"]) == ("forgotten", None)
    after = rows(lake, "bronze/erp_changes")
    assert sorted(row["position"] for row in after) == sorted(row["position"] for row in before)
    assert any(near in row["payload"] for row in after)  # another number that holds the buyer's digits


def test_a_later_run_reads_nothing_twice_and_a_rebuild_gives_the_same(tmp_path: Path, buyer: str) -> None:
    lake = built(tmp_path / "lake", buyer)
    forgotten(lake, buyer)
    silver, history = rows(lake, "silver/buyers"), rows(lake, "silver/buyers_history")
    landed = arrive(lake)
    assert (landed.files, landed.is_balanced) == (0, True)
    again = load(lake, BUYERS, FEED, pseudonym_key=KEY)
    assert (again.rebuilt, again.batch.read) == (False, 0)
    fresh = Lake(tmp_path / "fresh")
    (lake.root / "landing").rename(tmp_path / "landing")
    fresh.root.mkdir()
    (tmp_path / "landing").rename(fresh.root / "landing")
    load(fresh, BUYERS, FEED, pseudonym_key=KEY)
    assert rows(fresh, "silver/buyers") == silver
    assert rows(fresh, "silver/buyers_history") == history


@pytest.mark.parametrize(
    "place", ["landed files", "silver/buyers", "bronze/erp_changes", "other files", "older versions"]
)
def test_what_a_kill_left_is_finished_by_the_next_call(tmp_path: Path, place: str) -> None:
    lake = built(tmp_path / "lake", "B00017")

    def killed(reached: str) -> None:
        if reached == place:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forgotten(lake, "B00017", on_progress=killed)
    (begun,) = [row["substitute"] for row in rows(lake, "lake/erasures")]
    assert forgotten(lake, "B00017").identity.substitute == begun
    assert found_in(lake.root, ["B00017", *PARTS]) == []
    (record,) = lake.journal(ERASURES).rows()
    assert record["finished_at"] is not None
    assert record["fingerprint"] is None


def test_the_operational_database_is_rewritten_and_compacted(tmp_path: Path) -> None:
    lake, file = built(tmp_path / "lake", "B00017"), tmp_path / "operational.sqlite"
    with sqlite3.connect(file) as con:
        con.execute("create table audit (id integer, path text)")
        con.executemany("insert into audit values (?, ?)", [(1, "/v1/buyers/B00017"), (2, "/v1/buyers/B000171")])
    con.close()
    done = forgotten(lake, "B00017", beside=[file])
    con = sqlite3.connect(file)
    paths = [row[0] for row in con.execute("select path from audit order by id")]
    assert paths == [f"/v1/buyers/{done.identity.substitute}", "/v1/buyers/B000171"]
    assert file.read_bytes().count(b"B00017") == 1


def test_a_run_that_holds_versions_and_an_unknown_number_are_refused(tmp_path: Path) -> None:
    lake = built(tmp_path / "lake", "B00017")
    with pytest.raises(ErasureError, match="B9"):
        forgotten(lake, "B9")
    session = new_session(lake)
    with pytest.raises(ErasureError, match=session.run_id):
        forgotten(lake, "B00017")
