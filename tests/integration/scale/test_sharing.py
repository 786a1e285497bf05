"""The official client of Delta Sharing reads what the lake has published, and nothing beyond a key's labels."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lake.lakehouse import Lake
from resources.settings import PROJECT_ROOT, Settings
from tests import serving_lake
from tests.needs import need, need_packages

pytestmark = pytest.mark.heavy
CLIENT = PROJECT_ROOT / ".cache" / "sharing" / "venv" / "bin" / "python"
READ = """
import json, sys, delta_sharing
profile = sys.argv[1]
client = delta_sharing.SharingClient(profile)
tables = sorted(f"{one.share}.{one.schema}.{one.name}" for one in client.list_all_tables())
frame = delta_sharing.load_as_pandas(profile + "#lacquer.gold.fct_order_line")
rows = json.loads(frame.astype(str).to_json(orient="records"))
print(json.dumps({"tables": tables, "rows": rows, "shares": [one.name for one in client.list_shares()]}))
"""


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return serving_lake.build(tmp_path / "lake")


@pytest.fixture
def served(lake: Lake) -> Iterator[tuple[Any, str]]:
    """The application, served over a socket as people run it, and its address."""
    need_packages("fastapi", "limits", "argon2", target="serve-tools")
    import uvicorn

    from resources.trino.server import free_port
    from serving.api.app import create_app

    port = free_port()
    app = create_app(Settings(lake=lake.root, public_url=f"http://127.0.0.1:{port}"))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield app, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def key_of(app: Any, labels: str | None = None, may: str = "read,export") -> str:
    """A new API key."""
    from serving.accounts.keys import create_key

    services, scope = app.state.services, None if labels is None else frozenset(labels.split(","))
    return create_key(services.database, services.hasher, "reader", may.split(","), scope, "test")[1]


def read(profile: Path) -> dict[str, Any]:
    """What the official client finds."""
    need(CLIENT.is_file(), "no client of Delta Sharing on this machine: make sharing-client")
    environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
    called = [str(CLIENT), "-c", READ, str(profile)]
    done = subprocess.run(called, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(("labels", "releases"), [(None, {"R1", "R3", "R4"}), ("L1", {"R1"})])
def test_the_official_client_reads_the_rows_of_a_key(
    served: tuple[Any, str], tmp_path: Path, labels: str | None, releases: set[str]
) -> None:
    app, url = served
    profile = tmp_path / "lacquer.share"
    told = {"shareCredentialsVersion": 1, "endpoint": f"{url}/v1/sharing", "bearerToken": key_of(app, labels)}
    profile.write_text(json.dumps(told))
    found = read(profile)
    assert found["shares"] == ["lacquer"]
    assert "lacquer.gold.fct_order_line" in found["tables"]
    assert not [one for one in found["tables"] if "bronze" in one]
    expected = sorted((one[0], one[1], one[4], Decimal(one[5])) for one in serving_lake.LINES if one[3] in releases)
    rows = found["rows"]
    assert {one["release_id"] for one in rows} == releases
    assert expected == sorted(
        (one["order_id"], int(one["line_number"]), int(one["quantity"]), Decimal(one["house_revenue"])) for one in rows
    )


def test_pages_versions_and_refusals(served: tuple[Any, str], lake: Lake) -> None:
    import httpx

    app, url = served
    client = httpx.Client(base_url=f"{url}/v1/sharing", headers={"Authorization": f"Bearer {key_of(app)}"})
    names, token = [], ""
    while True:
        page = client.get("/shares/lacquer/all-tables", params={"maxResults": 2, "pageToken": token}).json()
        assert len(page["items"]) <= 2
        names += [one["name"] for one in page["items"]]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert names == sorted(key.split("/")[1] for key in serving_lake.TABLES if key.startswith("gold/"))
    table = "/shares/lacquer/schemas/gold/tables/dim_release"
    version = lake.published()["gold/dim_release"]
    assert client.get(f"{table}/version").headers["Delta-Table-Version"] == str(version)
    assert client.post(f"{table}/query", json={"version": version + 1}).status_code == 400
    for path in ("/shares/other/schemas", "/shares/lacquer/schemas/bronze/tables", f"{table}x/metadata"):
        assert client.get(path).status_code == 404, path
    weak = httpx.Client(base_url=f"{url}/v1/sharing", headers={"X-API-Key": key_of(app, may="read")})
    assert weak.get("/shares").status_code == 403
    assert httpx.get(f"{url}/v1/sharing/shares").status_code == 401
    lines = [json.loads(one) for one in client.post(f"{table}/query", json={}).text.splitlines()]
    assert [next(iter(one)) for one in lines] == ["protocol", "metaData", "file"]
    file = lines[2]["file"]
    assert len(httpx.get(file["url"]).content) == file["size"]
    forged = file["url"][:-1] + ("0" if file["url"][-1] != "0" else "1")
    assert httpx.get(forged).status_code == 404
    assert httpx.get(f"{url}/v1/sharing/files/x.y").status_code == 404
