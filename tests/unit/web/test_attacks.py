"""Attacks on the whole server: each test is one that must not succeed."""

import csv
import io
import logging
import re
from typing import Any

import pytest

from lake.lakehouse import Lake
from tests.serving_clients import PASSWORD, browser, logged_in, user

pytestmark = pytest.mark.heavy
# What speaks of another label in the small lake: its releases, its name, a buyer that bought nothing else, a title.
FOREIGN = ("R3", "R4", "L2", "Second Label", "Shop 2", "Shop 3", "Sky")
PARTS = {"release_id": "R3", "product_id": "R3", "buyer_id": "B2", "name": "alerts", "table": "forecasts"}


def paths(app: Any, *, changing: bool) -> list[tuple[str, str]]:
    """Method and path of every route, the parts of the path filled in with what belongs to another label."""
    from serving.web.app import ROUTERS

    pages = [(sorted(one.methods), one.path) for module in ROUTERS for one in module.router.routes]
    api = [([m.upper() for m in methods], path) for path, methods in app.openapi()["paths"].items()]
    found = []
    for methods, path in pages + api:
        filled = re.sub(r"\{(\w+)\}", lambda part: PARTS.get(str(part[1]), "x1"), path)
        found += [(m, filled) for m in methods if m != "HEAD" and (m != "GET") == changing]
    return found


def key_client(app: Any, may: str, labels: str | None) -> Any:
    """A client with an API key."""
    from fastapi.testclient import TestClient

    from serving.accounts.keys import create_key

    services, scope = app.state.services, None if labels is None else frozenset(labels.split(","))
    key = create_key(services.database, services.hasher, "attacker", may.split(","), scope, "test")[1]
    return TestClient(app, headers={"X-API-Key": key}, raise_server_exceptions=False)


