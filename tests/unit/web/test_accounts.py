"""Accounts: invitations, login, lock-out, second factor, sessions that nobody can plant or forge."""

import time
from typing import Any

import pytest

from tests.serving_clients import PASSWORD, browser, logged_in, user

pytestmark = pytest.mark.heavy
COOKIE = "lacquer_session"


def test_the_first_administrator_comes_by_a_link_that_works_once(app: Any) -> None:
    from serving.accounts.invitations import first_admin_token

    services = app.state.services
    tokens = [first_admin_token(services.database, services.hasher) for _ in range(2)]
    first = browser(app)
    assert first.get("/welcome", params={"token": tokens[0]}).status_code == 200
    made = first.post("/welcome", data={"token": tokens[0], "name": "Ada", "password": PASSWORD})
    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert first.get("/admin").status_code == 200
    for token in tokens:
        again = browser(app).post("/welcome", data={"token": token, "name": "Eve", "password": PASSWORD})
        assert again.status_code == 422
    assert first_admin_token(services.database, services.hasher) is None


def test_an_invitation_carries_role_and_labels(app: Any) -> None:
    admin = logged_in(app, "admin")
    page = admin.post("/admin/invite", data={"role": "viewer", "labels": "L1", "name": "Lena"}).text
    token = page.split("/welcome?token=")[1].split("<")[0]
    guest = browser(app)
    assert guest.post("/welcome", data={"token": token, "name": "Lena", "password": PASSWORD}).status_code == 303
    assert (guest.get("/releases/R1").status_code, guest.get("/releases/R3").status_code) == (200, 404)
    assert guest.get("/admin").status_code == 403


@pytest.mark.parametrize("password", ["short", "Ada Lovelace rules", "aaaaaaaaaaaaaaaa"])
def test_a_weak_password_is_refused(app: Any, password: str) -> None:
    from serving.accounts.invitations import first_admin_token

    services = app.state.services
    token = first_admin_token(services.database, services.hasher)
    answer = browser(app).post("/welcome", data={"token": token, "name": "Ada", "password": password})
    assert answer.status_code == 422


def test_five_wrong_passwords_lock_the_account_for_the_right_one_too(app: Any) -> None:
    user(app, "Ben", "viewer")
    client = browser(app)
    codes = [client.post("/login", data={"name": "Ben", "password": "wrong " * 3}).status_code for _ in range(5)]
    assert codes == [401] * 5
    locked = client.post("/login", data={"name": "Ben", "password": PASSWORD})
    assert (locked.status_code, "Too many attempts" in locked.text) == (401, True)


def test_an_unknown_name_and_a_wrong_password_look_the_same(app: Any) -> None:
    user(app, "Ben", "viewer")
    answers = [browser(app).post("/login", data={"name": n, "password": "wrong"}) for n in ("Ben", "Zoe")]
    assert answers[0].text.replace("Ben", "Zoe") == answers[1].text


def test_a_code_is_needed_where_the_second_factor_is_on_and_works_once(app: Any) -> None:
    import pyotp

    client = logged_in(app, "viewer")
    page = client.get("/account").text
    secret = page.split('name="secret" value="')[1].split('"')[0]
    assert client.post("/account/totp", data={"secret": secret, "code": "000000"}).status_code == 401
    code = pyotp.TOTP(secret).at(time.time() - 30)
    assert client.post("/account/totp", data={"secret": secret, "code": code}).status_code == 303
    login = {"name": "viewer of None", "password": PASSWORD}
    assert browser(app).post("/login", data=login).status_code == 401
    assert browser(app).post("/login", data=login | {"code": code}).status_code == 401
    fresh = pyotp.TOTP(secret).now()
    assert browser(app).post("/login", data=login | {"code": fresh}).status_code == 303
    assert browser(app).post("/login", data=login | {"code": fresh}).status_code == 401


def test_a_session_is_new_at_each_login_and_the_one_before_is_worthless(app: Any) -> None:
    user(app, "Ben", "viewer")
    client = browser(app)
    client.cookies.set(COOKIE, "planted-by-an-attacker")
    answer = client.post("/login", data={"name": "Ben", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "planted" not in cookie
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    token = cookie.split("=")[1].split(";")[0]
    planted, mine = browser(app), browser(app)
    planted.cookies.set(COOKIE, "planted-by-an-attacker")
    mine.cookies.set(COOKIE, token)
    assert planted.get("/").status_code == 303
    assert mine.get("/").status_code == 200
    assert mine.post("/logout").status_code == 303
    replayed = browser(app)
    replayed.cookies.set(COOKIE, token)
    assert replayed.get("/").status_code == 303


def test_a_user_who_is_deactivated_is_out_at_once(app: Any) -> None:
    client, admin = logged_in(app, "viewer"), logged_in(app, "admin")
    from serving.accounts.users import all_users

    ids = {one["name"]: one["user_id"] for one in all_users(app.state.services.database)}
    assert admin.post(f"/admin/users/{ids['viewer of None']}/active", data={"active": "false"}).status_code == 303
    assert client.get("/").status_code == 303
    assert admin.post(f"/admin/users/{ids['admin of None']}/active", data={"active": "false"}).status_code == 409


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    ],
)
def test_another_site_cannot_use_a_session(app: Any, headers: dict[str, str]) -> None:
    client = logged_in(app, "admin")
    data = {"name": "n", "permissions": "read"}
    assert client.post("/admin/keys", data=data, headers=headers).status_code == 403
    body = {"product_ids": ["R1"]}
    assert client.post("/v1/forecast/predict", json=body, headers=headers).status_code == 403
    assert client.post("/v1/forecast/predict", json=body).status_code == 200


@pytest.mark.parametrize(
    "place", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_a_login_goes_on_to_our_own_pages_only(app: Any, place: str) -> None:
    user(app, "Ben", "viewer")
    answer = browser(app).post("/login", data={"name": "Ben", "password": PASSWORD, "next": place})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("role", ["analyst", "planner", "generator", "viewer"])
def test_only_administrators_administrate(app: Any, role: str) -> None:
    client = logged_in(app, role)
    data = {"name": "n", "permissions": "admin", "role": "admin"}
    for method, path in (("get", "/admin"), ("post", "/admin/keys"), ("post", "/admin/invite")):
        answer = client.get(path) if method == "get" else client.post(path, data=data)
        assert answer.status_code == 403, (role, path)


def test_the_audit_log_says_who_did_what(app: Any) -> None:
    from serving.accounts.audit import entries

    admin = logged_in(app, "admin")
    admin.post("/admin/keys", data={"name": "shop", "permissions": ["read", "export"]})
    newest = entries(app.state.services.database)[0]
    assert (newest["actor"], newest["action"]) == ("admin of None", "key created")
    assert PASSWORD not in str(entries(app.state.services.database))
