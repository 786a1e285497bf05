"""What a weekly report is about: the company, a label or an artist, and which week."""

import datetime as dt
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from serving.copilot.plan import Period
from serving.queries.reader import Reader

Kind = Literal["company", "label", "artist"]
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE)


class SubjectError(ValueError):
    """There is no such label, artist or week; the message says what can be asked for."""


@dataclass(frozen=True)
class Subject:
    """The company, or a label or an artist by its id.

    Attributes:
        kind: what it is.
        id: of the label or artist; empty for the company.
        name: as the catalogue has it.
    """

    kind: Kind = "company"
    id: str = ""
    name: str = "all releases"

    def condition(self, column: str = "release_id") -> str:
        """The SQL that keeps the subject's releases; it takes the parameter $subject unless it keeps all."""
        if self.kind == "company":
            return "true"
        return f"{column} in (select release_id from gold.dim_release where {self.kind}_id = $subject)"

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of `condition`."""
        return {} if self.kind == "company" else {"subject": self.id}


def find_subject(reader: Reader, label: str | None = None, artist: str | None = None) -> Subject:
    """The subject by the id or the name of a label or an artist; without one, the company.

    Raises:
        SubjectError: both are given, the name is unknown, or two have it.
    """
    if label and artist:
        raise SubjectError("a report is about one label or one artist; give one of them")
    wanted = label or artist
    if not wanted:
        return Subject()
    kind: Kind = "label" if label else "artist"
    rows = reader.rows(
        f"select distinct {kind}_id as id, {kind}_name as name from gold.dim_release where {kind}_id is not null "
        "order by all"
    )
    found = [one for one in rows if one["id"] == wanted]
    found = found or [one for one in rows if (one["name"] or "").casefold() == wanted.casefold()]
    if len(found) > 1:
        ids = ", ".join(one["id"] for one in found)
        raise SubjectError(f"more than one {kind} is called {wanted!r}: give one of the ids {ids}")
    if not found:
        near = get_close_matches(wanted, [one["name"] for one in rows if one["name"]], 3, 0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise SubjectError(f"no {kind} {wanted!r} is published{hint}")
    return Subject(kind, found[0]["id"], found[0]["name"] or found[0]["id"])


def find_week(reader: Reader, week: str | None = None) -> Period:
    """The days from Monday to Sunday of a week such as 2026-W04 or of a day; default: the newest that has ended.

    Raises:
        SubjectError: the text is no week, or nothing is known of it.
    """
    if reader.last_day is None:
        raise SubjectError("the lake has no sales yet, so there is nothing to report")
    newest = reader.last_day + dt.timedelta(days=1)
    monday = newest - dt.timedelta(days=newest.weekday() + 7)
    if week:
        monday = _monday(week)
        if monday > reader.last_day:
            raise SubjectError(f"--week {week}: sales are known until {reader.last_day} only")
    return Period(since=monday, until=monday + dt.timedelta(days=6))


def _monday(week: str) -> dt.date:
    try:
        if found := _WEEK.fullmatch(week):
            return dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
        day = dt.date.fromisoformat(week)
    except ValueError:
        raise SubjectError(f"{week!r} is no week; give it as 2026-W04 or as a day in it, such as 2026-01-20") from None
    return day - dt.timedelta(days=day.weekday())
