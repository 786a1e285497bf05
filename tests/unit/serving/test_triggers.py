"""`lacquer triggers` as its user meets it: the same rows come back, scored."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from typer.testing import Result

Lacquer = Callable[..., Result]


def test_rows_come_back_in_their_order_with_four_columns_more(lacquer: Lacquer, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lines = []
    for k in range(2):
        for day in range(120):
            y = 50 + rng.normal(0, 1) + (40 if (k, day) == (1, 100) else 0)
            lines.append(f"00{k},{date(2026, 1, 1) + timedelta(days=day)},{y:.2f},note {day}")
    order = rng.permutation(len(lines))
    path, out = tmp_path / "series.csv", tmp_path / "scored.csv"
    path.write_text("\n".join(["unique_id,ds,y,note", *(lines[k] for k in order)]) + "\n")
    answer = lacquer("triggers", path, "--no-models", "--out", out)
    assert answer.exit_code == 0, answer.output
    made = pl.read_csv(out, schema_overrides={"unique_id": pl.String})
    assert made.columns == ["unique_id", "ds", "y", "note", "expected", "score", "is_trigger", "reason"]
    assert [",".join(row[:2]) for row in made.rows()] == [",".join(lines[k].split(",")[:2]) for k in order]
    planted = made.filter((pl.col("unique_id") == "001") & (pl.col("note") == "note 100")).row(0, named=True)
    assert planted["is_trigger"]
    assert planted["score"] == made["score"].max()


def test_doubled_rows_and_missing_columns_are_named(lacquer: Lacquer, tmp_path: Path) -> None:
    path, out = tmp_path / "series.csv", tmp_path / "scored.csv"
    path.write_text("unique_id,ds,y\na,2026-01-01,1\na,2026-01-01,2\n")
    answer = lacquer("triggers", path, "--out", out)
    assert answer.exit_code == 1
    assert "series 'a' has several rows for 2026-01-01" in answer.output
    path.write_text("unique_id,ds\na,2026-01-01\n")
    assert "SERIES lacks y" in lacquer("triggers", path, "--out", out).output
    assert not out.exists()
