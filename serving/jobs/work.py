"""Jobs: which there are, starting one, and what became of it. One that changes the lake runs at a time."""

import datetime as dt
import os
import secrets
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from resources.settings import PROJECT_ROOT
from serving.accounts.audit import record
from serving.accounts.replies import as_utc
from serving.accounts.tables import table
from serving.telemetry.tracing import process_environment

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from resources.database import Database

Kind = Literal["run", "backtest", "audio", "report"]
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", "--pack", "none", "--no-backtest"),
    "backtest": ("run", "--pack", "none", "--backtest"),
    "audio": ("run", "--pack", "none", "--only", "audio"),
    "report": ("report",),
}
RUNNING, DONE, FAILED = "running", "done", "failed"
BEGINS_WITHIN = dt.timedelta(seconds=60)
GONE = "its process is gone"


class JobUnderWayError(RuntimeError):
    """Another job changes the lake at this moment."""


@dataclass(frozen=True)
class Job:
    """One job.

    Attributes:
        job_id: its number.
        kind: what it does.
        started_by: who asked for it.
        started_at: when.
        status: running, done or failed.
        ended_at: when it ended; None while it runs.
    """

    job_id: str
    kind: str
    started_by: str
    started_at: dt.datetime
    status: str
    ended_at: dt.datetime | None


def log_of(lake: "Lake", job_id: str) -> Path:
    """The file that a job's output goes to."""
    return lake.root / "jobs" / f"{job_id}.log"


def start(database: "Database", lake: "Lake", kind: Kind, by: str) -> Job:
    """Start a job.

    Raises:
        JobUnderWayError: another one that changes the lake runs.
    """
    from sqlalchemy import insert

    if kind != "report" and any(one.status == RUNNING and one.kind != "report" for one in jobs(database, 20)):
        raise JobUnderWayError("a run is under way already; wait until it has ended")
    job_id, now, rows = secrets.token_hex(8), dt.datetime.now(dt.UTC), table("jobs")
    lock = None if kind == "report" else "lake"
    row = {"job_id": job_id, "kind": kind, "started_by": by, "started_at": now, "status": RUNNING, "holds": lock}
    try:
        with database.write() as con:
            con.execute(insert(rows).values(**row))
            record(con, by, "job started", job_id, kind)
    except _integrity_error() as error:
        raise JobUnderWayError("a run is under way already; wait until it has ended") from error
    log_of(lake, job_id).parent.mkdir(exist_ok=True)
    _spawn(lake, job_id, COMMANDS[kind])
    return Job(job_id, kind, by, now, RUNNING, None)


def _spawn(lake: "Lake", job_id: str, command: tuple[str, ...]) -> None:
    """Start the process of a job, in a session of its own, so that the server's end does not end it."""
    path = os.pathsep.join(one for one in (str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")) if one)
    environment = os.environ | {"COLUMNS": "160", "NO_COLOR": "1", "PYTHONPATH": path} | process_environment()
    child = [sys.executable, "-P", "-m", "serving.jobs.child", job_id, str(lake.root), *command]
    with log_of(lake, job_id).open("wb") as log:
        process = subprocess.Popen(
            child, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
        )
    # A process that has ended stays in the system's table until somebody asks how it ended.
    threading.Thread(target=process.wait, name=f"job {job_id}", daemon=True).start()


def jobs(database: "Database", limit: int = 50) -> list[Job]:
    """The newest jobs; those whose process is gone are marked as failed."""
    from sqlalchemy import select

    rows = table("jobs")
    wanted = select(rows).order_by(rows.c.started_at.desc(), rows.c.job_id).limit(limit)
    with database.read() as con:
        found = con.execute(wanted).mappings().all()
    return [_settled(database, row) for row in found]


def job(database: "Database", job_id: str) -> Job | None:
    """One job; None where there is none of this number."""
    from sqlalchemy import select

    rows = table("jobs")
    with database.read() as con:
        row = con.execute(select(rows).where(rows.c.job_id == job_id)).mappings().one_or_none()
    return None if row is None else _settled(database, row)


def ended(database: "Database", job_id: str, status: str) -> None:
    """Put the end of a job on record."""
    from sqlalchemy import update

    rows = table("jobs")
    values = {"status": status, "ended_at": dt.datetime.now(dt.UTC), "holds": None}
    with database.write() as con:
        con.execute(update(rows).where(rows.c.job_id == job_id, rows.c.status == RUNNING).values(**values))


def _settled(database: "Database", row: Any) -> Job:
    from serving.runs.execution import is_alive

    status, end = row["status"], row["ended_at"]
    if status == RUNNING:
        is_late = dt.datetime.now(dt.UTC) - as_utc(row["started_at"]) > BEGINS_WITHIN
        if (row["process"] is None and is_late) or (row["process"] and not is_alive(row["process"])):
            ended(database, row["job_id"], FAILED)
            status, end = FAILED, dt.datetime.now(dt.UTC)
    started = as_utc(row["started_at"])
    return Job(row["job_id"], row["kind"], row["started_by"], started, status, as_utc(end) if end else None)


def _integrity_error() -> type[Exception]:
    from sqlalchemy.exc import IntegrityError

    return IntegrityError
