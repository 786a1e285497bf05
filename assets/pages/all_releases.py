"""What the page says of every release, and of what is known: when it was made, and up to when signals came in."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from assets.pages import sql
from assets.pages.rows import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

MOST = 20_000  # releases in the page's list, about 150 bytes each
RECENT_DAYS = 28  # signals that end earlier are missing, which is not the same as none


def of_all(con: "duckdb.DuckDBPyConnection", origin: dt.date, count: int) -> dict[str, Any]:
    """`all_releases` with a row for each, the largest first; `all_columns`; `all_left`, how many are left out."""
    found = con.execute(sql.ALL_SQL, {"origin": origin, "most": MOST}).fetchall()
    columns = [
        {"name": name, "is_number": name in sql.ALL_NUMBERS, "is_share": name in sql.ALL_SHARES}
        for name in sql.ALL_COLUMNS
    ]
    return {"all_releases": [list(row) for row in found], "all_columns": columns, "all_left": count - len(found)}


def known_of(con: "duckdb.DuckDBPyConnection", versions: "Mapping[str, int]", origin: dt.date) -> dict[str, Any]:
    """`made_at`, `days_behind` from the newest sale to that day, and `signals`: what is said of plays and mentions."""
    made_at = rows(con, sql.MADE_SQL, origin=origin)[0]["made_at"]
    known = rows(con, sql.SIGNALS_SQL, origin=origin) if "gold/fct_signal_day" in versions else []
    until = {row["kind"]: row["until"] for row in known}
    return {
        "made_at": made_at,
        "days_behind": (made_at.astimezone(dt.UTC).date() - origin).days if made_at else 0,
        "signals": [signal_words(kind, until.get(kind), origin) for kind in ("plays", "mentions")],
    }


def signal_words(kind: str, until: dt.date | None, origin: dt.date) -> str:
    """Whether signals of a kind come in: none ever, none any more, or up to which day."""
    if until is None:
        return f"No {kind} come in, so they are not known."
    day = f"{until.day} {until:%B %Y}"
    if (origin - until).days >= RECENT_DAYS:
        return f"{kind.capitalize()} ended on {day}: since then they are missing, which does not mean none."
    return f"{kind.capitalize()} are known up to {day}."
