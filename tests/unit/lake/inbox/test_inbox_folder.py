"""What is looked at in an inbox that is a folder, and what is passed by."""

import os
import tempfile
from pathlib import Path

import pytest

from lake.ingest.inbox.folder import Folder
from lake.ingest.inbox.place import InboxUnreachableError
from lake.ingest.inbox.registration import look
from tests.unit.lake.inbox.inbox_files import every, put


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


def test_unfinished_downloads_hidden_files_and_others_are_not_looked_at(folder: Path) -> None:
    for name in (".T1.wav", "T2.wav.part", "T3.wav.crdownload", "T4.txt", ".trash/T5.wav"):
        put(folder, name, b"x")
    (folder / "T6.wav").symlink_to(folder / "nowhere.wav")
    assert look(Folder(folder), every).files == {}
    with pytest.raises(InboxUnreachableError, match="is no folder: make it, or name another one in LACQUER_INBOX"):
        look(Folder(folder / "gone"), every)


def test_links_in_a_circle_pipes_and_folders_named_like_songs_are_passed_by(folder: Path) -> None:
    put(folder, "T1.wav", b"one")
    put(folder, "folder.wav/T2.wav", b"two")
    put(folder, "a\nb.wav", b"three")
    put(folder, "n" * 251 + ".wav", b"four")
    (folder / "circle").symlink_to(folder)
    (folder / "self.wav").symlink_to(folder / "self.wav")
    (folder / "other name.wav").symlink_to(folder / "T1.wav")
    os.mkfifo(folder / "pipe.wav")
    found = look(Folder(folder), every).files
    assert sorted(found) == ["T1.wav", "a\nb.wav", "folder.wav/T2.wav", "n" * 251 + ".wav", "other name.wav"]


def test_what_may_not_be_read_is_said_and_hurts_no_neighbour() -> None:
    """In a process without root's rights, as nothing is forbidden to root."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "inbox"
        put(folder, "T1.wav", b"one")
        put(folder, "forbidden/T2.wav", b"two")
        put(folder, "T3.wav", b"three").chmod(0)
        Path(home).chmod(0o755)
        (folder / "forbidden").chmod(0)
        reader, writer = os.pipe()
        if (child := os.fork()) == 0:
            if os.geteuid() == 0:
                os.setuid(65534)
            seen = look(Folder(folder), every)
            try:
                said = Folder(folder).sha256(seen.files["T3.wav"])
            except OSError as error:
                said = str(error.strerror)
            os.write(writer, repr((sorted(seen.files), list(seen.unreadable), said)).encode())
            os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        told = os.read(reader, 10_000).decode()
        os.close(reader)
        (folder / "forbidden").chmod(0o700)
    assert told == repr((["T1.wav", "T3.wav"], ["'forbidden': Permission denied"], "Permission denied"))
