"""What a call can come to. Every error names the source, the address without its secrets, and what was tried."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

HIDDEN = "***"
_SECRET_NAME = re.compile(r"(?i)(api_?-?key|app_?id|key|token|secret|password|passwd|pwd|auth|sig(nature)?|session)$")


class WebError(RuntimeError):
    """A request that came to nothing.

    Attributes:
        source: who asked.
        url: the address, without its secrets.
        tried: one text per attempt.
        response: the last answer, where there was one.
    """

    def __init__(
        self,
        source: str,
        url: str,
        reason: str,
        way_out: str,
        *,
        tried: Sequence[str] = (),
        response: httpx.Response | None = None,
    ) -> None:
        times = f" ({len(tried)} attempts: {'; '.join(tried)})" if len(tried) > 1 else ""
        super().__init__(f"{source}: {url}: {reason}{times}; {way_out}")
        self.source = source
        self.url = url
        self.tried = tuple(tried)
        self.response = response


class UnavailableError(WebError):
    """The server could not be reached or could not answer, however often it was asked: this may pass."""


class LeftAloneError(UnavailableError):
    """The host failed too often or asked for a pause, and is not called before that is over."""


class UncertainError(WebError):
    """The request was sent and no answer came; as it may not be sent twice, nobody knows whether it was carried out."""


class RefusedError(WebError):
    """The server answered that it will not: asking again changes nothing."""


class TooLargeError(WebError):
    """The answer is larger than the limit."""


class RedirectedError(WebError):
    """Too many redirects, or one that is not followed."""


def without_secrets(url: httpx.URL | str, secrets: Iterable[str] = ()) -> str:
    """The address as it may be shown: no user and password, no fragment, no value of a parameter that is a key."""
    import httpx

    shown = httpx.URL(url).copy_with(username=None, password=None, fragment=None)
    if shown.query:
        named = [(name, HIDDEN if _SECRET_NAME.search(name) else value) for name, value in shown.params.multi_items()]
        shown = shown.copy_with(params=named)
    return masked(str(shown).replace("%2A%2A%2A", HIDDEN), secrets)


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret hidden, also in its percent-encoded form."""
    from urllib.parse import quote, quote_plus

    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote_plus(secret)} if secret else ():
            text = text.replace(form, HIDDEN)
    return text
