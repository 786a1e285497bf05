"""Prometheus metrics of the server; summed over workers where PROMETHEUS_MULTIPROC_DIR is set."""

import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from prometheus_client.core import Metric

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
STATE = Gauge(
    "lacquer_published_state", "Number of the published state", multiprocess_mode="mostrecent", registry=REGISTRY
)
AGE = Gauge(
    "lacquer_published_at_seconds",
    "Moment of the newest publication, seconds since 1970",
    multiprocess_mode="mostrecent",
    registry=REGISTRY,
)
TABLES = Gauge("lacquer_published_tables", "Published tables", multiprocess_mode="mostrecent", registry=REGISTRY)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


class OperationCollector(Collector):
    """Figures of the published state, read from the lake once per state.

    Args:
        publications: whose newest state is shown.
    """

    def __init__(self, publications: "Publications") -> None:
        self.publications = publications
        self._lock = threading.Lock()
        self._state: int | None = None
        self._families: list[Metric] = []

    def collect(self) -> Iterator["Metric"]:
        """One gauge per figure."""
        from serving.queries.operation import read_figures

        reader = self.publications.reader()
        with self._lock:
            if self._state != reader.state.number:
                families: list[Metric] = []
                for figure, samples in read_figures(self.publications.lake, reader):
                    family = GaugeMetricFamily(figure.name, figure.about, labels=figure.labels)
                    for labels, value in samples:
                        family.add_metric(labels, value)
                    families.append(family)
                self._state, self._families = reader.state.number, families
            yield from self._families


def exposition(publications: "Publications", operation: OperationCollector | None) -> bytes:
    """All metrics in the text format that Prometheus reads; figures of the lake where its collector is given."""
    state = publications.reader().state
    STATE.set(state.number)
    TABLES.set(len(state.versions))
    if state.published_at:
        AGE.set(state.published_at.timestamp())
    together = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        together = CollectorRegistry()
        MultiProcessCollector(together)
    if operation is None:
        return generate_latest(together)
    # Each worker reads the same lake, so the figures of the lake are not summed over workers.
    of_lake = CollectorRegistry()
    of_lake.register(operation)
    return generate_latest(together) + generate_latest(of_lake)
