"""Which files of bronze a silver table reads, and how far it has read."""

from __future__ import annotations

from lake.delta.changes import AddedFile, Changes
from lake.delta.table import Table
from lake.silver.sql import Feed


def position_app(feed: Feed) -> str:
    """The application transaction that says how far a table has read."""
    return f"read:{feed.bronze}"


def source_files(changes: Changes, feed: Feed) -> list[AddedFile]:
    """The added files that hold rows of the feed's source."""
    return [file for file in changes.added if feed.source is None or file.partition == feed.source]


def files_at(bronze: Table, version: int, feed: Feed) -> list[AddedFile]:
    """Every file of the feed's source in the bronze version."""
    import pyarrow as pa

    actions = pa.table(bronze.shared(version).get_add_actions(flatten=True)).to_pylist()
    found = [
        AddedFile(bronze.path / action["path"], action.get("partition.source"), action["num_records"])
        for action in actions
    ]
    return source_files(Changes(version, found), feed)
