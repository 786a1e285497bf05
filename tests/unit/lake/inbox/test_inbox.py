"""The inbox: bytes decide which file is which, and what still grows is left alone."""

import datetime as dt
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from lake.ingest.inbox.audio_files import due_files, in_state, put_files, read_files
from lake.ingest.inbox.folder import Folder
from lake.ingest.inbox.place import InboxFile
from lake.ingest.inbox.registration import Linked, Registered, contents, known_contents, look, register
from lake.lakehouse import Lake
from tests.conftest import CHECKOUT
from tests.unit.lake.inbox.inbox_files import every, put


def by_name(file: InboxFile) -> Linked:
    """A track where the name begins with T."""
    return Linked(file.path.stem, "file name", None) if file.path.stem[0] == "T" else Linked(None, None, "no track")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def taken(lake: Lake, folder: Path) -> Registered:
    inbox = Folder(folder)
    return register(lake, inbox, look(inbox, every, rest_s=0.2), by_name)


def rows(lake: Lake) -> list[tuple[Any, ...]]:
    named = ("path", "copies", "track_id", "state")
    return sorted(tuple(row[name] for name in named) for row in read_files(lake).values())


def test_a_copied_or_renamed_file_is_the_same_file(lake: Lake, folder: Path) -> None:
    put(folder, "x.wav", b"one")
    put(folder, "T2.wav", b"two")
    assert taken(lake, folder).new == 2
    put(folder, "sub/copy.wav", b"two")
    (folder / "x.wav").rename(folder / "T1.wav")
    again = taken(lake, folder)
    assert (again.new, again.files) == (0, 2)
    assert rows(lake) == [("T1.wav", 1, "T1", "uploaded"), ("T2.wav", 2, "T2", "uploaded")]


def test_other_bytes_under_the_same_name_are_another_file(lake: Lake, folder: Path) -> None:
    put(folder, "T1.wav", b"one", age_s=60)
    taken(lake, folder)
    put(folder, "T1.wav", b"another", age_s=50)
    assert taken(lake, folder).new == 1
    assert rows(lake) == [("T1.wav", 0, "T1", "uploaded"), ("T1.wav", 1, "T1", "uploaded")]
    (due,) = due_files(read_files(lake), "1")
    assert due["bytes"] == len(b"another"), "the newer one stands for the track"


def test_what_has_been_seen_is_not_read_again(lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "T1.wav", b"one")
    version = taken(lake, folder).version
    monkeypatch.setattr(Folder, "sha256", lambda self, file: pytest.fail(f"{file.name} was read again"))
    assert taken(lake, folder).version == version, "nothing is written when nothing has changed"


def test_a_file_that_grows_is_left_and_taken_when_it_rests(lake: Lake, folder: Path) -> None:
    put(folder, "T1.wav", b"one")
    growing = put(folder, "T2.wav", b"begin", age_s=0)
    ended = threading.Event()

    def grow() -> None:
        with growing.open("ab") as file:
            while not ended.wait(0.02):
                file.write(b"more")
                file.flush()

    writer = threading.Thread(target=grow)
    writer.start()
    first = taken(lake, folder)
    ended.set()
    writer.join()
    assert first.look.growing == ["T2.wav"]
    assert rows(lake) == [("T1.wav", 1, "T1", "uploaded")]
    assert taken(lake, folder).look.growing == []
    assert [row[0] for row in rows(lake)] == ["T1.wav", "T2.wav"]


