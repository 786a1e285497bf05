"""`lacquer propensity` from file to file; rows after the cut change no byte."""

from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from serving.cli import app

HEAD = "buyer_id,ds,amount\n"
ROWS = "".join(
    f"0{buyer:02},2025-{month:02}-{1 + (buyer * month) % 28:02},{5 + buyer}\n"
    for buyer in range(40)
    for month in range(1, 13)
    if (buyer * month) % 5 < 2
)


def run(tmp_path: Path, text: str, name: str) -> Path:
    (tmp_path / f"{name}.csv").write_text(HEAD + text)
    out = tmp_path / f"{name}-out.csv"
    asked = ["propensity", str(tmp_path / f"{name}.csv"), "--cut", "2025-10-31", "--days", "30", "--out", str(out)]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    return out


def test_rows_after_the_cut_change_no_byte(tmp_path: Path) -> None:
    before = "".join(line + "\n" for line in ROWS.splitlines() if line.split(",")[1] <= "2025-10-31")
    once, again = run(tmp_path, ROWS, "all"), run(tmp_path, before + "999,2025-11-05,1e9\n", "before")
    assert once.read_bytes() == again.read_bytes()
    found = pl.read_csv(once, infer_schema=False)
    assert found.columns == ["buyer_id", "probability", "expected_orders"]
    assert found["buyer_id"].to_list() == sorted({line[:3] for line in before.splitlines()})
    assert found["probability"].cast(pl.Float64).is_between(0, 1).all()


def test_a_wrong_cut_is_explained(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEAD + ROWS)
    asked = ["propensity", str(tmp_path / "in.csv"), "--cut", "soon", "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 1
    assert "--cut soon: a date as 2026-03-31 is needed" in done.output
