"""A server that answers like the outside ones, and a lake that fetches from it at a moment of the test's choice."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from resources.outside.fetching import OutsideSources, Report
from resources.web.hosts import Hosts
from tests.web_server import WebServer, web_server

NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@dataclass
class Outside:
    """An installation with one sources file; time stands still but for what is slept."""

    root: Path
    now: dt.datetime = NOON
    contact: str | None = None
    slept: list[float] = field(default_factory=list)
    _clock: float = 0.0

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._clock += seconds

    def configure(self, *sources: dict[str, Any]) -> None:
        (self.root / "sources.yaml").write_text(yaml.safe_dump({"sources": list(sources)}))

    def sources(self) -> OutsideSources:
        hosts = Hosts(clock=lambda: self._clock, sleep=self._sleep)  # a new process each time
        return OutsideSources(self.root / "lake", self.root / "sources.yaml", self.contact, hosts)

    def fetch(self) -> dict[str, Report]:
        outside = self.sources()
        return {report.source: report for report in outside.fetch(outside.configured().sources, self.now)}

    def files(self) -> list[Path]:
        return sorted((self.root / "lake" / "landing" / "signals").glob("*.jsonl"))

    def events(self) -> list[dict[str, Any]]:
        """Every landed event, file by file; numbers as text, so that digits are compared and not floats."""
        return [
            json.loads(line, parse_float=str)
            for file in sorted(self.files(), key=lambda one: one.stat().st_mtime_ns)
            for line in file.read_text().splitlines()
        ]


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(tmp_path)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as running:
        yield running