def test_another_site_can_use_no_form_and_no_route(app: Any) -> None:
    client, changing = logged_in(app, "admin"), paths(app, changing=True)
    assert len(changing) > 20
    form = {"name": "n", "password": PASSWORD, "token": "t", "role": "admin", "permissions": "admin"}
    for method, path in changing:
        if path.startswith("/v1/webhooks/"):
            continue  # no session opens it: its signature decides
        told = {"json": {}} if path.startswith("/v1") else {"data": form}
        answer = client.request(method, path, headers={"Sec-Fetch-Site": "cross-site"}, **told)
        assert answer.status_code == 403, (method, path, answer.status_code)
        old = client.request(method, path, headers={"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, **told)
        assert old.status_code == 403, (method, path, old.status_code)


def test_no_page_and_no_route_shows_a_label_what_is_not_its_own(app: Any) -> None:
    caller, page = key_client(app, "read,export,alerts,feedback,overrides", "L1"), logged_in(app, "analyst", "L1")
    reading = paths(app, changing=False)
    assert len(reading) > 25
    for _, path in reading:
        answer = (caller if path.startswith("/v1") else page).get(path)
        text = "" if answer.headers.get("content-type") == "application/pdf" else answer.text
        asked = {"R3", "B2"}  # a refusal repeats what was asked for
        assert not [one for one in FOREIGN if one in text and one not in asked], path


def test_no_filter_shows_a_label_what_is_not_its_own(app: Any) -> None:
    caller = key_client(app, "read", "L1")
    filters = ("release_id=R3", "product_id=R3", "label_id=L2", "buyer_id=B2", "q=Second", "q=Shop+2", "limit=1000")
    for _, path in paths(app, changing=False):
        for one in filters if path.startswith("/v1") and "openapi" not in path else ():
            text = caller.get(f"{path}?{one}").text
            assert not [word for word in ("Second Label", "Shop 2", "Shop 3", "Sky") if word in text], (path, one)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_export_of_a_label_holds_its_own_rows(app: Any, form: str) -> None:
    import pyarrow.parquet as pq

    caller = key_client(app, "read,export", "L1")
    tables = [one["table"] for one in caller.get("/v1/exports").json()]
    assert "dim_release" in tables
    for table in tables:
        content = caller.get(f"/v1/exports/{table}", params={"format": form}).content
        if form == "csv":
            rows = list(csv.DictReader(io.StringIO(content.decode().lstrip("\ufeff"))))
        else:
            rows = pq.read_table(io.BytesIO(content)).to_pylist()
        assert not {str(value) for row in rows for value in row.values()} & set(FOREIGN), table


def test_secrets_reach_no_log_and_no_table_of_the_server(
    app: Any, lake: Lake, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    client = logged_in(app, "admin")
    guess = "a wrong but telling guess"
    browser(app).post("/login", data={"name": "admin of None", "password": guess})
    echoed = browser(app).post("/login", data={"name": "n" * 200, "password": guess + "x" * 200})
    made = client.post("/admin/keys", data={"name": "shop", "permissions": "read"}).text
    key = re.search(r"lq_[A-Za-z0-9_-]+", made)
    assert key is not None
    client.get("/v1/releases", headers={"X-API-Key": key[0]})
    client.post("/v1/feedback/sales", headers={"X-API-Key": key[0]}, json={"product_id": "R1"})
    out = capfd.readouterr()
    logged = caplog.text + out.out + out.err + str(client.get("/admin").text) + client.get("/v1/metrics").text
    stored = b"".join(one.read_bytes() for one in lake.root.parent.iterdir() if one.is_file())
    assert len(stored) > 1000
    for secret in (PASSWORD, guess, key[0], client.cookies["lacquer_session"]):
        assert secret not in logged
        assert secret not in echoed.text
        assert secret.encode() not in stored


def test_deep_and_huge_forms_and_documents_are_refused(app: Any) -> None:
    client, caller = browser(app), key_client(app, "read,landing,feedback,alerts,overrides", None)
    assert client.post("/login", data={"name": "x" * 2_000_000, "password": "y"}).status_code == 413
    many = "&".join(f"f{n}=1" for n in range(5000))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/login", content=many, headers=form).status_code < 500
    json = {"Content-Type": "application/json"}
    for depth in (500, 3000, 60_000):
        row = "[" * depth + "]" * depth
        body = f'{{"table": "orders", "rows": [{{"a": {row}}}]}}'
        for path in ("/v1/landing/orders", "/v1/graphql", "/v1/forecast/predict", "/v1/metrics/query"):
            answer = caller.post(path, content=body, headers=json)
            assert answer.status_code < 500, (depth, path, answer.status_code)


def test_a_form_grants_nothing_that_it_does_not_ask_for(app: Any) -> None:
    client = logged_in(app, "viewer", "L1")
    more = {"language": "en", "role": "admin", "labels": "", "is_active": "true", "permissions": "admin"}
    assert client.post("/account/language", data=more).status_code == 303
    assert client.get("/admin").status_code == 403
    assert client.get("/releases/R3").status_code == 404


def test_a_changed_password_ends_all_other_sessions(app: Any) -> None:
    user(app, "Ben", "viewer")
    mine, stolen = browser(app), browser(app)
    for one in (mine, stolen):
        one.post("/login", data={"name": "Ben", "password": PASSWORD})
    assert stolen.get("/").status_code == 200
    change = {"old": PASSWORD, "new": "another horse battery staple"}
    assert mine.post("/account/password", data=change).status_code == 303
    assert (mine.get("/").status_code, stolen.get("/").status_code) == (200, 303)


def test_an_invitation_names_our_host_whatever_the_request_names(app: Any) -> None:
    answer = logged_in(app, "admin").post(
        "/admin/invite", data={"role": "viewer"}, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert "/welcome?token=" in answer.text
    assert "evil.example" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fapp.py",
        "/vendor/..%2f..%2f__init__.py",
        "/exports/..%2f..%2fpublished",
        "/releases/..%2f..%2fadmin",
    ],
)
def test_no_path_leaves_its_folder(app: Any, path: str) -> None:
    assert logged_in(app).get(path).status_code == 404


def test_no_other_origin_may_read_answers(app: Any) -> None:
    answer = key_client(app, "read", None).get("/v1/releases", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
