"""A buyer of the demo pack is forgotten by the command; what names it is found by a search of the test's own."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lake.delta.sessions import open_sessions
from lake.lakehouse import Lake
from tests.erasure_search import found_in
from tests.integration.dagster.running import Lacquer, run_main

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

BUYER = "B00017"
PERSONAL = ("company_name", "contact_name", "email", "phone", "address")


def _stated(root: Path) -> list[str]:
    """What the landed files state of the buyer and of no other: there are namesakes."""
    own: set[str] = set()
    others: set[str] = set()
    for path in (root / "landing" / "erp").glob("*buyers*"):
        for line in path.read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = (json.loads(line).get("after") or {}) if line.startswith("{") else {}
            stated = own if row.get("buyer_id") == BUYER else others
            stated.update(row[name] for name in PERSONAL if row.get(name))
    return sorted(own - others)


def _plant(root: Path, lacquer: Lacquer, email: str) -> Path:
    """Put the buyer into an export, a report and the operational database."""
    exports = root / "exports"
    exports.mkdir()
    assert lacquer("export", "dim_buyer", "--out", str(exports)).exit_code == 0
    (root / "reports" / "note.html").write_text(f"<p>{BUYER}: write to {email}</p>", encoding="utf-8")
    database = root.with_name(root.name + ".operational.sqlite")
    with sqlite3.connect(database) as con:
        con.execute("create table audit_note (path text)")
        con.execute("insert into audit_note values (?)", [f"/v1/buyers/{BUYER}"])
    con.close()
    return database


def test_forgetting_leaves_nothing_and_changes_nothing_else(lake: Path, lacquer: Lacquer) -> None:
    texts = [BUYER, *_stated(lake)]
    assert len(texts) >= 4
    database = _plant(lake, lacquer, texts[-1])
    store = Lake(lake)
    for run_id in open_sessions(lake):  # the run that built the lake is of another Dagster instance
        store.session(run_id).close()
    before = store.connect_published()
    keys = sorted(store.published())
    held: dict[str, Any] = {key: before.execute(f"from {_name(key)}").to_arrow_table() for key in keys}
    assert len(found_in(lake, texts)) > len(texts)

    answer = lacquer("forget", BUYER, "--yes")
    assert answer.exit_code == 0, answer.output
    assert "nothing names the buyer any more" in answer.output
    assert found_in(lake, texts) == []
    assert BUYER.encode() not in database.read_bytes()
    assert found_in(Path(os.environ["DAGSTER_HOME"]), texts) == []

    after = store.connect_published()
    for key, rows in held.items():
        after.register("held", rows)
        left_out = (*PERSONAL, "payload", "batch_id", "entity_key")
        columns = [f'"{name}"' for name in rows.column_names if name not in left_out]
        names = ", ".join(columns)
        renamed = names.replace('"buyer_id"', f"if(buyer_id = '{BUYER}', (from erased), buyer_id) as buyer_id")
        version = f"replace(buyer_version_key, '{BUYER}@', (from erased) || '@') as buyer_version_key"
        renamed = renamed.replace('"buyer_version_key"', version)
        after.register("erased", _erased(store))
        left = after.execute(f"select {renamed} from held except all select {names} from {_name(key)}").fetchall()
        assert left == [], key
    assert run_main(lake).success


def _name(key: str) -> str:
    layer, name = key.split("/")
    return f'"{layer}"."{name}"'


def _erased(store: Lake) -> Any:
    import pyarrow as pa

    from lake.erasure.forget import ERASURES

    return pa.table({"substitute": [row["substitute"] for row in store.journal(ERASURES).rows()]})
