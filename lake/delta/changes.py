"""Which files came and went between two versions of a Delta table, read from its log.

Only commits that change data count: compaction and vacuum rewrite files without changing a row. When the log no
longer reaches back far enough the answer says so, and the consumer rebuilds in full.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from lake.delta.storage import commit_lines, data_file


@dataclass(frozen=True)
class AddedFile:
    """A data file that a commit added: where it lies, its partition value, how many rows it holds."""

    path: Path
    partition: str | None
    rows: int


@dataclass
class Changes:
    """What happened after ``since`` and up to ``version``.

    Attributes:
        version: the version that the changes lead to.
        added: files added by commits that changed data, in commit order.
        partitions: partition values of every file added or removed; ``{None}`` alone for an unpartitioned table.
        complete: False when the log (or a file) is gone, so that only the whole table tells.
        removed: whether any file was removed, so that appending consumers must look again.
    """

    version: int
    added: list[AddedFile] = field(default_factory=list)
    partitions: set[str | None] = field(default_factory=set)
    complete: bool = True
    removed: bool = False


def read_changes(root: Path, since: int, until: int) -> Changes:
    """The changes of the table at ``root`` in versions ``since`` + 1 to ``until``."""
    found = Changes(version=until)
    for version in range(since + 1, until + 1):
        if (lines := commit_lines(root, version)) is None:
            return Changes(version=until, complete=False)
        for line in lines:
            _collect(found, root, json.loads(line))
    if any(not file.path.exists() for file in found.added):
        return Changes(version=until, complete=False)
    return found


def _collect(found: Changes, root: Path, action: dict[str, dict[str, object]]) -> None:
    body = action.get("add") or action.get("remove")
    if body is None or not body.get("dataChange", True):
        return
    values = body.get("partitionValues") or {}
    assert isinstance(values, dict)
    partition = next(iter(values.values()), None)
    found.partitions.add(partition)
    if "remove" in action:
        found.removed = True
        return
    stats = json.loads(str(body.get("stats") or "{}"))
    found.added.append(AddedFile(data_file(root, str(body["path"])), partition, int(stats.get("numRecords", 0))))
