"""httpx's transport on httpcore's public pools, because only a pool of one's own takes a network backend.

Proxies are those of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), as httpx itself reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import cast
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from resources.web.network import BoundedBackend


class BoundedTransport(httpx.BaseTransport):
    """Sends requests under the deadline in force; see :func:`resources.web.deadline.deadline`."""

    def __init__(self) -> None:
        self._pools: dict[str | None, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request through the pool of its proxy."""
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx_errors():
            answer = self._pool(_proxy_of(request.url)).handle_request(sent)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(cast("Iterable[bytes]", answer.stream), answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def _pool(self, proxy: str | None) -> httpcore.ConnectionPool:
        if proxy not in self._pools:
            self._pools[proxy] = _pool_through(proxy)
        return self._pools[proxy]


class _Body(httpx.SyncByteStream):
    """An answer's body, whose errors are httpx's."""

    def __init__(self, pieces: Iterable[bytes], answer: httpcore.Response) -> None:
        self._pieces, self._answer = pieces, answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors():
            yield from self._pieces

    def close(self) -> None:
        self._answer.close()


def _pool_through(proxy: str | None) -> httpcore.ConnectionPool:
    context, backend = httpx.create_ssl_context(), BoundedBackend()
    if proxy is None:
        return httpcore.ConnectionPool(ssl_context=context, network_backend=backend)
    address = httpx.Proxy(proxy)
    return httpcore.HTTPProxy(
        proxy_url=str(address.url), proxy_auth=address.raw_auth, ssl_context=context, network_backend=backend
    )


def _proxy_of(url: httpx.URL) -> str | None:
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(url.host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    """Raise httpcore's errors as the errors of httpx that bear the same names."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
