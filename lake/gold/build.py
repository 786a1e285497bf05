"""One build of gold: what dbt reads, what it writes, and what each table is told about its own making.

The dbt plugin and the runner share the build through :func:`current`; dbt itself only ever sees views in memory.
Which months are rewritten is decided beforehand, in :mod:`lake.gold.plan`, from what :mod:`lake.gold.changed` finds.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.delta.views import create_view, quoted, version_sql
from lake.gold.changed import moved
from lake.gold.currency import in_currency, settled
from lake.gold.due import Due, due
from lake.gold.fiscal import CALENDAR_YEAR, FiscalCalendar, in_calendar
from lake.gold.models import Manifest, ModelSpec, delta_models, source_columns
from lake.gold.passed import fingerprint, read_passed, write_passed
from lake.gold.plan import Mode, Step, Stored, plan
from lake.gold.rebuild import Asked
from lake.gold.royalties import NO_RATES, Rates, with_rates
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

CODE = "dbt.code"
READS = "dbt.reads:"


@dataclass(frozen=True)
class Written:
    """What a build did with one model."""

    mode: Mode
    reason: str
    version: int
    rows_written: int
    months: tuple[dt.date, ...]
    reads: Mapping[str, int]
    seconds: float


@dataclass
class GoldBuild:
    """A build of the named models on the versions that a session has pinned.

    Attributes:
        asked: what is built although nothing has moved.
        house_currency: the currency that money is summed up in; None: the lake's one currency.
        calendar: when the fiscal year and the business week begin, and the time zone of business days.
        royalty_rates: of the installation's file.
    """

    lake: Lake
    session: Session
    manifest: Manifest
    names: Sequence[str]
    asked: Asked | None = None
    house_currency: str | None = None
    calendar: FiscalCalendar = CALENDAR_YEAR
    royalty_rates: Rates = NO_RATES
    steps: dict[str, Step] = field(init=False)
    written: dict[str, Written] = field(default_factory=dict)
    _models: dict[str, ModelSpec] = field(init=False)
    _found: dict[str, int] = field(init=False)
    _storing: threading.Lock = field(default_factory=threading.Lock)  # dbt builds two models at a time

    def __post_init__(self) -> None:
        every = delta_models(self.manifest)
        self._models = {model.name: model for model in every}
        wanted = [model for model in every if model.name in set(self.names)]
        chosen = [with_rates(in_calendar(model, self.calendar), self.royalty_rates) for model in wanted]
        if any(model.in_house_currency for model in chosen):
            self.house_currency = settled(self.lake, self.session.versions, self.house_currency)
            chosen = [in_currency(model, self.house_currency) for model in chosen]
        self._models |= {model.name: model for model in chosen}
        published, stored = self.lake.published(), {model.name: self._stored(model) for model in chosen}
        for model in chosen:
            self.session.catch_up(stored[model.name].reads, published)
            self._take_up(model)
        self._found = dict(self.session.versions)
        changes = {
            (model.name, source): moved(
                self.lake, self.session.versions, model, source, stored[model.name].reads.get(source, -1)
            )
            for model in chosen
            if stored[model.name].code == model.code
            for source in model.sources
        }
        self.steps = plan(chosen, stored, changes, self.asked)
        for model in chosen:
            if self.steps[model.name].mode == "skip":
                self._skip(model)

    def due(self, *, unit_tests: bool = False) -> Due:
        """What dbt has to run: models that are rewritten, and tests that have not passed on what stands."""
        passed = {test for test, (found, _) in read_passed(self.lake).items() if found == self._fingerprint(test)}
        return due(self.manifest, self.names, self._still(), passed, unit_tests=unit_tests)

    def note_passed(self, tests: Iterable[str]) -> None:
        """Remember that the tests have passed on the versions that stand now."""
        if fingerprints := {test: found for test in tests if (found := self._fingerprint(test))}:
            write_passed(self.lake, fingerprints)

    def open(self, con: duckdb.DuckDBPyConnection, due: Due) -> None:
        """Make every table that is needed a view of its pinned version, and of the plan what macros ask for."""
        needed = due.tables(self.manifest)
        for key, columns in {
            **source_columns(self.manifest),
            **{model.key: model.columns for model in self._models.values()},
        }.items():
            if key in needed:
                self._view(con, key, columns)
        con.execute("create schema if not exists build")
        con.execute("create table build.money (house_currency varchar)")
        con.execute("insert into build.money values (?)", [self.house_currency])
        said = [self.calendar.first_month, self.calendar.first_weekday, self.calendar.time_zone]
        con.execute("create table build.calendar (first_month integer, first_weekday integer, time_zone varchar)")
        con.execute("insert into build.calendar values (?, ?, ?)", said)
        con.execute(
            "create table build.royalty_rates (stated_for varchar, number varchar, stated_percent decimal(7, 4))"
        )
        for rate in self.royalty_rates:
            con.execute("insert into build.royalty_rates values (?, ?, ?)", rate)
        con.execute("create table build.requested (model varchar, month date)")
        for name, step in self.steps.items():
            for month in step.months:
                con.execute("insert into build.requested values (?, ?)", [name, month])

    def store(self, con: duckdb.DuckDBPyConnection, name: str, built: str) -> None:
        """Write the rows that dbt built, with the versions they were read from in the same commit."""
        started = time.monotonic()
        model, step = self._models[name], self.steps[name]
        rows = in_utc(con.sql(f"select * from {built}").to_arrow_table())
        reads = self._reads(model)
        version = Table(self.lake.path(model.key)).overwrite(
            rows,
            step.months if step.mode == "partitions" else None,
            {CODE: model.code, **{READS + source: at for source, at in reads.items()}},
            partition_by=(model.partition_by,) if model.partition_by else (),
        )
        with self._storing:
            self.session.advance(model.key, version)
            con.execute(f"drop table {built}")
            self._view(con, model.key, model.columns)
        self.written[name] = Written(
            step.mode, step.reason, version, rows.num_rows, step.months, reads, time.monotonic() - started
        )

    def _still(self) -> list[str]:
        return [name for name, step in self.steps.items() if step.mode == "skip"]

    def _fingerprint(self, test: str) -> str | None:
        """None for a unit test, which reads no table, and for a test that is gone."""
        if test not in self.manifest["nodes"]:
            return None
        return fingerprint(self.manifest, test, self.session.versions, self.house_currency)

    def _take_up(self, model: ModelSpec) -> None:
        """Pin what stands: a build killed between a commit and its pin has written a version the run does not know."""
        version = Table(self.lake.path(model.key)).version()
        if version > self.session.versions.get(model.key, -1):
            self.session.advance(model.key, version)

    def _skip(self, model: ModelSpec) -> None:
        step, version = self.steps[model.name], self.session.versions[model.key]
        # What stands may be the work of a run that was killed before it could publish: this one publishes it.
        self.session.advance(model.key, version)
        self.written[model.name] = Written(step.mode, step.reason, version, 0, (), self._reads(model), 0.0)

    def _reads(self, model: ModelSpec) -> dict[str, int]:
        """The versions to record as read: those up to which every change is in the model's rows."""
        versions = self.session.versions
        reads = {source: versions[source] for source in model.sources if source in versions}
        if self.steps[model.name].mode == "partitions":
            # Another run has written between our finding the table and our own commit to it: its months are not in
            # the plan, so the next build has to look from where this one did.
            reads |= {key: self._found[key] for key in reads if reads[key] > self._found.get(key, -1) + 1}
        return reads

    def _view(self, con: duckdb.DuckDBPyConnection, key: str, columns: Sequence[tuple[str, str]]) -> None:
        layer, name = key.split("/")
        version = self.session.versions.get(key)
        if version is not None:
            create_view(con, layer, name, version_sql(self.lake.path(key), version))
            return
        nulls = ", ".join(f"cast(null as {kind}) as {quoted(column)}" for column, kind in columns)
        con.execute(f"create schema if not exists {quoted(layer)}")
        con.execute(f"create or replace view {quoted(layer)}.{quoted(name)} as select {nulls} where false")

    def _stored(self, model: ModelSpec) -> Stored:
        apps = [CODE, *(READS + source for source in model.sources)]
        found = Table(self.lake.path(model.key)).transactions(*apps)
        reads = {app.removeprefix(READS): version for app, version in found.items() if app != CODE}
        return Stored(found.get(CODE), reads)


def in_utc(rows: pa.Table) -> pa.Table:
    """The same rows with DuckDB's name for the zone, Etc/UTC, replaced by the only one that Delta takes."""
    import pyarrow as pa

    moment = pa.timestamp("us", "UTC")
    fields = [pa.field(field.name, moment) if pa.types.is_timestamp(field.type) else field for field in rows.schema]
    return rows.cast(pa.schema(fields))
