"""The state of a lake in a few facts: last run, newest data, what was refused, what waits, and what to do next."""

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lake.lakehouse import Lake

STREAMS = {"pim": "bronze/pim_objects", "erp": "bronze/erp_changes", "signals": "bronze/signal_events",
           "feedback": "bronze/feedback_events"}  # fmt: skip
# What -> table, and the column whose newest day counts.
NEWEST = {
    "sales": ("gold/fct_sales_day", "sales_date"),
    "stock": ("silver/inventory", "stock_date"),
    "signals": ("silver/signals", "occurred_at"),
    "forecast": ("gold/forecasts", "origin"),
}
SHOWN_REASONS = 5


@dataclass(frozen=True)
class LastRun:
    """The latest run of the command line: when, how long, how it ended, why it failed, and what it warned of."""

    run_id: str
    started_at: dt.datetime
    seconds: float
    status: str
    failures: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """Rows that were refused for one reason: where, why, how many, an example, and what can be done."""

    where: str
    reason: str
    count: int
    example: str
    advice: str


@dataclass(frozen=True)
class LakeStatus:
    """The state of a lake.

    Attributes:
        root: the lake.
        published_at: when readers' state was last published; None: never.
        run: the latest run; None: there was none.
        newest: newest day by kind of data.
        waiting: files that have landed and were not built, by stream.
        unread: what lies in the landing folder and no stream reads, in words with the way out.
        refused: by reason, the most frequent first.
        blocking: what keeps the newest data from being published, in words.
        next: what to do, as words and command.
    """

    root: str
    published_at: dt.datetime | None
    run: LastRun | None
    newest: dict[str, dt.date]
    waiting: dict[str, int]
    refused: list[Refusal]
    blocking: list[str]
    unread: list[str] = field(default_factory=list)
    next: list[tuple[str, str]] = field(default_factory=list)


def read_status(lake: "Lake", command: str) -> LakeStatus:
    """Read the state of a lake.

    Args:
        lake: which.
        command: how the command line is called from here.
    """
    from lake.ingest.landing.listing import unread

    published, run = lake.published(), _last_run(lake)
    refused = _dead_letters(lake) + _imports(lake)
    waiting = _waiting(lake)
    blocking = list(run.failures) if run and run.status == "failure" else []
    found = LakeStatus(
        root=str(lake.root),
        published_at=_published_at(lake),
        run=run,
        newest=newest_days(lake, published),
        waiting=waiting,
        refused=refused,
        blocking=blocking,
        unread=unread(lake.root / "landing", tuple(STREAMS)),
    )
    found.next.extend(_next(found, command))
    return found


def _last_run(lake: "Lake") -> LastRun | None:
    import json

    from lake.journals.runs import RUNS

    rows = lake.journal(RUNS).select(
        "select run_id, started_at, seconds, status, summary from journal order by 2 desc limit 1"
    )
    if not rows:
        return None
    run_id, started, seconds, status, summary = rows[0]
    said = json.loads(summary or "{}")
    failures, warnings = (tuple(said.get(name) or ()) for name in ("failures", "warnings"))
    return LastRun(run_id, started, seconds, status, failures, warnings)


def _published_at(lake: "Lake") -> dt.datetime | None:
    from lake.lakehouse import PUBLISHED

    table = lake.table(PUBLISHED)
    if not table.exists():
        return None
    rows = lake.journal(PUBLISHED).select("select max(published_at) from journal where table_name not like 'lake/%'")
    moment: dt.datetime | None = rows[0][0] if rows else None
    return moment


def newest_days(lake: "Lake", published: dict[str, int]) -> dict[str, dt.date]:
    """The newest day of each kind of published data in `NEWEST`."""
    found: dict[str, dt.date] = {}
    for what, (key, column) in NEWEST.items():
        if key in published:
            name = key.split("/")[1]
            row = (
                lake.connect({key: published[key]})
                .execute(f"select max(cast({column} as date)) from {name}")
                .fetchone()
            )
            if row and row[0]:
                found[what] = row[0]
    return found


def _waiting(lake: "Lake") -> dict[str, int]:
    """Files of each stream that no run has read."""
    from lake.delta.table import Table
    from lake.ingest.landing.ledger import read_ledger
    from lake.ingest.landing.listing import landed_files

    found = {}
    for stream, key in STREAMS.items():
        files = landed_files(lake.root / "landing" / stream)
        ledger = read_ledger(lake, Table(lake.path(key))) if files else None
        count = sum(1 for file in files if ledger and not ledger.knows(file))
        if count:
            found[stream] = count
    return found


def _dead_letters(lake: "Lake") -> list[Refusal]:
    from lake.ingest.reasons import reasons_sql

    key = "bronze/dead_letters"
    version = lake.versions().get(key)
    if version is None:
        return []
    con = lake.connect({key: version})
    sql = f"select table_name, reason, letters, examples, suggestion from ({reasons_sql('bronze.dead_letters')})"
    return [Refusal(*row) for row in con.execute(f"{sql} limit {SHOWN_REASONS}").fetchall()]


def _imports(lake: "Lake") -> list[Refusal]:
    from lake.journals.imports import finished_imports

    found = []
    for one in finished_imports(lake):
        counts: dict[str, Any] = one["counts"]
        if not counts["refused"]:
            continue
        column, rule, _ = one["reasons"][0]
        found.append(
            Refusal(
                where=f"import of {one['file']}",
                reason=f"{column} {rule}".strip(),
                count=counts["refused"],
                example=f"{counts['refused']:,} of {counts['read']:,} rows; all in {one['refused']}",
                advice="mend the file, or the mapping, and import it again",
            )
        )
    return found[:SHOWN_REASONS]


def _next(status: LakeStatus, command: str) -> list[tuple[str, str]]:
    lake = f"--lake {status.root}"
    steps = []
    if not status.run and not status.waiting:
        steps.append(("bring data in", f"{command} import FILE… {lake}"))
    if status.blocking:
        steps.append(("mend what is named above, then run again", f"{command} run --pack none {lake}"))
    elif status.waiting:
        steps.append(("build what has landed", f"{command} run --pack none {lake}"))
    if any(not one.where.startswith("import") for one in status.refused):
        steps.append(("see what was refused", f'{command} sql {lake} "from dead_letter_reasons"'))
    if status.published_at and not steps:
        steps.append(("nothing to do; ask the tables", f'{command} sql {lake} "from mart_sales_overview limit 10"'))
    return steps
