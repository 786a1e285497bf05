"""Splitting files into numbered lines: the quick way and the careful way agree with Python's own splitting."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lake.ingest.landing import file as landed_file
from lake.ingest.landing.blocks import Block
from lake.ingest.landing.listing import landed_files

PIECES = st.sampled_from([b"{}", b'{"a": 1}', b"\n", b"\n\n", b"\r\n", b" ", b"\t", b"\v", b"\xff\xfe", "ä€".encode()])
CONTENT = st.lists(PIECES, max_size=24).map(b"".join)


def numbered(content: bytes) -> list[tuple[int, bytes]]:
    """Lines that are not blank, from 1, without the carriage returns at their ends."""
    return [(n, line.rstrip(b"\r")) for n, line in enumerate(content.split(b"\n"), 1) if line.strip()]


def as_text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


@given(content=CONTENT, size=st.integers(1, 12))
def test_any_content_in_blocks_of_any_size(content: bytes, size: int) -> None:
    # A file of a single line with several documents is as many records.
    assume(b"\n" in content.rstrip(b"\n") or content.count(b"{") < 2)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(landed_file, "CHUNK_BYTES", size)
        Path(folder, "a.jsonl").write_bytes(content)
        (file,) = landed_files(Path(folder))
        rows = [row for block in file.blocks() for row in block.table("b", "a.jsonl").to_pylist()]
        assert [(row["batch_line"], row["raw"]) for row in rows] == numbered(content)
        assert [row["line"] for row in rows] == [as_text(raw) for _, raw in numbered(content)]
        assert file.lines() == len(rows)


@pytest.mark.parametrize(
    ("content", "plain"),
    [(b'{"a": 1}\n{}', True), (b"", False), (b"{}\n", False), (b"{}\n {}", False), (b"{}\r", False)],
)
def test_which_blocks_are_plain(content: bytes, plain: bool) -> None:
    assert Block(1, content).is_plain is plain


def test_a_document_is_one_record_whatever_stands_in_it() -> None:
    assert Block(1, b'{\n\n"a": 1\r\n}', is_document=True).count() == 1
