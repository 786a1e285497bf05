"""No tenant reaches another: 500 attempts by API, ids, hosts, sessions, files and SQL, of which none may succeed."""

import itertools
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from resources.settings import Settings
from resources.tenants import TenantError, add_tenant, find_tenant, named_values
from tests.integration.scale.conftest import SECRETS, Border, digest
from tests.serving_clients import PASSWORD, user

pytestmark = pytest.mark.heavy
IDS = {
    "release_id": ("ZR1", "ZR3"),
    "product_id": ("ZR1", "ZR4"),
    "buyer_id": ("ZB1", "ZB2"),
    "label_id": ("ZL1",),
    "table": ("fct_order_line", "dim_release", "../umbra/lake/gold/dim_release", "..%2f..%2fumbra%2flake"),
}


def reading_paths(server: Any) -> list[str]:
    """Every GET route of API and dashboard, filled in with ids of the other tenant."""
    from serving.web.app import ROUTERS

    app = server.apps["acme"]
    api = [path for path, methods in app.openapi()["paths"].items() if "get" in methods]
    pages = [one.path for module in ROUTERS for one in module.router.routes if "GET" in one.methods]
    found = []
    for path in [*api, *pages]:
        names = re.findall(r"\{(\w+)\}", path)
        for values in itertools.product(*(IDS.get(name, ("ZR1",)) for name in names)):
            filled = path
            for name, value in zip(names, values, strict=True):
                filled = filled.replace(f"{{{name}}}", value)
            found.append(filled)
    return found


def leaks(answer: Any) -> list[str]:
    """Texts and figures of the other tenant in an answer; a refusal may repeat what was asked for."""
    return [one for one in SECRETS if one in answer.text]


def queries() -> list[str]:
    """Filters by which one might hope to reach further."""
    asked = ("release_id=ZR1", "product_id=ZR3", "label_id=ZL1", "buyer_id=ZB1", "q=Umbra", "tenant=umbra")
    return ["", *asked, "lake=../umbra/lake", "limit=1000&tenant_id=umbra"]


def test_no_request_reads_the_other_tenant(border: Border) -> None:
    client, paths = border.client, reading_paths(border.server)
    theirs = {"X-API-Key": border.other_key}
    seen = [path for path in paths if path.startswith("/v1") and leaks(client.get(path, headers=theirs))]
    assert len(seen) >= 5, "the other tenant itself must see what the attempts look for"
    attempts = 0
    for path in paths:
        for query in queries() if path in seen else ("",):
            for more in ({}, {"X-Tenant": "umbra", "X-Forwarded-Host": "umbra.example"}, {"Host": "umbra.example"}):
                answer = client.get(f"{path}?{query}", headers={"X-API-Key": border.my_key, **more})
                assert not leaks(answer), (path, query, more)
                if more.get("Host") and path.startswith("/v1") and path in seen:
                    assert answer.status_code == 401, (path, answer.status_code)
                attempts += 1
    assert attempts >= 500


def test_no_key_of_one_is_a_key_of_the_other(border: Border) -> None:
    client = border.client
    for key in (border.my_key, border.my_key + " ", border.my_key.upper(), "lq_", "", "umbra", "lq_%"):
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
            for path in ("/v1/releases", "/v1/forecast/ZR1", "/v1/exports/dim_release", "/v1/buyers"):
                answer = client.get(path, headers={**headers, "Host": "umbra.example"})
                assert answer.status_code == 401, (key, path)
    assert client.get("/v1/releases").status_code == 401
    assert client.get("/v1/releases", headers={"X-API-Key": border.my_key}).status_code == 200


def test_no_session_of_one_is_a_session_of_the_other(border: Border) -> None:
    from fastapi.testclient import TestClient

    apps = border.server.apps
    user(apps["acme"], "ada", "admin")
    mine = TestClient(border.server, base_url="http://acme.example", follow_redirects=False)
    said = mine.post("/login", data={"name": "ada", "password": PASSWORD}, headers={"Sec-Fetch-Site": "same-origin"})
    assert said.status_code == 303
    token = mine.cookies["lacquer_session"]
    assert "Acme Music" in mine.get("/").text
    assert "--accent: #7a1f5c" in mine.get("/brand.css").text
    theirs = TestClient(border.server, base_url="http://umbra.example", follow_redirects=False)
    form = {"name": "ada", "password": PASSWORD}
    assert theirs.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"}).status_code != 303
    for path in (one for one in reading_paths(border.server) if not one.startswith("/v1")):
        answer = theirs.get(path, headers={"Cookie": f"lacquer_session={token}"})
        assert "7654.3" not in answer.text, path
        assert answer.status_code != 200 or "Acme" not in answer.text, path


