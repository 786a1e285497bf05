"""`lacquer recommend` from file to file, and what it says of files that it cannot use."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from serving.cli import app

ROWS = "user_id,item_id,weight,ds\n" + "".join(
    f"00{user},{item:02},{1 + item % 3},2025-0{1 + (user + item) % 9}-01\n"
    for user in range(9)
    for item in range(20)
    if item % 3 == user % 3
)


def test_ids_stay_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(ROWS)
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(app, ["recommend", str(tmp_path / "in.csv"), "--k", "4", "--out", str(out)])
    assert done.exit_code == 0, done.output
    found = pl.read_csv(out, infer_schema=False)
    assert found.columns == ["user_id", "item_id", "rank", "score", "reason"]
    assert set(found["user_id"]) == {f"00{user}" for user in range(9)}
    assert found.height == 9 * 4
    assert "serves" in done.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user_id,weight\na,1\n", "column item_id is missing"),
        ("user_id,item_id,weight\na,x,much\n", "row 1: weight is 'much'"),
        ("user_id,item_id,weight\na,,1\n", "row 1: item_id is None"),
        ("user_id,item_id,weight\n", "there are no rows"),
        ("user_id,item_id,weight,ds\na,x,1,soon\n", "row 1: ds is 'soon'"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "in.csv").write_text(text)
    done = CliRunner().invoke(app, ["recommend", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")])
    assert done.exit_code == 1
    assert message in done.output
    assert not (tmp_path / "out.csv").exists()
