"""Requests over HTTP that do not give up at the first fault and do not become one themselves.

What passes (no connection, 408, 429, 500, 502, 503, 504) is tried again with exponential back-off and jitter, and
after the time that `Retry-After` names. What does not pass is an error at once. A request that changes something is
repeated only where the server cannot have carried it out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from resources.web.errors import (
    LeftAloneError,
    RedirectedError,
    RefusedError,
    TooLargeError,
    UnavailableError,
    UncertainError,
    masked,
    without_secrets,
)
from resources.web.exchange import SAFE_METHODS, Exchange, PassingFaultError, Wanted, origin_of
from resources.web.hosts import HOSTS, Admission, Hosts
from resources.web.policy import Policy

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

REPEATABLE = SAFE_METHODS | {"PUT", "DELETE"}


class WebCaller:
    """A caller for one source; close it, or use it as a context manager.

    Args:
        source: who asks, as errors name it.
        user_agent: see :func:`resources.web.policy.user_agent`.
        policy: limits.
        secret_headers: sent to the origin that is asked, never to another that it redirects to, and never shown.
        secret_params: query parameters of the same kind.
        private_headers: names of further headers that stay with the origin, whatever stands in them.
        hosts: what is remembered of hosts; the process's memory by default.
    """

    def __init__(
        self,
        source: str,
        user_agent: str,
        policy: Policy | None = None,
        *,
        secret_headers: Mapping[str, str] | None = None,
        secret_params: Mapping[str, str] | None = None,
        private_headers: Collection[str] = (),
        hosts: Hosts = HOSTS,
    ) -> None:
        import httpx

        from resources.web.transport import BoundedTransport

        for name in ("httpx", "httpcore"):  # they log addresses with their query, keys included
            logging.getLogger(name).setLevel(logging.WARNING)
        self.source = source
        self.user_agent = user_agent
        self.policy = policy or Policy()
        self.hosts = hosts
        self._secret_headers = dict(secret_headers or {})
        self._secret_params = dict(secret_params or {})
        timeout = httpx.Timeout(self.policy.read_timeout_s, connect=self.policy.connect_timeout_s)
        headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"}
        client = httpx.Client(headers=headers, timeout=timeout, follow_redirects=False, transport=BoundedTransport())
        self._exchange = Exchange(
            source=source,
            client=client,
            policy=self.policy,
            hosts=hosts,
            secrets=(*self._secret_headers.values(), *self._secret_params.values()),
            private_headers=frozenset(
                name.lower() for name in ("authorization", *self._secret_headers, *private_headers)
            ),
        )

    def hide(self, secret: str) -> None:
        """Show the value nowhere from now on: a token that was fetched on the way."""
        self._exchange = replace(self._exchange, secrets=(*self._exchange.secrets, secret))

    def __enter__(self) -> WebCaller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._exchange.client.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        repeatable: bool | None = None,
        accept: Collection[int] = (),
        before: Callable[[httpx.URL], None] | None = None,
    ) -> httpx.Response:
        """Send a request and return the whole answer: 2xx, 304, or a status in ``accept``.

        Args:
            method: of HTTP.
            url: absolute.
            params: query parameters.
            headers: further headers.
            json: a document to send; or
            content: bytes to send.
            repeatable: whether sending it twice does what sending it once does; by default what HTTP says of the
                method (a POST is not; say so for one that only asks).
            accept: further statuses that are an answer rather than an error.
            before: called with each address before it is asked, redirects included; what it raises ends the request.

        Raises:
            UnavailableError: no answer after all attempts; its kind LeftAloneError: the host is not called now.
            UncertainError: a request that may not be repeated was sent and not answered.
            RefusedError: any other status.
            TooLargeError: the answer exceeds the policy's size.
            RedirectedError: too many redirects, one to no HTTP address, or one of a request that changes something.
        """
        import httpx

        method = method.upper()
        query = {**(params or {}), **self._secret_params}
        try:
            address = httpx.URL(url)
            if address.scheme not in ("http", "https") or not address.host:
                raise httpx.InvalidURL("not an http or https address")
            request = self._exchange.client.build_request(
                method,
                address.copy_merge_params(query) if query else address,
                headers={**self._secret_headers, **(headers or {})},
                json=json,
                content=content,
            )
        except (httpx.InvalidURL, ValueError) as error:
            said = masked(str(error), self._exchange.secrets)
            raise RefusedError(self.source, masked(url, self._exchange.secrets), said, "mend the address") from None
        repeats = method in REPEATABLE if repeatable is None else repeatable
        shown = f"{method} {without_secrets(request.url, self._exchange.secrets)}"
        return self._admitted(Wanted(request, shown, repeats, frozenset(accept), before))

    def get(self, url: str, **more: Any) -> httpx.Response:
        """``request("GET", url, …)``."""
        return self.request("GET", url, **more)

    def _admitted(self, wanted: Wanted) -> httpx.Response:
        """Ask the breaker, then try; tell the breaker what came of it."""
        with self.hosts.admission(origin_of(wanted.request.url)) as admission:
            if admission.wait_s:
                reason = (
                    f"the host failed before or asked for a pause; it is left alone for {admission.wait_s:.0f} s more"
                )
                raise LeftAloneError(self.source, wanted.shown, reason, "try again later")
            try:
                response = self._with_retries(wanted, admission)
            except PassingFaultError as fault:
                way_out = "see whether the server is up and reachable, then run again"
                if not self._is_willing(fault):
                    way_out = "it asks for a long pause: run again after that"
                    self.hosts.leave_alone(origin_of(wanted.request.url), fault.wait_s or 0)
                else:
                    admission.failed(self.policy.breaker_failures, self.policy.breaker_pause_s)
                raise UnavailableError(
                    self.source, wanted.shown, str(fault), way_out, tried=wanted.tried, response=fault.response
                ) from fault.__cause__
            except (RefusedError, TooLargeError, RedirectedError):
                admission.succeeded()
                raise
            except UncertainError:
                admission.failed(self.policy.breaker_failures, self.policy.breaker_pause_s)
                raise
            admission.succeeded()
            return response

    def _is_willing(self, fault: PassingFaultError) -> bool:
        return fault.wait_s is None or fault.wait_s <= self.policy.longest_wait_s

    def _with_retries(self, wanted: Wanted, admission: Admission) -> httpx.Response:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

        policy = self.policy
        first = policy.first_pause_s
        pause = wait_exponential_jitter(multiplier=first, max=policy.longest_pause_s, jitter=first)

        def wait(state: RetryCallState) -> float:
            fault = state.outcome.exception() if state.outcome else None
            asked = fault.wait_s if isinstance(fault, PassingFaultError) else None
            return pause(state) if asked is None else asked + pause(state) * 0.1

        retrying = Retrying(
            sleep=self.hosts.sleep,
            stop=stop_after_attempt(1 if admission.is_probe else policy.attempts),
            wait=wait,
            retry=retry_if_exception(lambda error: isinstance(error, PassingFaultError) and self._is_willing(error)),
            reraise=True,
        )
        return retrying(self._attempt, wanted)

    def _attempt(self, wanted: Wanted) -> httpx.Response:
        """One attempt with its redirects; notes what came of it."""
        began = time.monotonic()
        try:
            return self._exchange.follow(wanted)
        except PassingFaultError as fault:
            asked = "" if fault.wait_s is None else f", asks for {fault.wait_s:.0f} s"
            wanted.tried.append(f"{fault} after {time.monotonic() - began:.1f} s{asked}")
            raise