def test_nothing_that_one_writes_reaches_the_lake_of_the_other(border: Border) -> None:
    client, before = border.client, digest(border.other.folder)
    mine = {"X-API-Key": border.my_key}
    app = border.server.apps["acme"]
    odd = ("ZR1", "../../umbra/lake", "/etc/passwd", "..\\umbra", str(border.other.lake))
    for path, methods in app.openapi()["paths"].items():
        for method in set(methods) & {"post", "put", "patch", "delete"}:
            for value in odd:
                filled = re.sub(r"\{(\w+)\}", quote(value, safe=""), path)
                body = {
                    "release_id": value,
                    "product_id": value,
                    "table": value,
                    "lake": value,
                    "rows": [{"id": value}],
                }
                answer = client.request(method, filled, json=body, headers=mine)
                assert not leaks(answer), (path, value)
                refused = client.request(method, filled, json=body, headers={**mine, "Host": "umbra.example"})
                assert refused.status_code in (401, 404, 405), (path, value, refused.status_code)
    event = {"event_id": "e1", "kind": "plays", "entity_type": "release", "entity_id": "ZR1", "value": 1,
             "occurred_at": "2026-01-01T00:00:00Z", "source": "../../umbra/lake"}  # fmt: skip
    assert client.post("/v1/landing/signals", json={"events": [event]}, headers=mine).status_code == 202
    after = digest(border.other.folder)
    assert before == after


def test_a_tenant_has_no_settings_but_its_own(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACQUER_TENANT", "acme")
    for name, value in (("LAKE", border.other.lake), ("DATABASE", "sqlite:///x"), ("ERP_URL", "postgresql://e/x")):
        monkeypatch.setenv(f"LACQUER_{name}", str(value))
    mine = Settings()
    assert (mine.lake, mine.database, mine.erp_url) == (border.mine.lake, None, None)
    monkeypatch.setenv("LACQUER_TENANT", "umbra")
    other = Settings()
    assert other.lake == border.other.lake
    assert mine.secret_key != other.secret_key
    assert mine.pseudonym_key != other.pseudonym_key
    monkeypatch.setenv("SHOP_TOKEN", "of the machine")
    assert "SHOP_TOKEN" not in named_values()
    monkeypatch.setenv("LACQUER_TENANT", "nobody")
    with pytest.raises(TenantError, match="no tenant nobody"):
        Settings()


@pytest.mark.parametrize("name", ["", "A", "..", "a/b", "../umbra", "a b", "-a", "x" * 40, "umbra\n", "%2e%2e", "a\0b"])
def test_no_name_of_a_tenant_leaves_the_folder(border: Border, name: str) -> None:
    with pytest.raises(TenantError):
        find_tenant(name)
    with pytest.raises(TenantError):
        add_tenant(name, "T", "#000000", "http://x.example")


def test_no_two_tenants_have_one_name_or_address(border: Border) -> None:
    with pytest.raises(TenantError, match="exists"):
        add_tenant("acme", "A", "#000000", "http://x.example")
    with pytest.raises(TenantError, match="address of tenant umbra"):
        add_tenant("third", "A", "#000000", "http://umbra.example")
    assert border.mine.settings_file.stat().st_mode & 0o077 == 0


def test_one_command_makes_a_tenant_that_can_be_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi.testclient import TestClient
    from typer.testing import CliRunner

    from serving.cli import app
    from serving.tenancy import TenantServer
    from tests import serving_lake

    monkeypatch.setenv("LACQUER_TENANTS", str(tmp_path))
    monkeypatch.delenv("LACQUER_TENANT", raising=False)
    said = CliRunner().invoke(app, ["tenants", "add", "blue", "--title", "Blue Note Shop"])
    assert said.exit_code == 0, said.output
    key = re.search(r"lq_[A-Za-z0-9_-]+", said.output)
    assert key is not None
    tenant = find_tenant("blue")
    assert "location_name: blue" in tenant.workspace.read_text()
    serving_lake.build(tenant.lake)
    server = TenantServer.of([tenant])
    answer = TestClient(server).get("/v1/releases", headers={"Authorization": f"Bearer {key[0]}"})
    server.apps["blue"].state.services.close()
    assert answer.status_code == 200
    assert "Blue Hours" in answer.text
    monkeypatch.setenv("LACQUER_TENANT", "blue")  # so that it is restored
    refused = CliRunner().invoke(app, ["--tenant", "blue", "status", "--lake", str(tmp_path / "other")])
    assert refused.exit_code == 1
    assert "leave --lake or --tenant out" in refused.output
    listed = CliRunner().invoke(app, ["tenants", "list"])
    assert f"blue: {len(serving_lake.TABLES)} tables published" in listed.output
