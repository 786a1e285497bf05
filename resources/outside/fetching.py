"""Fetching sources: one after the other, item by item; what came whole lands, and then the standing is written.

An item's events land in full or not at all. A fault is kept with its item, the other items go on, and the source counts
as fetched only when none had one.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import ResourceParam

from lake.delta.storage import only_if_free
from lake.ingest.landing.writing import as_line, land_lines
from lake.journals.standings import Standing, read_standings, write_standings
from resources.outside.source import EVERY, Configured, Event, Family, Fetched, FormatError, Source, Visit
from resources.settings import Settings
from resources.tenants import named_values
from resources.web.errors import WebError
from resources.web.hosts import HOSTS, Hosts
from resources.web.policy import user_agent

if TYPE_CHECKING:
    from lake.lakehouse import Lake

WHOLE = ""
# Items whose events land together.
PORTION = 200


@dataclass
class Report:
    """What fetching one source came to; no file when nothing new was there."""

    source: str
    events: int = 0
    items: int = 0
    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OutsideSources:
    """The outside sources of an installation.

    A plain object rather than one with Dagster configuration: keys must not show in the UI.
    """

    root: Path
    file: Path | None
    contact: str | None
    hosts: Hosts = field(default_factory=lambda: HOSTS, repr=False, compare=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> OutsideSources:
        """The sources that the settings name."""
        return cls(root=settings.lake, file=settings.sources, contact=settings.contact)

    def configured(self) -> Configured:
        """The sources there are; none without a sources file.

        Raises:
            SourcesFileError: the file cannot be used.
        """
        if self.file is None:
            return Configured((), {})
        from resources.outside.kinds import read_sources

        return read_sources(self.file, named_values())

    def due(self, now: dt.datetime) -> list[Source]:
        """The sources whose time has come."""
        lake = self._lake()
        found = []
        for source in self.configured().sources:
            last = read_standings(lake, source.name).get(WHOLE, Standing()).fetched_at
            # A little early is on time: a run that took a minute yesterday must not make today's wait for tomorrow.
            if last is None or now - last >= EVERY[source.every] * 0.95:
                found.append(source)
        return found

    def fetch(self, sources: Sequence[Source], now: dt.datetime) -> Iterator[Report]:
        """Fetch each of the sources in turn."""
        for source in sources:
            with only_if_free(self.root, f"fetch-{source.name}") as alone:
                if alone:
                    yield self._fetch(source, now)
                else:
                    yield Report(source.name, notes=["it is being fetched by another process"])

    def _fetch(self, source: Source, now: dt.datetime) -> Report:
        from resources.web.caller import WebCaller

        lake, report = self._lake(), Report(source.name)
        standings = read_standings(lake, source.name)
        caller = WebCaller(
            source.name,
            user_agent(self.contact),
            source.policy,
            secret_headers=source.secret_headers(),
            secret_params=source.secret_params(),
            private_headers=source.private_headers,
            hosts=self.hosts,
        )
        with caller as web:
            # Landed in portions: many items take hours, and a kill shall not cost them all.
            for portion in _portions(_fetched(source, Visit(web, now, standings), report)):
                events = [event for fetched in portion for event in fetched.events]
                report.events += len(events)
                report.files += [file for file in [_land(self.root, source.name, events)] if file]
                for fetched in portion:
                    standings |= {name: replace(one, fetched_at=now) for name, one in fetched.standings.items()}
                write_standings(lake, source.name, standings)
        if not report.faults:
            write_standings(lake, source.name, {**standings, WHOLE: Standing(fetched_at=now)})
        return report

    def _lake(self) -> Lake:
        from lake.lakehouse import Lake

        return Lake(self.root)


def _fetched(source: Source, visit: Visit, report: Report) -> Iterator[Fetched]:
    """What each item gives; a fault goes to the report, and the next item has its turn."""
    try:
        items = source.items()
    except FormatError as fault:
        report.faults.append(f"{source.name}: {fault}")
        return
    named = Counter(items)
    for item in (item for item, times in named.items() if times > 1):
        said = "is named twice in the sources file; name it once, or in two sources"
        report.faults.append(f"{source.name}: {item} {said}")
    for item in named:
        try:
            fetched = source.fetch(item, visit)
        except WebError as fault:
            report.faults.append(str(fault))
            continue
        except FormatError as fault:
            report.faults.append(f"{source.name}: {item}: {fault}")
            continue
        except Exception as fault:  # of ours, on an answer of theirs: the other items must not pay for it
            logging.getLogger(__name__).exception("%s: %s", source.name, item)
            report.faults.append(f"{source.name}: {item}: a fault of ours, {type(fault).__name__}: {fault}")
            continue
        report.items += 1
        report.notes += fetched.notes
        yield fetched


def _portions(fetched: Iterable[Fetched]) -> Iterator[list[Fetched]]:
    """The items in portions to land."""
    portion: list[Fetched] = []
    for one in fetched:
        portion.append(one)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def of_family(sources: Sequence[Source], family: Family) -> list[Source]:
    """Those of a family."""
    return [source for source in sources if source.family == family]


def _land(root: Path, source: str, events: Sequence[Event]) -> Path | None:
    """One file per portion, its events in an order that does not depend on the source's."""
    ordered = sorted(events, key=lambda event: event["event_id"])
    day = max((event["occurred_at"][:10] for event in events), default="")
    return land_lines(root / "landing" / "signals", f"{day}--{source}", [as_line(event) for event in ordered])


OutsideParam = ResourceParam[OutsideSources]
