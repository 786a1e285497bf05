"""`lacquer elasticity` on files: its columns, and what it answers to odd input."""

from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from serving.cli import app


def test_file_in_file_out(tmp_path: Path) -> None:
    rows = ["product_id,ds,price,units,promo"]
    for week, price in enumerate([10, 8, 10, 8, 10, 9, 8, 10]):
        rows += [
            f"007,2026-01-{week + 1:02d},{price},{1e7 * price**-2.0},false",
            f"B,2026-01-{week + 1:02d},{price},{1e5 * price**-1.0},",
        ]
    (tmp_path / "sales.csv").write_text("\n".join(rows))
    done = CliRunner().invoke(app, ["elasticity", str(tmp_path / "sales.csv"), "--out", str(tmp_path / "out.csv")])
    assert done.exit_code == 0, done.output
    found = pl.read_csv(tmp_path / "out.csv", schema_overrides={"product_id": pl.String})
    assert found.columns == ["product_id", "elasticity", "low", "high", "n"]
    assert found["product_id"].to_list() == ["007", "B"]
    assert [round(one, 2) for one in found["elasticity"]] == [-2.0, -1.0]
    assert found["n"].to_list() == [8, 8]


def test_a_wrong_cell_is_named(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("product_id,ds,price,units,promo\nA,2026-01-01,1.0,3,maybe\n")
    done = CliRunner().invoke(app, ["elasticity", str(tmp_path / "sales.csv"), "--out", str(tmp_path / "out.csv")])
    assert done.exit_code == 1
    assert "row 1: promo is 'maybe'; a number is needed" in done.output
    assert not (tmp_path / "out.csv").exists()
