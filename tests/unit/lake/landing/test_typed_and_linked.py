"""What a file types stays typed, linked folders are read, and options under a wrong name stop the run."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake.ingest.landing.extracts.options import read_options
from lake.ingest.landing.listing import landed_files
from lake.lakehouse import Lake
from tests.extract_builders import afters, folder, take


def test_a_decimal_comma_concerns_texts_and_no_numbers(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    (folder(lake) / "extract.yml").write_text("decimal_comma: [price, text]\n")
    columns = {"id": pa.array(["1"]), "price": pa.array([11.125]), "text": pa.array(["1.234,50"])}
    pq.write_table(pa.table(columns), folder(lake) / "2026-03-01.parquet")

    take(lake)

    assert afters(lake) == [{"id": "1", "price": "11.125", "text": "1234.50"}]


def test_a_linked_folder_is_read_and_one_linked_within_itself_once(tmp_path: Path) -> None:
    share, landing = tmp_path / "share", tmp_path / "landing" / "erp"
    share.mkdir()
    landing.mkdir(parents=True)
    (share / "2026-03-01.jsonl").write_text("{}\n")
    (landing / "linked").symlink_to(share)
    (share / "again").symlink_to(share)

    assert [file.name for file in landed_files(landing)] == ["erp/linked/2026-03-01.jsonl"]


def test_options_under_another_name_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "extract.yaml").write_text("kind: snapshot\nkey: [order_id]\n")

    with pytest.raises(ValueError, match=r"extract\.yaml: options are read from extract\.yml only; rename the file"):
        read_options(tmp_path)
