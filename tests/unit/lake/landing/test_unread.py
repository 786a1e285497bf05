"""What lies in the landing folder and is read by no stream is named, with the way out."""

from pathlib import Path

from lake.ingest.landing.listing import unread

STREAMS = ("pim", "erp", "signals", "feedback")


def put(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}\n")


def test_each_misplaced_file_is_named_and_nothing_else(tmp_path: Path) -> None:
    for name in ("erp/2026-03-01.jsonl", "erp/extracts/orders/2026-03-01.csv", ".hidden/x", "pim/a.jsonl"):
        put(tmp_path / name)
    assert unread(tmp_path, STREAMS) == []

    for name in ("ERP/a.jsonl", "ERP/deep/b.jsonl", "orders.csv", "erp/extracts/lines.csv"):
        put(tmp_path / name)
    (tmp_path / "erp" / "gone.jsonl").symlink_to(tmp_path / "nowhere")

    assert unread(tmp_path, STREAMS) == [
        "landing/ERP: 2 files are read by nobody; move them into landing/erp",
        "landing/orders.csv: 1 files are read by nobody; move them into landing/one of erp, feedback, pim, signals",
        "landing/erp/extracts/lines.csv: an extract lies in the folder of its table, "
        "landing/erp/extracts/TABLE/lines.csv; it was read as lines of JSON",
        "landing/erp/gone.jsonl: a link to what is not there",
    ]
