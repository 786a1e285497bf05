"""One table of the ERP against one version of silver: totals per day, then halves of the first key, then rows.

Where count and sums of a day agree nothing more is asked, so a table that is in order costs one query. Values of other
columns can differ under equal totals: ``every_row`` compares each row.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from lake.contract import Contract
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.ingest.pulls.source import SourceTable
from lake.personal import install_pseudonym
from lake.reconciliation.rows import VERDICTS, Difference, RowComparison
from lake.reconciliation.sides import Here, Part, Reconciled, Totals, source_column
from lake.silver.sql import Feed

FEW_ROWS = 2_000


@dataclass
class Reconciliation:
    """What comparing one table came to.

    Attributes:
        table: the ERP table.
        version: silver's version.
        pulled: watermark up to which was pulled; rows beyond it are not yet pulled.
        days, differing_days: days that either side has, and those whose totals differ.
        there, here: totals of all days, in the ERP and in silver.
        differences: the first of them, with the day of the part in which each was found.
        counts: how many keys by verdict.
        is_complete: whether every differing part was looked through.
        note: why the table was not compared, where it was not.
    """

    table: str
    version: int
    pulled: str | None = None
    days: int = 0
    differing_days: int = 0
    there: Totals = field(default_factory=lambda: Totals(0, ()))
    here: Totals = field(default_factory=lambda: Totals(0, ()))
    differences: list[tuple[str | None, Difference]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERDICTS, 0))
    is_complete: bool = True
    note: str | None = None
    compared_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    seconds: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether no key differs; what is refused here or not yet pulled is no difference."""
        return not any(self.counts[one] for one in ("missing here", "missing there", "different"))


def reconcile(
    silver: Table,
    version: int,
    contract: Contract,
    feed: Feed,
    source: Reconciled,
    table: SourceTable,
    pulled: str | None,
    *,
    pseudonym_key: str | None = None,
    limit: int = 1_000,
    every_row: bool = False,
) -> Reconciliation:
    """Compare a version of silver with the ERP, and list the keys that differ.

    Args:
        silver: the silver table.
        version: its version.
        contract: its contract.
        feed: where its rows come from.
        source: a snapshot of the ERP's database.
        table: what is declared about the ERP's table, with ``day``.
        pulled: watermark up to which was pulled.
        pseudonym_key: for columns of personal data.
        limit: how many keys are listed; when there are that many, the search ends.
        every_row: whether rows are compared where the totals agree, too.

    Raises:
        ValueError: the contract has no column that comes from a declared one.
    """
    began = time.perf_counter()
    done = Reconciliation(table.name, version, pulled)
    con = duckdb_connection()
    install_pseudonym(con, pseudonym_key)
    for name in table.key:
        source_column(contract, name)
    here = Here(con, contract, table, snapshot_sql(silver.snapshot(version)))
    days_there, days_here = source.day_totals(table, pulled), here.day_totals()
    done.there, done.here = _sum(days_there.values(), len(table.sums)), _sum(days_here.values(), len(table.sums))
    days = sorted(days_there.keys() | days_here.keys(), key=lambda day: (day is None, day or ""))
    none = Totals.of(0, [None] * len(table.sums))
    differing = [day for day in days if days_there.get(day, none) != days_here.get(day, none)]
    done.days, done.differing_days = len(days), len(differing)
    search = _Search(here, RowComparison(con, contract, feed), source, table, pulled, every_row)
    listed: set[tuple[str | None, ...]] = set()
    for day in days if every_row else differing:
        for difference in search.day(day):
            key = tuple(difference.key.values())
            if key in listed:
                continue
            if len(listed) >= limit:
                done.is_complete = False
                break
            listed.add(key)
            done.differences.append((day, difference))
            done.counts[difference.verdict] += 1
        if not done.is_complete:
            break
    done.seconds = time.perf_counter() - began
    return done


def _sum(days: Iterable[Totals], width: int) -> Totals:
    found = list(days)
    sums = [sum((one.sums[at] or 0 for one in found), start=Decimal(0)) for at in range(width)]
    return Totals.of(sum(one.rows for one in found), sums)


@dataclass
class _Search:
    """The search for differing keys within a day."""

    here: Here
    rows: RowComparison
    source: Reconciled
    table: SourceTable
    pulled: str | None
    every_row: bool

    def day(self, day: str | None) -> Iterator[Difference]:
        """The day's differences, found by halving."""
        parts = [Part(day)]
        while parts:
            part = parts.pop()
            ours = self.here.part_totals(part)
            theirs = self.source.part_totals(self.table, part, self.pulled)
            if ours == theirs and not self.every_row:
                continue
            middle = self.here.middle(part) if max(ours.rows, theirs.rows) > FEW_ROWS else None
            if middle is None:
                yield from self._rows(part)
            else:
                parts += [Part(day, middle, part.until), Part(day, part.after, middle)]

    def _rows(self, part: Part) -> Iterator[Difference]:
        for batch in self.source.rows_in(self.table, part, self.pulled):
            yield from self.rows.judge(batch)
        unmet = self.rows.missing_there(self.here.within(part))
        columns = [source_column(self.rows.contract, name).name for name in self.table.key]
        asked = [tuple(str(key[name]) for name in columns) for key in unmet]
        # A row may have moved to another day, or out of the pulled ones.
        for batch in self.source.rows_with(self.table, asked, self.pulled) if asked else ():
            yield from self.rows.judge(batch)
        for key in self.rows.missing_there(self.here.within(part)):
            yield Difference(key, "missing there")
