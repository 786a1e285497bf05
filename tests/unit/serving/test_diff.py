"""`lacquer diff` finds exactly what was changed between two lakes."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from typer.testing import Result

from lake.delta.table import Table
from lake.lakehouse import Lake


def publish(root: Path, **tables: pa.Table) -> Lake:
    lake = Lake(root)
    lake.publish(
        {f"gold/{name}": Table(lake.path(f"gold/{name}")).overwrite(rows) for name, rows in tables.items()}, "r"
    )
    return lake


def test_rows_columns_and_values(lacquer: Callable[..., Result], tmp_path: Path) -> None:
    same = pa.table({"id": [1, None]})
    left = publish(
        tmp_path / "l", same=same, v=pa.table({"id": [1, 1, 2], "x": ["a", "a", "b"], "y": [1, 1, 1]}), l=same
    )
    right = publish(tmp_path / "r", same=same, v=pa.table({"id": [2, 1, 3], "x": ["b", "a", "c"], "z": [1, 1, 1]}))

    found = lacquer("diff", left.root, right.root)

    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        "gold/l: 2 rows against not published",
        "gold/v: 3 rows against 3 rows",
        "  column y: BIGINT against absent",
        "  column z: absent against BIGINT",
        "  1 rows only in the first lake, 1 only in the second",
        "3 tables compared, 2 differ",
    ]
    assert lacquer("diff", left.root, left.root).exit_code == 0
    assert "publishes no table" in lacquer("diff", left.root, tmp_path / "none").stderr
