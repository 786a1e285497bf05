"""Scheduled reports: which report goes to which addresses, and when. Each belongs to a user or an API key."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serving.accounts.audit import record
from serving.accounts.identity import Identity
from serving.accounts.replies import as_utc
from serving.accounts.tables import table
from serving.copilot.wording import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from resources.database import Database

METRICS = "metrics"
MOST_PER_OWNER = 50
LAST_DAY = {"day": 1, "week": 7, "month": 28}
Name = Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9_]+$")]
Address = Annotated[
    str, Field(max_length=200, pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$")
]
EXAMPLE: dict[str, Any] = {
    "name": "Weekly sales for the board",
    "report": "weekly-sales",
    "every": "week",
    "on": 1,
    "hour": 6,
    "zone": "Europe/Berlin",
    "addresses": ["board@example.org"],
}


class ScheduleError(ValueError):
    """A schedule that cannot be; the message names the field."""


class ScheduledQuestion(BaseModel):
    """A question about metrics whose days move on: the last `last_days` days that are published."""

    model_config = ConfigDict(extra="forbid")

    metrics: list[Name] = Field(min_length=1, max_length=10)
    group_by: list[Name] = Field(default=[], max_length=5)
    where: dict[Name, list[Annotated[str, Field(max_length=200)]]] = Field(default={}, max_length=5)
    last_days: int = Field(30, ge=1, le=3660)


class NewSchedule(BaseModel):
    """Which report, when, and to whom."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: str = Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")
    report: str = Field(max_length=40, description="name of a template, or `metrics`")
    question: ScheduledQuestion | None = Field(None, description="of a report of metrics")
    buyer_id: str | None = Field(None, min_length=1, max_length=100, description="of a buyer sheet: the buyer")
    form: Literal["csv", "xlsx", "parquet"] = Field("xlsx", description="of a report of metrics; templates are PDF")
    every: Literal["day", "week", "month"] = "week"
    on: int = Field(1, ge=1, le=28, description="of a week: 1 is Monday; of a month: its day")
    hour: int = Field(6, ge=0, le=23, description="hour of the clock in `zone`")
    zone: str = Field("UTC", max_length=60, description="time zone such as Europe/Berlin; summer time is followed")
    language: Language = Field("en", description="of the week in words")
    addresses: list[Address] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        from serving.exports.templates import TEMPLATES

        if self.report not in (*TEMPLATES, METRICS):
            raise ValueError(f"report: there are {', '.join(TEMPLATES)} and {METRICS}")
        if (self.report == METRICS) != (self.question is not None):
            raise ValueError(f"question: a report of {METRICS} needs one, and no other has one")
        if (self.report in TEMPLATES and TEMPLATES[self.report].wants == "buyer_id") != (self.buyer_id is not None):
            raise ValueError("buyer_id: a buyer sheet needs one, and no other report has one")
        if self.on > LAST_DAY[self.every]:
            raise ValueError(f"on: the last possible day of a {self.every} is {LAST_DAY[self.every]}")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"zone: {self.zone!r} is no time zone; give one as Europe/Berlin or UTC") from None
        return self

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The first time after a moment at which the report is due, in UTC.

        An hour that the clock leaves out in spring counts as the next one; of one that comes twice, the first counts.
        """
        zone = ZoneInfo(self.zone)
        day = moment.astimezone(zone).date()
        while (at := self._at(day, zone)) <= moment or not self._is_day(day):
            day += dt.timedelta(days=1)
        return at

    def _at(self, day: dt.date, zone: ZoneInfo) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(self.hour), zone).astimezone(dt.UTC)

    def _is_day(self, day: dt.date) -> bool:
        if self.every == "week":
            return day.isoweekday() == self.on
        return self.every == "day" or day.day == self.on


@dataclass(frozen=True)
class Schedule:
    """One scheduled report.

    Attributes:
        schedule_id: its number.
        owner_kind: user or key.
        owner_id: whose rows the mails hold.
        owner_name: how the owner is called.
        what: report, times and addresses.
        next_at: when it is due.
        stopped: why it is not sent any more; None while it is.
    """

    schedule_id: str
    owner_kind: str
    owner_id: str
    owner_name: str
    what: NewSchedule
    next_at: dt.datetime
    stopped: str | None


def add_schedule(
    database: "Database",
    who: Identity,
    what: NewSchedule,
    domains: tuple[str, ...] = (),
    now: dt.datetime | None = None,
) -> Schedule:
    """Keep a scheduled report of somebody.

    Raises:
        ScheduleError: an address of another domain, or too many schedules.
    """
    from sqlalchemy import func, insert, select

    if domains and (other := [one for one in what.addresses if one.rpartition("@")[2].lower() not in domains]):
        raise ScheduleError(f"addresses: {', '.join(other)}: reports go to {', '.join(domains)} only")
    rows, moment = table("report_schedules"), now or dt.datetime.now(dt.UTC)
    row = {"schedule_id": secrets.token_hex(8), "owner_kind": who.kind, "owner_id": who.id, "owner_name": who.name}
    next_at = what.next_after(moment)
    with database.write() as con:
        own = (rows.c.owner_kind == who.kind) & (rows.c.owner_id == who.id)
        if con.execute(select(func.count()).select_from(rows).where(own)).scalar_one() >= MOST_PER_OWNER:
            raise ScheduleError(f"{who.name} has {MOST_PER_OWNER} scheduled reports already; remove one first")
        kept = {**row, "name": what.name, "definition": what.model_dump_json(), "created_at": moment}
        con.execute(insert(rows).values(**kept, next_at=next_at))
        record(con, who.name, "report scheduled", row["schedule_id"], f"{what.report} to {', '.join(what.addresses)}")
    return Schedule(**row, what=what, next_at=next_at, stopped=None)


def schedules(con: "Connection", who: Identity | None = None) -> list[Schedule]:
    """The scheduled reports of somebody, an administrator's view of all where `who` is None, by name."""
    from sqlalchemy import select

    rows = table("report_schedules")
    wanted = select(rows).order_by(rows.c.name, rows.c.schedule_id)
    if who is not None:
        wanted = wanted.where(rows.c.owner_kind == who.kind, rows.c.owner_id == who.id)
    return [_schedule(row) for row in con.execute(wanted).mappings()]


