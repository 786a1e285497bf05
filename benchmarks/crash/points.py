"""Crash points: before and after each commit, named by the table; a process that comes to its point kills itself.

Commits are seen where they leave for delta-rs: the public functions of ``deltalake`` are wrapped before any of our
modules has imported them.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The points of the work: before and after the first commit of a run to each table.
TABLES = ("pins", "landed_files", "dead_letters", "chaos_events", "chaos_state", "chaos_sums", "published")
POINTS = tuple(f"{when} {table}" for table in TABLES for when in ("before", "after"))


def install(point: str, boundary: int) -> None:
    """Kill this process at the named point, or (a positive number) at so manyth boundary of any commit."""
    passed = 0

    def reached(when: str, table: str) -> None:
        nonlocal passed
        passed += 1
        if f"{when} {table}" == point or passed == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    _wrap(reached)


def _wrap(reached: Callable[[str, str], None]) -> None:
    import deltalake
    from deltalake.table import TableMerger

    write, create, delete = deltalake.write_deltalake, deltalake.DeltaTable.create, deltalake.DeltaTable.delete
    merge, execute = deltalake.DeltaTable.merge, TableMerger.execute
    merging: dict[int, str] = {}

    def name(target: Any) -> str:
        uri = target.table_uri if isinstance(target, deltalake.DeltaTable) else str(target)
        return Path(uri).name

    def around(table: str, work: Callable[[], Any]) -> Any:
        reached("before", table)
        done = work()
        reached("after", table)
        return done

    def written(target: Any, *given: Any, **named: Any) -> Any:
        return around(name(target), lambda: write(target, *given, **named))

    def created(target: Any, *given: Any, **named: Any) -> Any:
        return around(name(target), lambda: create(target, *given, **named))

    def deleted(self: Any, *given: Any, **named: Any) -> Any:
        return around(name(self), lambda: delete(self, *given, **named))

    def merged(self: Any, *given: Any, **named: Any) -> Any:
        merger = merge(self, *given, **named)
        merging[id(merger)] = name(self)
        return merger

    def executed(self: Any, *given: Any, **named: Any) -> Any:
        return around(merging.pop(id(self), "unknown"), lambda: execute(self, *given, **named))

    for owner, attribute, made in (
        (deltalake, "write_deltalake", written),
        (deltalake.DeltaTable, "create", staticmethod(created)),
        (deltalake.DeltaTable, "delete", deleted),
        (deltalake.DeltaTable, "merge", merged),
        (TableMerger, "execute", executed),
    ):
        setattr(owner, attribute, made)
