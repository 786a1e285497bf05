"""OAuth 2.0 (RFC 6749): access tokens by client credentials or by a refresh token, renewed before they end.

A token lives in memory for the length of a fetch; it is neither logged nor written.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resources.outside.apis.shapes import Shape, parsed
from resources.outside.source import document

if TYPE_CHECKING:
    from collections.abc import Callable

    from resources.web.caller import WebCaller

# A token is renewed so long before it ends, and counts for an hour where the server does not say.
EARLY_S, USUAL_S = 60.0, 3600.0


@dataclass(frozen=True)
class Login:
    """How a source gets its token, and where the token goes.

    Attributes:
        url: of the token endpoint.
        form: fields of the request: `grant_type` and what belongs to it.
        basic: user and password of HTTP Basic, where the client is named so.
        header: that carries the token.
        prefix: before the token in that header.
        more: further headers of the token request.
    """

    url: str
    form: Mapping[str, str] = field(repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    header: str = "Authorization"
    prefix: str = "Bearer "
    more: Mapping[str, str] = field(default_factory=dict)


class Token(Shape):
    """Answer of a token endpoint (RFC 6749, 5.1)."""

    access_token: str
    expires_in: float = USUAL_S


@dataclass
class Session:
    """The token of one fetch."""

    login: Login
    web: WebCaller
    clock: Callable[[], float] = time.monotonic
    _token: str | None = None
    _until: float = 0.0

    def headers(self) -> dict[str, str]:
        """The header with a token that is still good."""
        if self._token is None or self.clock() >= self._until:
            self._renew()
        return {self.login.header: f"{self.login.prefix}{self._token}"}

    def forget(self) -> None:
        """The server does not take the token any more: the next request brings a new one."""
        self._token = None

    def _renew(self) -> None:
        from urllib.parse import urlencode

        login = self.login
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **login.more}
        if login.basic:
            pair = base64.b64encode(":".join(login.basic).encode()).decode()
            for secret in (pair, login.basic[1]):
                self.web.hide(secret)
            headers["Authorization"] = f"Basic {pair}"
        for name in ("client_secret", "refresh_token"):
            if name in login.form:
                self.web.hide(login.form[name])
        # Asking twice makes two tokens, which harms nobody.
        answer = self.web.request(
            "POST", login.url, headers=headers, content=urlencode(dict(login.form)).encode(), repeatable=True
        )
        token = parsed(Token, document(answer), "a token (RFC 6749, 5.1)")
        self.web.hide(token.access_token)
        self._token, self._until = token.access_token, self.clock() + max(token.expires_in - EARLY_S, 1.0)