def test_a_file_that_changes_while_it_is_read_is_left(
    lake: Lake, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(folder, "T1.wav", b"one")
    digest = hashlib.file_digest

    def read_and_grow(opened: Any, name: str) -> Any:
        read = digest(opened, name)
        path.write_bytes(b"one and more")
        return read

    monkeypatch.setattr(hashlib, "file_digest", read_and_grow)
    by_sha, seen = contents(lake, Folder(folder), look(Folder(folder), every, rest_s=0.2))
    assert (by_sha, seen.growing) == ({}, ["T1.wav"])
    assert known_contents(lake) == {}


def test_a_track_that_the_pim_learns_later_is_linked_then(lake: Lake, folder: Path) -> None:
    put(folder, "x.wav", b"one")
    taken(lake, folder)
    assert due_files(read_files(lake), "1") == []
    register(lake, Folder(folder), look(Folder(folder), every), lambda file: Linked("T7", "file name", None))
    assert rows(lake) == [("x.wav", 1, "T7", "uploaded")]
    assert [row["track_id"] for row in due_files(read_files(lake), "1")] == ["T7"]


@pytest.mark.parametrize(
    ("state", "reason", "attempts", "version", "is_due"),
    [
        ("uploaded", None, 0, None, True),
        ("analyzing", None, 1, "1", True),
        ("analyzed", None, 1, "1", False),
        ("analyzed", None, 1, "0", True),
        ("failed", "silent: never over -60 dBFS", 1, "1", False),
        ("failed", "silent: never over -60 dBFS", 3, "0", True),
        ("failed", "out of memory: more than a process may have", 1, "1", True),
        ("failed", "out of memory: more than a process may have", 3, "1", False),
        ("failed", "the analysis crashed: signal 11", 2, "1", True),
        ("failed", "the analysis failed: ValueError: our bug", 1, "1", False),
    ],
)
def test_what_is_tried_again(
    lake: Lake, folder: Path, state: str, reason: str | None, attempts: int, version: str | None, is_due: bool
) -> None:
    put(folder, "T1.wav", b"one")
    taken(lake, folder)
    (row,) = read_files(lake).values()
    put_files(lake, [in_state(row, state, reason, attempts=attempts, analyser_version=version)])
    assert bool(due_files(read_files(lake), "1")) is is_due


def test_an_older_file_takes_its_turn_only_when_the_newer_failed_for_good(lake: Lake, folder: Path) -> None:
    put(folder, "T1.wav", b"old", age_s=90)
    put(folder, "T1 remaster.wav", b"new", age_s=60)
    link = lambda file: Linked("T1", "list", None)  # noqa: E731
    register(lake, Folder(folder), look(Folder(folder), every), link)

    def next_path() -> list[str]:
        return [row["path"] for row in due_files(read_files(lake), "1")]

    def end(path: str, state: str, reason: str | None) -> None:
        (row,) = (row for row in read_files(lake).values() if row["path"] == path)
        put_files(lake, [in_state(row, state, reason, attempts=1, analyser_version="1")])

    assert next_path() == ["T1 remaster.wav"]
    end("T1 remaster.wav", "failed", "out of time: given up after 30 s")
    assert next_path() == ["T1 remaster.wav"]
    end("T1 remaster.wav", "failed", "not decodable: no format that FFmpeg reads")
    assert next_path() == ["T1.wav"]
    end("T1.wav", "analyzed", None)
    assert next_path() == []


def test_a_file_taken_out_keeps_its_row_and_its_link(lake: Lake, folder: Path) -> None:
    path = put(folder, "T1.wav", b"one")
    taken(lake, folder)
    path.unlink()
    taken(lake, folder)
    assert rows(lake) == [("T1.wav", 0, "T1", "uploaded")]
    assert due_files(read_files(lake), "1") == []
    (row,) = read_files(lake).values()
    assert isinstance(row["registered_at"], dt.datetime)


def test_a_name_that_is_no_text_is_said_and_hurts_no_neighbour(lake: Lake, folder: Path) -> None:
    put(folder, os.fsdecode(b"T\xff.wav"), b"one")
    put(folder, "T2.wav", b"two")
    done = taken(lake, folder)
    assert rows(lake) == [("T2.wav", 1, "T2", "uploaded")]
    assert done.look.unreadable == ["'T\\udcff.wav': its name is no UTF-8; rename it"]


def test_a_look_that_breaks_off_keeps_what_it_has_read(lake: Lake, folder: Path) -> None:
    """Five files, two of them a commit; at the fourth the process is killed, which no handler of ours sees."""
    for number in range(5):
        put(folder, f"T{number}.wav", f"{number}".encode())
    code = (
        "import os, sys; from pathlib import Path; from lake.ingest.inbox import registration; "
        "registration.PORTION = 2;"
        "from lake.ingest.inbox.folder import Folder; from lake.lakehouse import Lake; read = Folder.sha256;"
        "Folder.sha256 = lambda self, file: os._exit(9) if file.name == 'T3.wav' else read(self, file);"
        "inbox = Folder(Path(sys.argv[2]));"
        "registration.contents(Lake(Path(sys.argv[1])), inbox, registration.look(inbox, lambda path: True))"
    )
    killed = subprocess.run([sys.executable, "-c", code, lake.root, folder], cwd=CHECKOUT, check=False, timeout=120)
    assert killed.returncode == 9
    assert {name for name, _, _ in known_contents(lake)} == {"T0.wav", "T1.wav"}
    assert taken(lake, folder).new == 5
