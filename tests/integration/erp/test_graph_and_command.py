"""The ERP through the asset graph and `lacquer reconcile`: pulled, built, compared, and reported by key."""

from pathlib import Path

import pytest
from dagster import AssetKey, ExecuteInProcessResult, materialize
from typer.testing import CliRunner, Result

from assets.bronze.erp_changes import erp_changes
from assets.bronze.erp_pulls import erp_pulls
from assets.reconciliation import AGREES, reconciliations
from assets.silver.buyers import buyers
from resources.erp import Erp
from resources.lake import LakeResource
from resources.streams.connecting import Streams
from serving.cli import app
from tests.integration.erp.shop import Shop

KEY = "k" * 40
BUYERS = """
create table buyers (buyer_id text primary key, company_name text, kind text, country text, region text,
  contact_name text, email text, phone text, address text, created_at timestamptz, updated_at timestamptz);
insert into buyers values
  ('B1', 'Groove', 'shop', 'Spain', null, 'Ana Ruiz', 'ana@example.com', null, null, '2025-06-01', '2026-03-01'),
  ('B2', 'Chain', 'chain', 'France', null, null, null, null, null, '2025-06-02', '2026-03-01'),
  ('B3', 'Odd', 'pirate', 'France', null, null, null, null, null, '2025-06-02', '2026-03-01')
"""
TABLES = (
    "buyers: {{relation: {schema}.buyers, key: [buyer_id], watermark: updated_at, look_back: 1 day, "
    "reconcile: {{day: created_at}}}}\n"
)


@pytest.fixture
def erp(shop: Shop) -> Erp:
    shop.sql(BUYERS)
    path = shop.lake.root / "erp.yml"
    path.write_text(TABLES.format(schema=shop.schema))
    return Erp(shop.url, path)


def run(shop: Shop, erp: Erp) -> ExecuteInProcessResult:
    lake = LakeResource(root=shop.lake.root, allowed_bad_share=0.5, threads=1, pseudonym_key=KEY)
    resources = {"lake": lake, "erp": erp, "streams": Streams()}
    done = materialize([erp_pulls, erp_changes, buyers, reconciliations], resources=resources)
    shop.lake.publish(shop.lake.versions(), done.run_id)
    return done


def agreement(done: ExecuteInProcessResult) -> tuple[bool, str]:
    (found,) = [one for one in done.get_asset_check_evaluations() if one.check_name == AGREES]
    return found.passed, str(found.description)


def command(shop: Shop, erp: Erp, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    settings = {"ERP_URL": erp.url, "ERP_TABLES": erp.tables_file, "PSEUDONYM_KEY": KEY}
    for name, value in settings.items():
        monkeypatch.setenv(f"LACQUER_{name}", str(value or ""))
    return CliRunner().invoke(app, ["reconcile", "--lake", str(shop.lake.root), *arguments])


def test_a_run_pulls_builds_and_finds_that_both_sides_agree(shop: Shop, erp: Erp) -> None:
    done = run(shop, erp)
    assert done.success
    assert agreement(done) == (True, "buyers: 3 rows in the ERP, 2 here; 1 refused")
    con = shop.lake.connect_published()
    assert con.execute("select buyer_id from buyers order by 1").fetchall() == [("B1",), ("B2",)]
    assert con.execute("select key, verdict, columns, in_erp from reconciled_keys").fetchall() == [
        ('{"buyer_id": "B3"}', "refused", "kind", '{"kind": "pirate"}')
    ]
    known = [one for one in done.get_asset_check_evaluations() if one.check_name == "known_fields"]
    assert [one.passed for one in known] == [True]


def test_the_command_lists_what_differs_and_shows_nobodys_data(
    shop: Shop, erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(shop, erp)
    agreed = command(shop, erp, monkeypatch)
    assert (agreed.exit_code, "1 refused" in agreed.output) == (0, True)

    shop.sql("update buyers set contact_name = 'Eva Blanco', region = 'north' where buyer_id = 'B1'")
    shop.sql("delete from buyers where buyer_id = 'B2'")
    differing = command(shop, erp, monkeypatch, "--every-row")

    assert differing.exit_code == 1
    assert "1 missing there, 1 different, 1 refused" in differing.output
    assert "silver and the ERP differ" in differing.output
    rows = shop.lake.connect_published().execute(
        "select columns, in_erp, in_silver from reconciled_keys where verdict = 'different'"
    )
    assert rows.fetchall() == [("region, contact_name", '{"region": "north"}', '{"region": null}')]
    assert "Blanco" not in differing.output

    run(shop, erp)
    assert command(shop, erp, monkeypatch, "--every-row").exit_code == 0


def test_a_table_that_is_not_declared_or_a_database_that_is_not_set_is_said(
    shop: Shop, erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = command(shop, erp, monkeypatch)
    assert (empty.exit_code, "no table can be compared" in empty.output) == (1, True)
    run(shop, erp)
    unknown = command(shop, erp, monkeypatch, "orders")
    assert (unknown.exit_code, "orders: can be compared are buyers" in unknown.output) == (1, True)
    unset = command(shop, Erp(), monkeypatch)
    assert (unset.exit_code, "set LACQUER_ERP_URL" in unset.output) == (1, True)


def test_without_a_database_the_rest_of_the_graph_runs(tmp_path: Path) -> None:
    lake = LakeResource(root=tmp_path, allowed_bad_share=0.5, threads=1)
    resources = {"lake": lake, "erp": Erp(), "streams": Streams()}
    done = materialize([erp_pulls, erp_changes, buyers, reconciliations], resources=resources)
    assert done.success
    (pulled,) = done.asset_materializations_for_node("lake__erp_pulls")
    assert pulled.asset_key == AssetKey(["lake", "erp_pulls"])
    assert "set LACQUER_ERP_URL" in str(pulled.metadata["skipped"].value)
    assert agreement(done)[0]


def test_a_database_that_goes_away_stops_the_pull_and_no_comparison(
    shop: Shop, erp: Erp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.erp.ATTEMPTS", 1)
    run(shop, erp)
    away = Erp("postgresql://reader:secret@127.0.0.1:1/erp", erp.tables_file)
    lake = LakeResource(root=shop.lake.root, allowed_bad_share=0.5, threads=1, pseudonym_key=KEY)
    pulled = materialize([erp_pulls], resources={"lake": lake, "erp": away}, raise_on_error=False)
    assert not pulled.success
    compared = materialize([reconciliations], resources={"lake": lake, "erp": away})
    passed, words = agreement(compared)
    assert (compared.success, passed, "nothing was compared" in words) == (True, False, True)
    assert "secret" not in words
