"""Generated assets and the requests for them, as the reader's scope shows them."""

import json
from typing import Any

from serving.queries.reader import Reader, Row

ASSETS, REQUESTS = "gold.generated_assets", "gold.generation_requests"
_DOCUMENTS = ("inputs", "scores", "findings", "parameters", "plan")


def assets(reader: Reader, state: str = "", limit: int = 100) -> list[Row]:
    """Generated assets, drafts first, then the newest; an empty state lists all."""
    if not reader.has(ASSETS):
        return []
    order = "state != 'draft', made_at desc, asset_id"
    sql = f"select * from {ASSETS} where $state = '' or state = $state order by {order} limit $most"
    return [_parsed(row) for row in reader.rows(sql, {"state": state, "most": limit})]


def asset(reader: Reader, asset_id: str) -> Row | None:
    """One generated asset; None where the reader sees none of this id."""
    if not reader.has(ASSETS):
        return None
    row = reader.one(f"select * from {ASSETS} where asset_id = ?", [asset_id])
    return _parsed(row) if row else None


def requests(reader: Reader, limit: int = 100) -> list[Row]:
    """Requests, the newest first."""
    if not reader.has(REQUESTS):
        return []
    rows = reader.rows(f"select * from {REQUESTS} order by requested_at desc, request_id limit $most", {"most": limit})
    return [_parsed(row) for row in rows]


def request(reader: Reader, request_id: str) -> Row | None:
    """One request; None where the reader sees none of this id."""
    if not reader.has(REQUESTS):
        return None
    row = reader.one(f"select * from {REQUESTS} where request_id = ?", [request_id])
    return _parsed(row) if row else None


def is_visible(reader: Reader, kind: str, subject_id: str) -> bool:
    """Whether the reader sees the track of stems, or the release of a text."""
    table, key = ("silver.tracks", "track_id") if kind == "stem" else ("gold.dim_release", "release_id")
    return reader.has(table) and bool(reader.one(f"select 1 from {table} where {key} = ?", [subject_id]))


def _parsed(row: Row) -> dict[str, Any]:
    """The row with its JSON columns as values."""
    return row | {name: json.loads(row[name]) for name in _DOCUMENTS if row.get(name) is not None}
