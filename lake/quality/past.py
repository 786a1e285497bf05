"""Comparing a table's newest days with its own past.

A day is compared with the eight same weekdays before it. The residual of a measure is its distance from their median;
it is a finding when it exceeds ``FACTOR`` times the 95th percentile of the residuals of the past, and a floor that
depends on the kind of measure, so that a past without variation does not make every small change a finding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.quality.measures import Measure, Watched

if TYPE_CHECKING:
    import duckdb
    import numpy as np

WEEKS, LEAST_DAYS, DAYS, RECENT_DAYS = 8, 21, 112, 28
FACTOR = 2.5
FLOORS = {"count": 0.7, "level": 0.35, "share": 0.08, "mix": 0.2}


@dataclass(frozen=True)
class Oddity:
    """A day that is unlike the table's past.

    Attributes:
        table, column: where; a column of None is the table as a whole.
        day: which day.
        measure: what was measured.
        value, expected: of the day, and the median of its past.
        excess: how many times the limit it is.
    """

    table: str
    column: str | None
    day: dt.date
    measure: str
    value: float
    expected: float
    excess: float

    def __str__(self) -> str:
        where = self.table if self.column is None else f"{self.table}.{self.column}"
        return f"{where} on {self.day}: {self.measure} is {self.value:.4g}, expected about {self.expected:.4g}"


def oddities(
    con: duckdb.DuckDBPyConnection,
    watched: Watched,
    relation: str,
    fresh: Sequence[dt.date],
    until: dt.date | None = None,
) -> list[Oddity]:
    """The findings of the days that are new, the strongest first.

    Args:
        con: where the relation is.
        watched: what is measured.
        relation: the table at its new version.
        fresh: days to compare.
        until: the last day of which rows are expected; days without rows up to it count as zero.
    """
    if not fresh:
        return []
    end = max([*fresh, *([until] if until else [])])
    begin = min(fresh) - dt.timedelta(days=DAYS)
    days = [begin + dt.timedelta(days=at) for at in range((end - begin).days + 1)]
    con.execute(
        f"create or replace temp view watched_days as from (select *, {watched.day} as day{watched.added} "
        f"from {relation}) where day between date '{begin}' and date '{end}'"
    )
    (first,) = con.execute("select min(day) from watched_days").fetchall()[0]
    if first is None:
        return []
    days = [day for day in days if day >= first]
    found = []
    for measure in watched.measures:
        values = _values(con, measure, days)
        for day in fresh:
            if day in days and (odd := _compared(watched.table, measure, days, values, days.index(day))):
                found.append(odd)
    return sorted(found, key=lambda odd: -odd.excess)


def _values(con: duckdb.DuckDBPyConnection, measure: Measure, days: Sequence[dt.date]) -> np.ndarray:
    """The measure by day; NaN where a day has none."""
    import numpy as np

    place = {day: at for at, day in enumerate(days)}
    if measure.kind == "mix":
        return _distances(con, measure, place)
    values = np.zeros(len(days)) if measure.kind == "count" else np.full(len(days), np.nan)
    for day, value in con.execute(f"select day, {measure.sql} from watched_days group by day").fetchall():
        if day in place and value is not None:
            values[place[day]] = float(value)
    return values


def _distances(con: duckdb.DuckDBPyConnection, measure: Measure, place: dict[dt.date, int]) -> np.ndarray:
    """Half the sum of absolute differences between a day's shares and those of the 28 days before."""
    import numpy as np

    rows = con.execute(f"select day, coalesce({measure.sql}, ''), count(*) from watched_days group by all").fetchall()
    names = {name: at for at, name in enumerate(sorted({row[1] for row in rows}))}
    counts = np.zeros((len(place), len(names)))
    for day, name, count in rows:
        if day in place:
            counts[place[day], names[name]] = count
    found = np.full(len(place), np.nan)
    for at in range(1, len(place)):
        before, now = counts[max(0, at - 28) : at].sum(axis=0), counts[at]
        if before.sum() and now.sum():
            found[at] = np.abs(now / now.sum() - before / before.sum()).sum() / 2
    return found


def _compared(table: str, measure: Measure, days: Sequence[dt.date], values: np.ndarray, at: int) -> Oddity | None:
    import numpy as np

    scaled = np.log1p(values) if measure.kind == "count" else values
    residuals = np.array([_residual(scaled, place) for place in range(at + 1)])
    past, now = residuals[:at], residuals[at]
    past = past[np.isfinite(past)]
    if not np.isfinite(now) or len(past) < LEAST_DAYS:
        return None
    limit = max(FACTOR * float(np.quantile(np.abs(past), 0.95)), FLOORS[measure.kind])
    if abs(now) <= limit:
        return None
    expected = float(scaled[at] - now)
    shown = float(np.expm1(expected)) if measure.kind == "count" else expected
    return Oddity(table, measure.column, days[at], measure.name, float(values[at]), shown, abs(float(now)) / limit)


def _residual(values: np.ndarray, at: int) -> float:
    """Distance from the median of the same weekdays before, or of all days before while there are few."""
    import numpy as np

    before = values[max(0, at - 7 * WEEKS) : at]
    same = before[::-1][6::7]
    chosen = same[np.isfinite(same)]
    if len(chosen) < 4:
        chosen = before[np.isfinite(before)]
    return float(values[at] - np.median(chosen)) if len(chosen) >= 4 else float("nan")


def fresh_days(con: duckdb.DuckDBPyConnection, watched: Watched, new: str, old: str | None) -> list[dt.date]:
    """The days of the last four weeks, from the first on whose number of rows is another than in the published version.

    Args:
        con: where the relations are.
        watched: the table.
        new: the table as it is to be published.
        old: the column ``day`` as it is published; None before the first time, when only the last day is compared.
    """
    (last,) = con.execute(f"select max({watched.day}) from {new}").fetchall()[0]
    if last is None:
        return []
    if old is None:
        return [last]
    query = (
        f"with a as (select {watched.day} as day, count(*) as n from {new} group by 1), "
        f"b as (select day, count(*) as n from {old} group by 1) "
        "select coalesce(a.day, b.day) from a full join b using (day) "
        f"where a.n is distinct from b.n and coalesce(a.day, b.day) > date '{last}' - {RECENT_DAYS} order by 1"
    )
    changed = [row[0] for row in con.execute(query).fetchall()]
    if not changed:
        return []
    return list(_between(changed[0], last))


def _between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    for at in range((last - first).days + 1):
        yield first + dt.timedelta(days=at)
