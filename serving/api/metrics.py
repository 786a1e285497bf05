"""Prometheus metrics of the server; summed over workers where PROMETHEUS_MULTIPROC_DIR is set."""

import os
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from serving.queries.publications import Publications

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REGISTRY = CollectorRegistry()
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0)
REQUESTS = Counter(
    "lacquer_http_requests", "Requests by route and status", ["method", "route", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "lacquer_http_request_seconds", "Time per request by route", ["route"], buckets=BUCKETS, registry=REGISTRY
)
STATE = Gauge("lacquer_published_state", "Number of the published state", multiprocess_mode="max", registry=REGISTRY)
AGE = Gauge(
    "lacquer_published_at_seconds",
    "Moment of the newest publication, seconds since 1970",
    multiprocess_mode="max",
    registry=REGISTRY,
)
TABLES = Gauge("lacquer_published_tables", "Published tables", multiprocess_mode="max", registry=REGISTRY)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def exposition(publications: "Publications") -> bytes:
    """All metrics in the text format that Prometheus reads."""
    state = publications.reader().state
    STATE.set(state.number)
    TABLES.set(len(state.versions))
    if state.published_at:
        AGE.set(state.published_at.timestamp())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return generate_latest(together)
    return generate_latest(REGISTRY)
