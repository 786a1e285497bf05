"""Two tenants over small published lakes: what one holds the other must never see."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.delta.table import Table
from lake.lakehouse import Lake
from resources.tenants import Tenant, add_tenant
from tests import serving_lake
from tests.needs import need_packages

# Ids and texts of the second tenant. The first one may know its ids, and never gets one of its texts or figures.
FOREIGN_IDS = {"R": "ZR", "L": "ZL", "A": "ZA", "B": "ZB", "O": "ZO"}
SECRETS = ("Umbra", "7654.3", "7654.30")


@dataclass(frozen=True)
class Border:
    """Two tenants, the server of both, and a key of each that may do everything within its tenant."""

    mine: Tenant
    other: Tenant
    server: Any
    my_key: str
    other_key: str

    @property
    def client(self) -> Any:
        """A client of the server, without a key."""
        from fastapi.testclient import TestClient

        return TestClient(self.server, base_url="http://nobody.example", raise_server_exceptions=False)


def _foreign(table: pa.Table) -> pa.Table:
    """The rows with other ids, texts and revenue."""
    for place, name in enumerate(table.column_names):
        column = table[name]
        if pa.types.is_string(column.type):
            table = table.set_column(place, name, pa.array([_foreign_text(name, one) for one in column.to_pylist()]))
        elif name in ("house_revenue", "net_revenue"):
            worth = pa.array(["7654.3000"] * len(table)).cast(pa.decimal128(24, 4))
            table = table.set_column(place, name, worth)
    return table


def _foreign_text(name: str, text: str | None) -> str | None:
    if name.endswith("_id") and text:
        return FOREIGN_IDS[text[0]] + text[1:]
    told = name in ("title", "artist_name", "label_name", "company_name", "payload", "genre", "country")
    return f"Umbra {text}" if text and told else text


def digest(folder: Path) -> str:
    """What a lake holds, as one number."""
    total = hashlib.sha256()
    for file in sorted(one for one in folder.rglob("*") if one.is_file()):
        total.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def border(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Border]:
    """Both tenants, made as `lacquer tenants add` does."""
    with pytest.MonkeyPatch.context() as patch:
        yield from _border(tmp_path_factory.mktemp("border"), patch)


def _border(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Border]:
    need_packages("fastapi", "limits", "argon2", target="serve-tools")
    from serving.accounts.identity import PERMISSIONS
    from serving.accounts.keys import create_key
    from serving.tenancy import TenantServer

    monkeypatch.setenv("LACQUER_TENANTS", str(tmp_path / "tenants"))
    monkeypatch.setenv("LACQUER_LAKE", str(tmp_path / "elsewhere"))
    mine = add_tenant("acme", "Acme Music", "#7a1f5c", "http://acme.example")
    other = add_tenant("umbra", "Second Music", "#123456", "http://umbra.example")
    for tenant in (mine, other):
        with tenant.settings_file.open("a") as out:
            out.write("LACQUER_RATE_LIMIT=100000/minute\n")
    serving_lake.build(mine.lake)
    lake = Lake(other.lake)
    made = {key: _foreign(make()) for key, make in serving_lake.TABLES.items()}
    lake.publish({key: Table(lake.path(key)).overwrite(rows) for key, rows in made.items()}, "first-run")
    server = TenantServer.of([mine, other])
    keys = []
    for app in server.apps.values():
        services = app.state.services
        keys.append(create_key(services.database, services.hasher, "all", list(PERMISSIONS), None, "test")[1])
    yield Border(mine, other, server, keys[0], keys[1])
    for app in server.apps.values():
        app.state.services.close()
