"""What the API lands: documents in the shapes of the sources, as landing files that the next run ingests.

A file is named by its content, so the same documents land once. Shapes: docs/reference/landing-formats.md.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake.ingest.landing.writing import as_line, land_lines

if TYPE_CHECKING:
    from lake.lakehouse import Lake


def land(lake: "Lake", stream: str, documents: Sequence[Mapping[str, Any]]) -> str | None:
    """Write the documents to the landing folder of a stream.

    Returns:
        The file's name; None when exactly these documents have landed before.
    """
    label = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}--api-{stream}"
    path = land_lines(lake.root / "landing" / stream, label, [as_line(one) for one in documents])
    return None if path is None else path.name


def envelope(table: str, row: Mapping[str, Any], moment: dt.datetime) -> dict[str, Any]:
    """A row of the ERP as a change: read at the moment, which is also its position."""
    position = int(moment.timestamp() * 1_000_000)
    source = {"connector": "api", "table": table, "position": position, "ts_ms": position // 1000}
    return {"op": "r", "before": None, "after": dict(row), "source": source, "ts_ms": position // 1000}


def moment_of(text: dt.datetime | None) -> dt.datetime:
    """The moment that was given, in UTC; one without a zone counts as UTC, none is now."""
    if text is None:
        return dt.datetime.now(dt.UTC)
    return text.astimezone(dt.UTC) if text.tzinfo else text.replace(tzinfo=dt.UTC)
