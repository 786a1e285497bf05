"""A drill of recovery: a lake of some million rows is backed up, lost, restored and compared.

Usage: python -m benchmarks.drill [ROWS]
"""

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lake.lakehouse import Lake

MONTHS = 36


@dataclass(frozen=True)
class Drill:
    """What a drill took and found.

    Attributes:
        rows: rows of the lake's table.
        backup_s: seconds of the backup.
        restore_s: seconds from the loss until the lake is whole again, checksums included.
        is_equal: whether the restored lake has published the same rows as a copy that was set aside.
    """

    rows: int
    backup_s: float
    restore_s: float
    is_equal: bool


def drill(rows: int) -> Drill:
    """Back up, lose and restore a lake of so many order lines."""
    from lake.backup.restoring import chosen_manifest, restore
    from lake.backup.saving import back_up
    from lake.difference import compare_lakes
    from lake.lakehouse import Lake

    with tempfile.TemporaryDirectory(prefix="lacquer-drill-") as name:
        folder = Path(name)
        lake = Lake(folder / "lake")
        _fill(lake, rows)
        shutil.copytree(lake.root, folder / "aside")
        began = time.monotonic()
        back_up(lake, folder / "backups")
        backup_s = time.monotonic() - began
        shutil.rmtree(lake.root)
        began = time.monotonic()
        restore(folder / "backups", chosen_manifest(folder / "backups"), lake.root)
        restore_s = time.monotonic() - began
        (found,) = compare_lakes(Lake(folder / "aside"), lake)
        return Drill(rows, backup_s, restore_s, found.is_equal and found.right_rows == rows)


def _fill(lake: "Lake", rows: int) -> None:
    """Order lines over three years, a partition a month; published."""
    import duckdb

    from lake.contract import Column, Contract

    lines = Contract(
        name="lines",
        layer="silver",
        grain="one row per line",
        key=("line_id",),
        partition_by=("month",),
        columns=(
            Column("line_id", "int64", "the line"),
            Column("release_id", "string", "what was sold"),
            Column("buyer_id", "string", "to whom"),
            Column("quantity", "int32", "units"),
            Column("price", "float64", "of a unit"),
            Column("month", "date", "of the order"),
        ),
    )
    table = lake.table(lines)
    table.create()
    for month in range(MONTHS):
        first, last = rows * month // MONTHS, rows * (month + 1) // MONTHS
        data = duckdb.connect().execute(
            f"""
            select i as line_id, 'R' || (hash(i) % 40000) as release_id, 'B' || (hash(i + 7) % 9000) as buyer_id,
                (hash(i + 1) % 20)::int as quantity, (hash(i + 2) % 5000) / 100.0 as price,
                (date '2023-01-01' + to_months({month}))::date as month
            from range({first}, {last}) t(i)
            """
        )
        table.append(data.to_arrow_table(), {}, snapshot=table.snapshot())
    lake.publish(lake.versions(), "drill")


if __name__ == "__main__":
    done = drill(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000)
    print(f"{done.rows:,} rows: backed up in {done.backup_s:.1f} s, restored in {done.restore_s:.1f} s, "
          f"{'equal' if done.is_equal else 'NOT EQUAL'}")  # fmt: skip
    sys.exit(not done.is_equal)
