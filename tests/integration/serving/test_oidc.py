"""Sign-in at a real OpenID Connect provider: users, roles and labels follow its claims; forged ways in are refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import serving_lake
from tests.needs import need_packages
from tests.oidc_provider import OidcServer, running_provider, sign_in_at_provider
from tests.serving_clients import PASSWORD, browser, user

pytestmark = pytest.mark.heavy
OURS = "http://testserver"
CALLBACK = f"{OURS}/login/oidc/callback"


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcServer]:
    with running_provider(tmp_path_factory.mktemp("oidc"), CALLBACK) as server:
        yield server


@pytest.fixture
def app(tmp_path: Path, provider: OidcServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    need_packages("fastapi", "authlib", "joserfc", "django_htmx", target="serve-tools")
    from resources.settings import Settings
    from serving.server import create_server

    values = {
        "PUBLIC_URL": OURS,
        "OIDC_ISSUER": provider.issuer,
        "OIDC_CLIENT_ID": "public",
        "OIDC_ROLES_CLAIM": "groups",
        "OIDC_ROLES": "planners=planner,bosses=admin,staff=viewer",
        "OIDC_LABELS_CLAIM": "labels",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"LACQUER_{name}", value)
    made = create_server(Settings(lake=serving_lake.build(tmp_path / "lake").root))
    yield made
    made.state.services.close()


def signed_in(app: Any, name: str, client: Any = None, place: str = "/") -> tuple[Any, Any]:
    """A browser that has been to the provider and back, and the answer that it got."""
    client = client or browser(app)
    begun = client.get("/login/oidc", params={"next": place})
    assert begun.status_code == 303, begun.text
    back = sign_in_at_provider(begun.headers["location"], name)
    return client, client.get(back.removeprefix(OURS))


def test_a_user_comes_by_the_provider_with_role_and_labels_of_the_claims(app: Any, provider: OidcServer) -> None:
    provider.set_claims("ines", name="Ines", groups=["staff", "planners"], labels=["L1"])
    assert "Sign in with your organisation" in browser(app).get("/login").text
    client, answer = signed_in(app, "ines", place="/catalogue")
    assert (answer.status_code, answer.headers["location"]) == (303, "/catalogue")
    page = client.get("/account").text
    assert "Ines" in page
    assert "planner" in page
    assert (client.get("/releases/R1").status_code, client.get("/releases/R3").status_code) == (200, 404)
    assert client.get("/admin").status_code == 403


def test_the_request_asks_for_a_code_with_pkce_and_shows_no_verifier(app: Any) -> None:
    client = browser(app)
    asked = parse_qs(urlsplit(client.get("/login/oidc").headers["location"]).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) == 43
    assert {"state", "nonce"} <= asked.keys()
    assert asked["redirect_uri"] == [CALLBACK]
    assert "code_verifier" not in asked


def test_role_and_labels_change_at_the_next_sign_in_and_old_sessions_end(app: Any, provider: OidcServer) -> None:
    provider.set_claims("otto", name="Otto", groups=["bosses"])
    first, _ = signed_in(app, "otto")
    assert first.get("/admin").status_code == 200
    provider.set_claims("otto", name="Otto", groups=["staff"], labels="L2")
    second, _ = signed_in(app, "otto")
    assert second.get("/admin").status_code == 403
    assert (second.get("/releases/R1").status_code, second.get("/releases/R3").status_code) == (404, 200)
    assert first.get("/admin").headers["location"].startswith("/login")
    assert [one["name"] for one in _users(app)] == ["Otto"]


def test_without_a_mapped_group_or_with_an_inactive_account_nobody_enters(app: Any, provider: OidcServer) -> None:
    from serving.accounts.users import change_user

    provider.set_claims("gast", name="Gast", groups=["guests"])
    assert signed_in(app, "gast")[1].status_code == 403
    assert _users(app) == []
    provider.set_claims("pia", name="Pia", groups=["staff"], labels=["L1"])
    client, _ = signed_in(app, "pia")
    change_user(app.state.services.database, _users(app)[0]["user_id"], "test", is_active=False)
    client, answer = signed_in(app, "pia", client)
    assert answer.status_code == 403
    assert "not active" in answer.text
    assert client.get("/").headers["location"].startswith("/login")


def test_a_claim_of_labels_that_is_missing_shows_no_rows(app: Any, provider: OidcServer) -> None:
    provider.set_claims("nora", name="Nora", groups=["staff"])
    client, _ = signed_in(app, "nora")
    assert [client.get(f"/releases/{one}").status_code for one in ("R1", "R3")] == [404, 404]


def test_a_local_account_of_the_same_name_is_not_taken_over(app: Any, provider: OidcServer) -> None:
    user(app, "Ada", "admin")
    provider.set_claims("eve", name="Ada", groups=["staff"], labels=["L1"])
    client, _ = signed_in(app, "eve")
    assert client.get("/admin").status_code == 403
    names = sorted(one["name"] for one in _users(app))
    assert len(names) == 2
    assert names[0] == "Ada"
    assert names[1].startswith("Ada (")
    wrong = browser(app).post("/login", data={"name": names[1], "password": PASSWORD})
    assert wrong.status_code == 401  # whom the provider vouches for has no password here


def test_a_sign_in_ends_only_in_the_browser_that_began_it_and_once(app: Any, provider: OidcServer) -> None:
    provider.set_claims("ines", name="Ines", groups=["staff"], labels=["L1"])
    attacker, victim = browser(app), browser(app)
    back = sign_in_at_provider(attacker.get("/login/oidc").headers["location"], "ines").removeprefix(OURS)
    assert victim.get(back).status_code == 400  # no cookie: log-in CSRF
    victim.get("/login/oidc")
    assert victim.get(back).status_code == 400  # its own cookie has another state
    kept = attacker.cookies["lacquer_signin"]
    assert attacker.get(back).status_code == 303
    again = browser(app)
    again.cookies.set("lacquer_signin", kept, path="/login/oidc")
    assert again.get(back).status_code == 401  # the provider redeems a code once


def test_a_changed_cookie_a_foreign_issuer_and_a_refusal_are_refused(app: Any) -> None:
    client = browser(app)
    state = parse_qs(urlsplit(client.get("/login/oidc").headers["location"]).query)["state"][0]
    kept = client.cookies["lacquer_signin"]
    for cookie, query, status in (
        (kept[:-1] + ("0" if kept[-1] != "0" else "1"), {"code": "x"}, 400),
        ("ümlaut".encode().decode("latin-1"), {"code": "x"}, 400),
        (kept, {"code": "x", "iss": "https://other.example"}, 401),
        (kept, {"error": "access_denied"}, 401),
        (kept, {"code": "made-up"}, 401),
    ):
        fresh = browser(app)
        answer = fresh.get("/login/oidc/callback", params={"state": state, **query}, headers=_cookie(cookie))
        assert answer.status_code == status, (query, answer.text)


def test_a_confidential_client_shows_its_secret_to_the_provider_only(app: Any, provider: OidcServer) -> None:
    from serving.accounts.oidc import OidcError, Provider

    for secret, is_right in (("a-secret-of-the-test-only", True), ("wrong", False)):
        client = Provider(provider.issuer, "confidential", secret)
        provider.set_claims("ines", name="Ines")
        started = client.start(CALLBACK)
        code = parse_qs(urlsplit(sign_in_at_provider(started.address, "ines")).query)["code"][0]
        if is_right:
            assert client.finish(CALLBACK, code, started.verifier, started.nonce)["sub"] == "ines"
        else:
            with pytest.raises(OidcError, match="did not redeem"):
                client.finish(CALLBACK, code, started.verifier, started.nonce)
        assert secret not in started.address


def test_another_nonce_or_verifier_is_refused(app: Any, provider: OidcServer) -> None:
    from serving.accounts.oidc import OidcError, Provider

    provider.set_claims("ines", name="Ines")
    for nonce, verifier, message in (("n" * 43, None, "nonce"), (None, "v" * 43, "did not redeem")):
        client = Provider(provider.issuer, "public")
        started = client.start(CALLBACK)
        code = parse_qs(urlsplit(sign_in_at_provider(started.address, "ines")).query)["code"][0]
        with pytest.raises(OidcError, match=message):
            client.finish(CALLBACK, code, verifier or started.verifier, nonce or started.nonce)


def _cookie(value: str) -> dict[str, bytes]:
    return {"Cookie": b"lacquer_signin=" + value.encode("latin-1")}


def _users(app: Any) -> list[dict[str, Any]]:
    from serving.accounts.users import all_users

    return all_users(app.state.services.database)