def one_schedule(con: "Connection", schedule_id: str) -> Schedule | None:
    """One scheduled report; None where there is none of this number."""
    from sqlalchemy import select

    rows = table("report_schedules")
    row = con.execute(select(rows).where(rows.c.schedule_id == schedule_id)).mappings().one_or_none()
    return None if row is None else _schedule(row)


def remove_schedule(database: "Database", schedule_id: str, by: str, who: Identity | None = None) -> bool:
    """Remove a scheduled report, of `who` only where given; whether there was one."""
    from sqlalchemy import delete

    rows = table("report_schedules")
    change = delete(rows).where(rows.c.schedule_id == schedule_id)
    if who is not None:
        change = change.where(rows.c.owner_kind == who.kind, rows.c.owner_id == who.id)
    with database.write() as con:
        is_removed = bool(con.execute(change).rowcount)
        if is_removed:
            record(con, by, "scheduled report removed", schedule_id)
    return is_removed


def visible_to(who: Identity) -> Identity | None:
    """Whose schedules somebody may see and remove: their own, or everybody's for an administrator."""
    return None if who.may("admin") else who


def _schedule(row: Any) -> Schedule:
    kept = {name: row[name] for name in ("schedule_id", "owner_kind", "owner_id", "owner_name", "stopped")}
    what = NewSchedule.model_validate_json(row["definition"])
    return Schedule(**kept, what=what, next_at=as_utc(row["next_at"]))
