"""One attempt: a request, its redirects, its answer in full, and whether that is an answer at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resources.web.deadline import deadline
from resources.web.errors import RedirectedError, RefusedError, TooLargeError, UncertainError, masked, without_secrets
from resources.web.hosts import Hosts
from resources.web.policy import Policy
from resources.web.retry_after import renewal_s, retry_after_s

if TYPE_CHECKING:
    import httpx

PASSING = frozenset({408, 429, 500, 502, 503, 504})
# The server says that it did not begin: safe to repeat whatever was asked.
NOT_BEGUN = frozenset({429, 503})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class PassingFaultError(Exception):
    """An attempt that failed in a way that may pass; `wait_s` is what the server asks for."""

    def __init__(self, said: str, wait_s: float | None = None, response: httpx.Response | None = None) -> None:
        super().__init__(said)
        self.wait_s = wait_s
        self.response = response


@dataclass(frozen=True)
class Wanted:
    """One request as it was asked for, and what has come of it so far."""

    request: httpx.Request
    shown: str
    is_repeatable: bool
    accept: Collection[int]
    before: Callable[[httpx.URL], None] | None
    tried: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Exchange:
    """Sends requests of one caller, one hop after the other.

    Attributes:
        source: who asks.
        client: what sends.
        policy: limits.
        hosts: whose turn it is.
        secrets: values that are never shown.
        private_headers: names, in lower case, of headers that only the origin asked for may see.
    """

    source: str
    client: httpx.Client
    policy: Policy
    hosts: Hosts
    secrets: tuple[str, ...]
    private_headers: frozenset[str]

    def follow(self, wanted: Wanted) -> httpx.Response:
        """The answer behind all redirects.

        Raises:
            PassingFaultError: what may pass; anything else as :meth:`WebCaller.request` says.
        """
        request = wanted.request
        for _ in range(self.policy.max_redirects + 1):
            response = self._sent(request, wanted)
            if not response.has_redirect_location:
                return self._judged(response, wanted)
            request = self._next(request, response.headers["Location"], wanted)
        limit = f"more than {self.policy.max_redirects} redirects, the last to {self._safe(request.url)}"
        raise RedirectedError(self.source, wanted.shown, limit, "give the address that they lead to")

    def _next(self, request: httpx.Request, location: str, wanted: Wanted) -> httpx.Request:
        """The request that a redirect asks for; what is private stays with the origin."""
        import httpx

        try:
            target = request.url.join(location)
        except httpx.InvalidURL as error:
            raise RedirectedError(
                self.source, wanted.shown, f"redirected to no address: {error}", "tell them"
            ) from error
        said = f"redirected to {self._safe(target)}"
        if request.method not in SAFE_METHODS:
            raise RedirectedError(self.source, wanted.shown, said, "put that address in place of this one")
        if target.scheme not in ("http", "https") or (request.url.scheme, target.scheme) == ("https", "http"):
            raise RedirectedError(self.source, wanted.shown, said, "only http and https are followed, and never down")
        left_out = {"host", "cookie"} | (self.private_headers if origin_of(target) != origin_of(request.url) else set())
        headers = {name: value for name, value in request.headers.items() if name not in left_out}
        return self.client.build_request(request.method, target, headers=headers)

    def _safe(self, url: httpx.URL) -> str:
        return without_secrets(url, self.secrets)

    def _sent(self, request: httpx.Request, wanted: Wanted) -> httpx.Response:
        """One hop: its turn, its answer in full."""
        import httpx

        if wanted.before:
            wanted.before(request.url)
        self.hosts.wait_turn(origin_of(request.url), self.policy.interval_s)
        try:
            with deadline(self.policy.total_timeout_s):
                response = self.client.send(request, stream=True)
                try:
                    return self._read(response, wanted)
                finally:
                    response.close()
        except httpx.TransportError as error:
            said = masked(f"{type(error).__name__}: {error}".rstrip(": "), self.secrets)
            never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            if wanted.is_repeatable or never_sent:
                raise PassingFaultError(said) from error
            way_out = "look at what the server holds before it is sent again"
            raise UncertainError(self.source, wanted.shown, said, way_out, tried=wanted.tried) from error
        except UnicodeError as error:  # an empty label, or one of more than 63 characters
            reason = f"{self._safe(request.url)} names no host that can be: {error}"
            raise RefusedError(self.source, wanted.shown, reason, "mend the address") from error
        except httpx.DecodingError as error:
            raise PassingFaultError(f"the answer cannot be decompressed: {error}") from error

    def _read(self, response: httpx.Response, wanted: Wanted) -> httpx.Response:
        """The answer with its body, decompressed, within the limit of size."""
        import httpx

        limit = self.policy.max_bytes
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > limit:
            raise self._too_large(wanted, f"{int(announced):,} bytes announced")
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > limit:
                raise self._too_large(wanted, f"more than {limit:,} bytes")
        dropped = ("content-encoding", "transfer-encoding", "content-length")
        headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in dropped]
        return httpx.Response(response.status_code, headers=headers, content=bytes(body), request=response.request)

    def _too_large(self, wanted: Wanted, said: str) -> TooLargeError:
        reason = f"the answer is too large: {said}"
        return TooLargeError(self.source, wanted.shown, reason, f"at most {self.policy.max_bytes:,} bytes are read")

    def _judged(self, response: httpx.Response, wanted: Wanted) -> httpx.Response:
        """The answer if it is one; else the fault, passing or not."""
        status = response.status_code
        if response.is_success or status == 304 or status in wanted.accept:
            return response
        said = f"{status} {response.reason_phrase}".strip()
        if status in PASSING and (wanted.is_repeatable or status in NOT_BEGUN):
            now = dt.datetime.now(dt.UTC)
            asked = retry_after_s(response.headers.get("Retry-After"), now)
            if asked is None and status == 429 and self.policy.reset_header:
                asked = renewal_s(response.headers.get(self.policy.reset_header), now)
            raise PassingFaultError(said, asked, response)
        kind: type[UncertainError | RefusedError] = UncertainError if status >= 500 else RefusedError
        way_out = "look at what the server holds before it is sent again"
        if kind is RefusedError:
            way_out = "the key or its rights are wrong" if status in (401, 403) else "mend the request"
        raise kind(self.source, wanted.shown, said + self._excerpt(response), way_out, response=response)

    def _excerpt(self, response: httpx.Response) -> str:
        """The beginning of what a server says about a refusal, on one line."""
        kind = response.headers.get("Content-Type", "")
        if "json" not in kind and not kind.startswith("text/plain"):
            return ""
        words = masked(" ".join(response.text[:1000].split())[:200], self.secrets)
        return f": {words}" if words else ""


def origin_of(url: httpx.URL) -> str:
    """Scheme, host and port: what turns, breakers and secrets belong to."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"
