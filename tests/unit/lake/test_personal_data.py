"""Personal data: keyed pseudonyms in silver, nothing without a key, plain nowhere but in what landed."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest

from lake.contract import Column, Contract, Rule
from lake.delta.views import duckdb_connection
from lake.lakehouse import Lake
from lake.personal import install_pseudonym, key_name, pseudonym
from lake.silver.sql import Feed
from tests.lake_builders import UNAVAILABLE, dead_letters, erp_change, land, load, rows

KEY = "a-key-of-more-than-thirty-two-characters"
FEED = Feed("erp_changes", "buyers", ("after",), ("before",))
BUYERS = Contract(
    "buyers",
    "one row per buyer",
    (
        Column("buyer_id", "string", "number", source="buyer_id"),
        Column("contact_name", "string", "who orders", source="contact_name", personal=True, nullable=True),
        Column("email", "string", "e-mail", source="email", personal=True, nullable=True),
        Column("employees", "int32", "how many", source="employees", nullable=True, minimum=1),
    ),
    ("buyer_id",),
    latest_by="source_position",
    history="scd2",
    rules=(Rule("no_info_boxes", "email is null or length(email) < 999", "unreadable", ("email",)),),
)
SECRETS = ("Zoë Quirk-Exemplar", "zoe.quirk@exemplar.test", "Old Quirk-Exemplar")


def oracle(key: str, value: str) -> str:
    digest = hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()
    return f"{hashlib.sha256(b'lacquer key name' + key.encode()).hexdigest()[:8]}:{digest[:32]}"


def buyer(lsn: int, buyer_id: str = "B1", op: str = "u", **fields: Any) -> str:
    after = {"buyer_id": buyer_id, "contact_name": SECRETS[0], "email": SECRETS[1], "employees": 5}
    return erp_change("buyers", op=op, lsn=lsn, after=after | fields)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.mark.parametrize("key", [KEY, "k" * 64, "k" * 65, "k" * 200, "schlüssel-" * 5])
def test_the_sql_pseudonym_is_the_hmac_of_the_standard_library(key: str) -> None:
    con = duckdb_connection()
    install_pseudonym(con, key)
    for value in ("", "a", SECRETS[0], "x" * 1000, "a\x00b"):
        (found,) = con.execute("select pseudonym(v), pseudonym(null) from (select $1 as v)", [value]).fetchall()
        assert found == (oracle(key, value), None)
        assert pseudonym(key, value) == oracle(key, value)
    assert key not in key_name(key)


def test_with_a_key_a_value_becomes_its_pseudonym(lake: Lake) -> None:
    land(lake, "1.jsonl", [buyer(1), buyer(2, "B2", email=None)])
    load(lake, BUYERS, FEED, pseudonym_key=KEY)
    name, email = oracle(KEY, SECRETS[0]), oracle(KEY, SECRETS[1])
    assert [(row["buyer_id"], row["contact_name"], row["email"]) for row in rows(lake, "silver/buyers")] == [
        ("B1", name, email),
        ("B2", name, None),
    ]
    assert {row["contact_name"] for row in rows(lake, "silver/buyers_history")} == {name}


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_nothing_of_it_is_stored(lake: Lake, key: str | None) -> None:
    land(lake, "1.jsonl", [buyer(1)])
    load(lake, BUYERS, FEED, pseudonym_key=key)
    (row,) = rows(lake, "silver/buyers")
    assert (row["contact_name"], row["email"], row["employees"]) == (None, None, 5)


def test_a_value_left_out_of_a_change_keeps_its_pseudonym(lake: Lake) -> None:
    land(lake, "1.jsonl", [buyer(1)])
    load(lake, BUYERS, FEED, pseudonym_key=KEY)
    land(lake, "2.jsonl", [buyer(2, contact_name=UNAVAILABLE, email=None, employees=6)])
    load(lake, BUYERS, FEED, pseudonym_key=KEY)
    (row,) = rows(lake, "silver/buyers")
    assert (row["contact_name"], row["email"], row["employees"]) == (oracle(KEY, SECRETS[0]), None, 6)


def test_plain_values_and_the_key_stand_nowhere_but_in_what_landed(lake: Lake) -> None:
    lines = [
        buyer(1, contact_name=SECRETS[2]),
        buyer(2),
        buyer(3, "B2", employees=0),
        buyer(4, "B3", employees="unknown"),
        buyer(5, None),  # type: ignore[arg-type]
        erp_change("buyers", op="d", lsn=6, before={"buyer_id": "B2", "email": SECRETS[1]}),
    ]
    land(lake, "1.jsonl", lines)
    load(lake, BUYERS, FEED, pseudonym_key=KEY)

    dead = dead_letters(lake, "silver/buyers")
    assert [(row["rule"], row["column_name"], row["value"]) for row in dead] == [
        ("minimum", "employees", "0"),
        ("type", "employees", "unknown"),
        ("required", "buyer_id", None),
    ]
    assert [row["entity_key"] for row in dead] == ["B2", "B3", None]
    plain = [secret.encode() for secret in (*SECRETS, KEY)]
    assert _holding(lake.root / "silver", plain) == []
    logs = [path for path in lake.root.rglob("_delta_log/*") if any(s in path.read_bytes() for s in plain)]
    assert logs == []


def _holding(folder: Path, plain: list[bytes]) -> list[tuple[Path, bytes]]:
    """Files below the folder that hold one of the texts: in their bytes, or in a Parquet column once decoded."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += str(duckdb_connection().execute("from read_parquet($1)", [str(path)]).fetchall()).encode()
        found += [(path, secret) for secret in plain if secret in content]
    return found


def test_a_faulty_personal_value_is_not_told(lake: Lake) -> None:
    required = Contract(
        "buyers",
        "one row per buyer",
        (
            BUYERS.columns[0],
            Column("email", "string", "e-mail", source="email", personal=True, nullable=True),
        ),
        ("buyer_id",),
        latest_by="source_position",
        rules=(Rule("never", "email is null", "no e-mail may be given", ("email",)),),
    )
    land(lake, "1.jsonl", [buyer(1)])
    load(lake, required, FEED, pseudonym_key=KEY)
    (dead,) = dead_letters(lake, "silver/buyers")
    assert (dead["rule"], dead["column_name"], dead["value"]) == ("never", "email", None)
