"""Given a landing folder, when a file is written again, torn or tampered with, then it is there once and whole."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import landing_files
from demo.landing_files import LandingFiles
from demo.pack import PackError

PINNED = {"seed": 1}


def test_a_file_is_written_once(tmp_path: Path) -> None:
    files = LandingFiles.open(tmp_path, "p", PINNED)
    files.write("erp", "2024-01-01--erp-orders.jsonl", [b"1\n2\n", b"3\n"])
    again = LandingFiles.open(tmp_path, "p", PINNED)
    assert again.is_complete("erp", "2024-01-01--erp-orders.jsonl")
    again.write("erp", "2024-01-01--erp-orders.jsonl", [b"1\n2\n3\n"])
    count = again.landed().streams["erp"]
    assert (count.files, count.lines, count.bytes, count.new_files, count.new_lines) == (1, 3, 6, 0, 0)


def test_other_content_is_refused_and_the_file_stays(tmp_path: Path) -> None:
    files = LandingFiles.open(tmp_path, "p", PINNED)
    files.write("erp", "a.jsonl", [b"1\n"])
    with pytest.raises(PackError, match=r"a\.jsonl is there with other content .* take another lake root"):
        files.write("erp", "a.jsonl", [b"2\n"])
    assert (tmp_path / "landing/erp/a.jsonl").read_bytes() == b"1\n"
    assert [path.name for path in (tmp_path / "landing/erp").iterdir()] == ["a.jsonl"]


def test_a_file_changed_by_somebody_is_found(tmp_path: Path) -> None:
    LandingFiles.open(tmp_path, "p", PINNED).write("erp", "a.jsonl", [b"1\n"])
    (tmp_path / "landing/erp/a.jsonl").write_bytes(b"2\n")
    with pytest.raises(PackError, match="other content"):
        LandingFiles.open(tmp_path, "p", PINNED).is_complete("erp", "a.jsonl")


def test_a_file_is_read_again_only_when_its_time_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    hashed = landing_files._sha256

    def noted(path: Path) -> str:
        read.append(path)
        return hashed(path)

    monkeypatch.setattr(landing_files, "_sha256", noted)
    LandingFiles.open(tmp_path, "p", PINNED).write("erp", "a.jsonl", [b"1\n"])
    assert LandingFiles.open(tmp_path, "p", PINNED).is_complete("erp", "a.jsonl")
    assert read == []
    os.utime(tmp_path / "landing/erp/a.jsonl", (1, 1))
    assert LandingFiles.open(tmp_path, "p", PINNED).is_complete("erp", "a.jsonl")
    assert read == [tmp_path / "landing/erp/a.jsonl"]


def test_no_lines_make_no_file_but_are_remembered(tmp_path: Path) -> None:
    LandingFiles.open(tmp_path, "p", PINNED).write("erp", "a.jsonl", [])
    assert LandingFiles.open(tmp_path, "p", PINNED).is_complete("erp", "a.jsonl")
    assert list((tmp_path / "landing/erp").iterdir()) == []


def interrupted() -> Iterator[bytes]:
    yield b"1\n"
    raise KeyboardInterrupt


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    files = LandingFiles.open(tmp_path, "p", PINNED)
    with pytest.raises(KeyboardInterrupt):
        files.write("erp", "a.jsonl", interrupted())
    assert list((tmp_path / "landing/erp").iterdir()) == []
    assert not files.is_complete("erp", "a.jsonl")


@pytest.mark.parametrize("torn", ["", '{"file": "erp/b.js'])
def test_a_lost_or_torn_note_costs_nothing_but_time(tmp_path: Path, torn: str) -> None:
    LandingFiles.open(tmp_path, "p", PINNED).write("erp", "b.jsonl", [b"1\n"])
    (tmp_path / "landing/.landed.jsonl").write_text(torn)
    files = LandingFiles.open(tmp_path, "p", PINNED)
    assert not files.is_complete("erp", "b.jsonl")
    files.write("erp", "b.jsonl", [b"1\n"])
    files.write("erp", "c.jsonl", [b"1\n"])
    assert LandingFiles.open(tmp_path, "p", PINNED).landed().streams["erp"].files == 2


def test_other_options_are_refused(tmp_path: Path) -> None:
    LandingFiles.open(tmp_path, "p", PINNED)
    with pytest.raises(PackError, match=r"was landed with seed=1, now seed=2 is asked.*take another lake root"):
        LandingFiles.open(tmp_path, "p", {"seed": 2})
    with pytest.raises(PackError, match="pack=p"):
        LandingFiles.open(tmp_path, "q", PINNED)
