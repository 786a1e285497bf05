"""Saved views: filters of the catalogue that somebody keeps under a name."""

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.accounts.identity import Identity
from serving.accounts.tables import table

if TYPE_CHECKING:
    from resources.database import Database

MOST_VIEWS = 100
FILTERS = ("q", "label_id", "genre", "format", "risk", "tag", "sort")


class TooManyViewsError(ValueError):
    """Somebody keeps as many views as one may."""


@dataclass(frozen=True)
class SavedView:
    """Filters under a name."""

    view_id: str
    name: str
    filters: dict[str, str]


def save_view(database: "Database", who: Identity, name: str, filters: Mapping[str, str]) -> SavedView:
    """Keep filters of somebody under a name; they take the place of those that had the name.

    Raises:
        TooManyViewsError: somebody keeps 100 views already.
    """
    from sqlalchemy import delete, func, insert, select

    rows = table("views")
    kept = {key: value for key, value in filters.items() if key in FILTERS and value}
    made = SavedView(secrets.token_hex(8), name, kept)
    own = rows.c.owner == _owner(who)
    with database.write() as con:
        con.execute(delete(rows).where(own, rows.c.name == name))
        if con.execute(select(func.count()).select_from(rows).where(own)).scalar_one() >= MOST_VIEWS:
            raise TooManyViewsError(f"{who.name} keeps {MOST_VIEWS} views already; remove one first")
        row = {"view_id": made.view_id, "owner": _owner(who), "name": name, "filters": json.dumps(kept)}
        con.execute(insert(rows).values(**row, saved_at=dt.datetime.now(dt.UTC)))
    return made


def saved_views(database: "Database", who: Identity) -> list[SavedView]:
    """The views that somebody keeps, by name."""
    from sqlalchemy import select

    rows = table("views")
    with database.read() as con:
        found = con.execute(select(rows).where(rows.c.owner == _owner(who)).order_by(rows.c.name)).mappings().all()
    return [SavedView(row["view_id"], row["name"], json.loads(row["filters"])) for row in found]


def remove_view(database: "Database", who: Identity, view_id: str) -> bool:
    """Remove a view of somebody; whether there was one."""
    from sqlalchemy import delete

    rows = table("views")
    with database.write() as con:
        done = con.execute(delete(rows).where(rows.c.owner == _owner(who), rows.c.view_id == view_id))
    return bool(done.rowcount)


def _owner(who: Identity) -> str:
    return f"{who.kind}:{who.id}"
