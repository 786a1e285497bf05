"""The audit log: who did what to what, and when. Nothing of it is ever changed."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from serving.accounts.tables import table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from resources.database import Database


def record(con: "Connection", actor: str, action: str, target: str, detail: str = "") -> None:
    """Add an entry in the transaction of what it reports."""
    from sqlalchemy import insert

    entry = {"actor": actor[:160], "action": action, "target": target[:200], "detail": detail[:2000]}
    con.execute(insert(table("audit")).values(at=dt.datetime.now(dt.UTC), **entry))


def entries(database: "Database", limit: int = 200) -> list[dict[str, Any]]:
    """The newest entries."""
    from sqlalchemy import select

    log = table("audit")
    with database.read() as con:
        rows = con.execute(select(log).order_by(log.c.entry_id.desc()).limit(limit)).mappings().all()
    return [dict(row) for row in rows]
