"""ID tokens that a provider never signed for us are refused: the provider here lies on purpose."""

import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.needs import need_packages

pytestmark = pytest.mark.heavy
CALLBACK = "http://testserver/login/oidc/callback"
Sign = Callable[[str, dict[str, Any]], str]


@contextmanager
def answering(documents: dict[str, Any]) -> Iterator[str]:
    """A server that answers each path with the document that stands under it, to GET and POST."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(documents[self.path.split("?")[0]]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 # the server's name

        def log_message(self, *_: Any) -> None:
            """Keep the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def finish(make: Callable[[str, dict[str, Any], Any, Any], str], lie: dict[str, Any] | None = None) -> Any:
    """Sign in at a provider whose token `make` makes from issuer, claims, its key and another key."""
    need_packages("authlib", "joserfc", target="serve-tools")
    from joserfc.jwk import RSAKey

    from serving.accounts.oidc import Provider

    own, other = (RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256"}) for _ in range(2))
    documents: dict[str, Any] = {"/keys": {"keys": [own.as_dict(private=False)]}}
    with answering(documents) as issuer:
        documents["/.well-known/openid-configuration"] = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/auth",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
        } | (lie or {})
        provider = Provider(issuer, "us")
        started = provider.start(CALLBACK)
        claims = {"iss": issuer, "aud": "us", "sub": "ines", "exp": int(time.time()) + 60, "nonce": started.nonce}
        token = make(issuer, claims, own, other)
        documents["/token"] = {"access_token": "a", "token_type": "Bearer", "id_token": token}
        return provider.finish(CALLBACK, "code", started.verifier, started.nonce)


def signed(claims: dict[str, Any], key: Any, algorithm: str = "RS256") -> str:
    """A token."""
    from joserfc import jwt

    return jwt.encode({"alg": algorithm, "kid": "1"}, claims, key, algorithms=[algorithm])


def test_an_honest_token_is_taken() -> None:
    assert finish(lambda issuer, claims, own, other: signed(claims, own))["sub"] == "ines"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another client"},
        {"exp": 1_000_000_000},
        {"nonce": "of another sign-in"},
        {"azp": "another client", "aud": ["us", "another client"]},
        {"nonce": None},
        {"sub": None},
    ],
    ids=lambda changes: ",".join(f"{name}={value}" for name, value in changes.items()),
)
def test_a_token_with_wrong_claims_is_refused(changes: dict[str, Any]) -> None:
    from serving.accounts.oidc import OidcError

    def make(issuer: str, claims: dict[str, Any], own: Any, other: Any) -> str:
        return signed({name: value for name, value in (claims | changes).items() if value is not None}, own)

    with pytest.raises(OidcError, match=r"refused|another client"):
        finish(make)


def test_a_token_signed_by_another_key_or_by_nobody_is_refused() -> None:
    from serving.accounts.oidc import OidcError

    def by_public_key(issuer: str, claims: dict[str, Any], own: Any, other: Any) -> str:
        """The public key taken as a shared secret, which everybody knows."""
        parts = (json.dumps(one).encode() for one in ({"alg": "HS256", "kid": "1"}, claims))
        text = b".".join(urlsafe_b64encode(one).rstrip(b"=") for one in parts)
        mark = hmac.new(own.as_pem(private=False), text, sha256).digest()
        return (text + b"." + urlsafe_b64encode(mark).rstrip(b"=")).decode()

    def by_nobody(issuer: str, claims: dict[str, Any], own: Any, other: Any) -> str:
        _, body, _ = signed(claims, own).split(".")
        return f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}."

    for make in (
        lambda i, claims, own, other: signed(claims, other),
        by_public_key,
        by_nobody,
        lambda *_: "",
        lambda *_: "a.b",
    ):
        with pytest.raises(OidcError, match="refused"):
            finish(make)


def test_a_discovery_document_of_another_issuer_is_refused() -> None:
    from serving.accounts.oidc import OidcError

    with pytest.raises(OidcError, match=r"is of 'https://other\.example'"):
        finish(lambda issuer, claims, own, other: signed(claims, own), {"issuer": "https://other.example"})
