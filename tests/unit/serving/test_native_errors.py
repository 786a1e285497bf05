"""What the system or a library reports becomes one line with a way out; faults of ours stay what they are."""

import errno
from pathlib import Path

import duckdb
import pytest
import typer
from deltalake.exceptions import DeltaError

from serving.native import explained_native, in_one_line, in_words, looks_damaged, table_in
from serving.options import make_folder


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/lake/gold/x"), "the disk is full: free space"),
        (OSError(errno.EROFS, "Read-only file system"), "the disk is read-only"),
        (DeltaError("Generic LocalFileSystem error: Read-only file system (os error 30)"), "mount"),
        (PermissionError(errno.EACCES, "Permission denied", "/lake"), "no permission: give this user the folder"),
        (
            DeltaError("object at location /srv/lake/silver/orders/part-0.parquet not found"),
            "silver/orders cannot be read: lacquer repair --lake /srv/lake makes it again",
        ),
        (
            duckdb.IOException('No files found that match "/srv/lake/lake/published/x.parquet"'),
            "lake/published cannot be read: lacquer repair --lake /srv/lake makes it again",
        ),
    ],
)  # fmt: skip
def test_an_error_names_the_cause_and_the_way_out(error: Exception, words: str) -> None:
    line = explained_native(error)
    assert line is not None
    assert words in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "error", [ValueError("wrong"), KeyError("x"), FileNotFoundError("/tmp/notes.txt"), DeltaError("?")]
)
def test_other_errors_keep_their_traceback(error: Exception) -> None:
    assert explained_native(error) is None


def test_a_path_leads_to_lake_and_table_whatever_the_lake_is_called() -> None:
    assert table_in("cannot open '/tmp/lake/lake/pins/run_id=1/x.parquet'") == ("/tmp/lake", "lake/pins")
    assert table_in("/tmp/gold/gold/dim_label: gone") == ("/tmp/gold", "gold/dim_label")
    assert table_in("/etc/passwd") is None


def test_a_failed_step_is_looked_into_where_its_error_may_come_from_a_file() -> None:
    assert looks_damaged(["silver/x: Parquet magic bytes not found in footer"])
    assert looks_damaged(["silver/x: done", "bronze/y: Failed to open local file"])
    assert not looks_damaged(["the source is down"])
    assert in_words("a\n  b") == "a b"


def test_colours_and_arrows_between_causes_are_left_out() -> None:
    text = "Generic LocalFileSystem error\n  \x1b[31m↳\x1b[0m No copy\n  \x1b[31m↳\x1b[0m No space left on device"
    line = "Generic LocalFileSystem error: No copy: No space left on device"
    assert in_one_line(text) == line
    assert in_words(text) == f"the disk is full: free space, then run again ({line})"


def test_a_folder_that_takes_no_file_is_refused_before_anything_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        make_folder(Path("/proc"))  # a file system that nobody can write to, whoever runs the test
    assert "name a folder that can be written with --lake" in capsys.readouterr().err
