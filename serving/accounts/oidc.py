"""Sign-in by an OpenID Connect provider: authorization code flow with PKCE, and ID tokens that are checked.

The provider is described by its discovery document, which is read at the first sign-in. Nothing of the provider's
tokens is kept: a sign-in ends in a session of our own, as one with a password does.
"""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

    from resources.settings import Settings

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]  # never none, never a shared secret
LEEWAY_S = 30
TIMEOUT_S = 10
KEYS_AT_MOST_EVERY_S = 10


class OidcError(Exception):
    """A sign-in that cannot go on: the provider is not reached, or what it sent cannot be trusted."""


@dataclass(frozen=True)
class Started:
    """A sign-in under way; the browser keeps it until it comes back.

    Attributes:
        address: where the provider asks the user.
        state: comes back with the browser.
        nonce: comes back inside the ID token.
        verifier: proves to the provider that who redeems the code is who asked for it (PKCE).
    """

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass
class Provider:
    """One OpenID Connect provider.

    Args:
        issuer: its address, exactly as its tokens name it.
        client_id: our id there.
        secret: our secret there; None of a public client.
        scope: what we ask for.
    """

    issuer: str
    client_id: str
    secret: str | None = None
    scope: str = "openid profile"
    _metadata: dict[str, Any] | None = None
    _keys: "KeySet | None" = None
    _keys_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, settings: "Settings") -> "Provider | None":
        """The provider of an installation; None where it has none.

        Raises:
            ValueError: an issuer without a client id.
        """
        if settings.oidc_issuer is None:
            return None
        if settings.oidc_client_id is None:
            raise ValueError("LACQUER_OIDC_ISSUER is set and LACQUER_OIDC_CLIENT_ID is not: name our client there")
        secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
        return cls(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_scope)

    def start(self, callback: str) -> Started:
        """Begin a sign-in that comes back to `callback`."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._client(callback) as client:
            address, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return Started(address, state, nonce, verifier)

    def finish(self, callback: str, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Redeem the code that the browser brought back; the claims of the ID token, checked.

        Raises:
            OidcError: the provider refused the code or is not reached, or its token cannot be trusted.
        """
        import httpx
        from authlib.integrations.base_client import OAuthError

        try:
            with self._client(callback) as client:
                token = client.fetch_token(self._endpoint("token_endpoint"), code=code, code_verifier=verifier)
        except (OAuthError, httpx.HTTPError, ValueError) as error:
            raise OidcError(f"{self.issuer} did not redeem the code: {type(error).__name__} {error}") from error
        return self._checked(str(token.get("id_token") or ""), nonce)

    def _checked(self, token: str, nonce: str) -> Mapping[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError

        wanted = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            decoded = self._decoded(token)
            wanted.validate(decoded)
        except (JoseError, ValueError) as error:
            raise OidcError(f"the ID token of {self.issuer} is refused: {type(error).__name__} {error}") from error
        if decoded.get("azp", self.client_id) != self.client_id:
            raise OidcError(f"the ID token of {self.issuer} is of another client")
        return decoded

    def _decoded(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature holds; keys are asked for again when one is unknown."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            return dict(jwt.decode(token, self._key_set(False), algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            return dict(jwt.decode(token, self._key_set(True), algorithms=ALGORITHMS).claims)

    def _key_set(self, is_renewed: bool) -> "KeySet":
        from joserfc.jwk import KeySet

        address = self._endpoint("jwks_uri")
        with self._lock:
            is_old = time.monotonic() - self._keys_at > KEYS_AT_MOST_EVERY_S
            if self._keys is None or (is_renewed and is_old):
                self._keys, self._keys_at = KeySet.import_key_set(_document(address)), time.monotonic()
            return self._keys

    def _endpoint(self, name: str) -> str:
        with self._lock:
            if self._metadata is None:
                found = _document(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != self.issuer:
                    raise OidcError(f"the discovery document of {self.issuer} is of {found.get('issuer')!r}")
                self._metadata = found
            address = self._metadata.get(name)
        if not isinstance(address, str):
            raise OidcError(f"the discovery document of {self.issuer} lacks {name}")
        return address

    def _client(self, callback: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        method = "client_secret_basic" if self.secret else "none"
        return OAuth2Client(
            client_id=self.client_id,
            client_secret=self.secret,
            scope=self.scope,
            redirect_uri=callback,
            code_challenge_method="S256",
            token_endpoint_auth_method=method,
            timeout=TIMEOUT_S,
        )


def _document(address: str) -> Any:
    import httpx

    try:
        answer = httpx.get(address, timeout=TIMEOUT_S).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise OidcError(f"{address} cannot be read: {type(error).__name__} {error}") from error
    if not isinstance(answer, dict):
        raise OidcError(f"{address} is no document")
    return answer
