"""`lacquer sentiment` on files."""

import json
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from serving.cli import app


def test_file_in_file_out(tmp_path: Path) -> None:
    text = 'text_id,text\n007,"Great songs, but my copy arrived warped."\n8,Sehr gut und nicht teuer\n'
    (tmp_path / "texts.csv").write_text(text)
    done = CliRunner().invoke(app, ["sentiment", str(tmp_path / "texts.csv"), "--out", str(tmp_path / "out.parquet")])
    assert done.exit_code == 0, done.output
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.columns == ["text_id", "score", "label", "aspects"]
    assert found["text_id"].to_list() == ["007", "8"]
    assert [(one["aspect"], one["label"], one["span"]) for one in json.loads(found["aspects"][0])] == [
        ("songs", "positive", "Great songs"),
        ("pressing", "negative", "but my copy arrived warped"),
    ]
    assert found.row(1) == ("8", None, None, None)


def test_too_few_stars_are_refused(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("text_id,text\n1,Nice\n")
    (tmp_path / "stars.csv").write_text("text,stars\nNice,5\n")
    command = ["sentiment", str(tmp_path / "texts.csv"), "--train", str(tmp_path / "stars.csv")]
    done = CliRunner().invoke(app, [*command, "--out", str(tmp_path / "out.csv")])
    assert done.exit_code == 1
    assert "1 reviews; 300 are needed" in done.output
