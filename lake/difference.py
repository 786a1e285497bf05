"""Compare the published tables of two lakes: columns, rows and values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lake.contract import IS_CARRIED, IS_DELETED
from lake.delta.table import Table
from lake.delta.views import column_types, duckdb_connection, quoted, version_sql
from lake.lakehouse import Lake


@dataclass(frozen=True)
class Difference:
    """How one table differs between two lakes.

    Attributes:
        table: layer/name.
        left_rows, right_rows: rows in each lake; None where the table is not published.
        columns: columns that only one lake has, or whose types differ, one text each.
        only_left, only_right: rows, over the columns in common, without an equal row in the other lake.
    """

    table: str
    left_rows: int | None
    right_rows: int | None
    columns: tuple[str, ...] = ()
    only_left: int = 0
    only_right: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether both lakes hold the same columns and rows."""
        return self.left_rows == self.right_rows and not (self.columns or self.only_left or self.only_right)


def compare_lakes(
    left: Lake,
    right: Lake,
    tables: list[str] | None = None,
    *,
    left_versions: Mapping[str, int] | None = None,
    without: Collection[str] = (),
) -> list[Difference]:
    """Compare the tables that either lake has published; the system tables `lake/` only when named.

    Args:
        left: a lake.
        right: another.
        tables: only these, as layer/name.
        left_versions: versions of the left lake in the place of the published ones.
        without: columns that are not compared.
    """
    ours, theirs = left.published() if left_versions is None else left_versions, right.published()
    keys = tables or sorted(key for key in ours.keys() | theirs.keys() if not key.startswith("lake/"))
    return [_compare(left, ours.get(key), right, theirs.get(key), key, without) for key in keys]


def _compare(
    left: Lake, ours: int | None, right: Lake, theirs: int | None, key: str, without: Collection[str]
) -> Difference:
    con = duckdb_connection()
    sides = [
        None if version is None else (lake, version, f"({version_sql(lake.path(key), version)})")
        for lake, version in ((left, ours), (right, theirs))
    ]
    counts = [side and con.execute(f"select count(*) from {side[2]}").fetchall()[0][0] for side in sides]
    if sides[0] is None or sides[1] is None:
        return Difference(key, counts[0], counts[1])
    types = [column_types(Table(side[0].path(key)).shared(side[1])) for side in sides if side]
    columns = [
        f"{name}: {types[0].get(name, 'absent')} against {types[1].get(name, 'absent')}"
        for name in types[0] | types[1]
        if types[0].get(name) != types[1].get(name)
    ]
    hidden = (IS_DELETED.name, IS_CARRIED.name, *without)  # readers do not see the first two
    same = (name for name in types[0] if types[0][name] == types[1].get(name) and name not in hidden)
    common = ", ".join(map(quoted, same))
    sources = [side[2] for side in sides if side]
    missing = [
        con.execute(f"select count(*) from (select {common} from {a} except all select {common} from {b})").fetchall()[
            0
        ][0]
        if common
        else 0
        for a, b in (sources, reversed(sources))
    ]
    return Difference(key, counts[0], counts[1], tuple(columns), missing[0], missing[1])
