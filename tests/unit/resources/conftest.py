"""A server that misbehaves on request, and hosts whose clock a test moves."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from resources.web.hosts import Hosts
from tests.web_server import WebServer, web_server


@dataclass
class Clock:
    """Time that passes only while somebody sleeps, or when a test says so."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hosts(clock: Clock) -> Hosts:
    """A memory of hosts of the test's own, on the test's clock: no test waits for real, or remembers another."""
    return Hosts(clock=clock.time, sleep=clock.sleep)
