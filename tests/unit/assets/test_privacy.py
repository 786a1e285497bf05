"""The record of processing misses no column, and pseudonyms of a replaced key are counted and made anew."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
from assets.bronze.erp_changes import DOOR as ERP
from assets.bronze.erp_changes import ERP_CHANGES
from assets.contracts import declared_contracts
from assets.dictionary import RECORD, record
from assets.privacy import as_markdown, holdings
from assets.silver import FEEDS
from assets.silver.buyers import BUYERS
from lake.ingest.bronze import take_in
from lake.lakehouse import Lake
from lake.personal import key_name, pseudonym
from lake.silver.refresh import refresh
from serving.cli import app
from tests.lake_builders import land, new_session
from tests.unit.silver.landed import change

OLD, NEW = "old-key-old-key-old-key-old-key-", "new-key-new-key-new-key-new-key-"
DAYS = {"bronze": 10, "silver": 20, "gold": 30, "lake": 40}


def test_every_protected_column_of_a_contract_is_on_record_once() -> None:
    found = [(one.table, one.column) for one in holdings(DAYS)]
    declared = {
        (f"{contract.layer}/{contract.name}", column.name)
        for contract in declared_contracts("assets")
        for column in contract.columns
        if contract.layer != "bronze" and (column.personal or column.free_text)
    }
    assert declared <= set(found)
    assert len(found) == len(set(found))
    assert ("silver/buyers_history", "email") in found
    assert ("bronze/erp_changes", "payload") in found


def test_the_page_has_a_line_per_column_with_its_retention() -> None:
    lines = as_markdown(holdings(DAYS)).splitlines()
    (line,) = [one for one in lines if one.startswith("| silver/reviews | text |")]
    assert "masked" in line
    assert line.endswith("| 20 days |")
    assert len(lines) == len(holdings(DAYS)) + 7


def test_the_committed_page_is_of_today() -> None:
    assert RECORD.read_text("utf-8") == record()
    for column in BUYERS.columns:
        if column.personal:
            assert f"| silver/buyers | {column.name} |" in record()


def test_pseudonyms_of_another_key_are_counted_until_silver_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    row = {"company_name": "Shop", "kind": "shop", "country": "DE", "created_at": "2024-01-01T00:00:00Z"}
    buyers = [change("buyers", row | {"buyer_id": f"B{n}", "email": f"{n}@shop.example"}, n + 1) for n in range(3)]
    land(lake, "1.jsonl", [json.dumps(one) for one in buyers], "erp")
    session = new_session(lake)
    take_in(lake, session, ERP_CHANGES, ERP, lake.root / "landing" / "erp")

    def shown(key: str, *, in_full: bool) -> tuple[int, str]:
        done = refresh(lake, session, BUYERS, FEEDS["buyers"], pseudonym_key=key, in_full=in_full)
        lake.publish({"silver/buyers": done.version}, "test")
        monkeypatch.setenv("LACQUER_PSEUDONYM_KEY", NEW)
        answer = CliRunner().invoke(app, ["privacy", "keys", "--lake", str(tmp_path)])
        return answer.exit_code, answer.stdout

    code, words = shown(OLD, in_full=False)
    assert (code, f"silver/buyers.email: 3 of key {key_name(OLD)}, which is not" in words) == (1, True)
    code, words = shown(NEW, in_full=True)
    assert (code, f"silver/buyers.email: 3 of key {key_name(NEW)}\n" in words) == (0, True)
    stored = lake.connect_published().execute("select email from silver.buyers order by buyer_id").fetchall()
    assert stored == [(pseudonym(NEW, f"{n}@shop.example"),) for n in range(3)]
