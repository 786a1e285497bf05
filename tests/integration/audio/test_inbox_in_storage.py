"""The audio inbox in real object storage of both kinds: what is listed, fetched and heard, and what happens if not."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import pytest

from lake.ingest.inbox.audio_files import read_files
from lake.ingest.inbox.bucket import Bucket
from lake.ingest.inbox.opening import Access, open_inbox
from lake.ingest.inbox.place import InboxFile, InboxUnreachableError
from lake.ingest.inbox.registration import Linked, Registered, look, register
from lake.lakehouse import Lake
from tests.integration.audio.storages import Storage, put_blob, running

if TYPE_CHECKING:
    from obstore.store import AzureStore, S3Store

pytestmark = pytest.mark.heavy


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def opened(storage: Storage, lake: Lake, access: Access | None = None) -> Bucket:
    inbox = open_inbox(storage.address, access or storage.access, lake.root / "audio" / "inbox")
    assert isinstance(inbox, Bucket)
    return inbox


def put(storage: Storage, lake: Lake, objects: dict[str, bytes]) -> "S3Store | AzureStore":
    """Upload; the connection, for more."""
    store = opened(storage, lake).store
    for name, content in objects.items():
        store.put(name, content)
    return store


def wavs(path: PurePath) -> bool:
    return path.suffix == ".wav"


def by_name(file: InboxFile) -> Linked:
    return Linked(file.path.stem, "file name", None)


def taken(storage: Storage, lake: Lake) -> Registered:
    inbox = opened(storage, lake)
    return register(lake, inbox, look(inbox, wavs, rest_s=0.0), by_name)


def rows(lake: Lake) -> list[tuple[Any, ...]]:
    return sorted((row["path"], row["copies"], row["bytes"], row["state"]) for row in read_files(lake).values())


def fetched(lake: Lake) -> list[str]:
    return sorted(path.name for path in (lake.root / "audio" / "inbox").glob("contents/*/*/*"))


def test_objects_below_the_prefix_are_known_by_their_bytes(storage: Storage, lake: Lake) -> None:
    names = {"T1.wav": b"one", "sub/T 2 ä#%25.wav": b"two", "copy.wav": b"one", "T3.wav.part": b"x", "list.txt": b"x"}
    store = put(storage, lake, names)
    done = taken(storage, lake)
    assert (done.files, done.new) == (2, 2)
    assert rows(lake) == [("T1.wav", 2, 3, "uploaded"), ("sub/T 2 ä#%25.wav", 1, 3, "uploaded")]
    assert fetched(lake) == ["T 2 ä#%25.wav", "T1.wav"], "one name of each content, and nothing else"
    store.delete("copy.wav")
    store.rename("sub/T 2 ä#%25.wav", "T2.wav")
    again = taken(storage, lake)
    assert (again.files, again.new) == (2, 0)
    assert rows(lake) == [("T1.wav", 1, 3, "uploaded"), ("T2.wav", 1, 3, "uploaded")]


def test_what_has_not_changed_is_listed_and_not_fetched(
    storage: Storage, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = put(storage, lake, {"T1.wav": b"one", "T2.wav": b"two"})
    version = taken(storage, lake).version
    asked: list[str] = []
    monkeypatch.setattr(Bucket, "sha256", lambda self, file: asked.append(file.name))
    assert taken(storage, lake).version == version
    assert asked == []
    monkeypatch.undo()
    store.put("T1.wav", b"eno")  # as long as before, and perhaps within the same second
    assert taken(storage, lake).new == 1


def test_an_upload_that_is_not_finished_is_not_there(storage: Storage, lake: Lake) -> None:
    import obstore

    store = put(storage, lake, {"T1.wav": b"one"})
    writer = obstore.open_writer(store, "T2.wav", buffer_size=5 * 2**20)
    writer.write(b"x" * 11 * 2**20)
    writer.flush()
    assert taken(storage, lake).new == 1
    writer.close()
    assert taken(storage, lake).new == 1
    assert [row[2] for row in rows(lake)] == [3, 11 * 2**20]


def test_what_vanishes_or_changes_between_the_look_and_the_fetch_is_said_and_hurts_no_neighbour(
    storage: Storage, lake: Lake
) -> None:
    store = put(storage, lake, {"T1.wav": b"one", "T2.wav": b"two", "T3.wav": b"three"})
    inbox = opened(storage, lake)
    seen = look(inbox, wavs, rest_s=0.0)
    store.delete("T1.wav")
    store.put("T2.wav", b"owt")
    done = register(lake, inbox, seen, by_name)
    gone, changed = ["T1.wav: it is gone from the inbox"], ["T2.wav"]
    if storage.address.startswith("abfss"):  # Azure says of what is gone that it is not what was listed
        gone, changed = [], ["T1.wav", "T2.wav"]
    assert (done.look.unreadable, done.look.growing) == (gone, changed)
    assert rows(lake) == [("T3.wav", 1, 5, "uploaded")]


def test_thousands_are_listed_page_by_page(storage: Storage, lake: Lake) -> None:
    store = opened(storage, lake).store

    async def upload() -> None:
        for start in range(0, 2_300, 50):
            await asyncio.gather(*(store.put_async(f"{n:05}.wav", b"x") for n in range(start, start + 50)))

    asyncio.run(upload())
    found = look(opened(storage, lake), wavs, rest_s=0.0)
    assert list(found.files) == [f"{n:05}.wav" for n in range(2_300)]
    assert {file.etag is not None for file in found.files.values()} == {True}


def test_who_is_not_let_in_is_told_what_to_check_and_no_secret(
    storage: Storage, lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    put(storage, lake, {"T1.wav": b"one"})
    with caplog.at_level(logging.DEBUG), pytest.raises(InboxUnreachableError) as refused:
        look(opened(storage, lake, storage.wrong), wavs)
    assert "LACQUER_INBOX_ACCOUNT and LACQUER_INBOX_SECRET" in str(refused.value)
    assert str(storage.wrong.secret) not in str(refused.value) + caplog.text
    assert str(storage.wrong.secret) not in repr(storage.wrong)


def test_a_bucket_that_is_not_there_is_told(storage: Storage, lake: Lake) -> None:
    other = replace(storage, address=storage.address.replace("masters", "nowhere"))
    with pytest.raises(InboxUnreachableError, match="there is no such bucket or container"):
        look(opened(other, lake), wavs)


def test_a_storage_that_goes_away_leaves_everything_as_it_was(
    request: pytest.FixtureRequest, shared: Storage, tmp_path: Path, lake: Lake
) -> None:
    kind = "S3" if shared.address.startswith("s3") else "Azure"
    for own in running(kind, tmp_path):
        put(own, lake, {"T1.wav": b"one"})
        version = taken(own, lake).version
        put(own, lake, {"T2.wav": b"two"})
        inbox = opened(own, lake)
        seen = look(inbox, wavs, rest_s=0.0)
        own.server.stop()
        with pytest.raises(
            InboxUnreachableError, match=rf"it does not answer \(asked http://127.0.0.1:{own.server.port}"
        ):
            register(lake, inbox, seen, by_name)
        assert rows(lake) == [("T1.wav", 1, 3, "uploaded")]
        assert Lake(lake.root).versions()["bronze/audio_files"] == version
        assert fetched(lake) == ["T1.wav"]
        assert list((lake.root / "audio" / "inbox").glob("*.part")) == []


def test_no_more_is_kept_than_there_is_room_for_and_fetched_again_when_its_turn_comes(
    storage: Storage, lake: Lake
) -> None:
    put(storage, lake, {"T1.wav": b"1" * 600, "T2.wav": b"2" * 600})
    inbox = replace(opened(storage, lake), kept_bytes=1_000)
    register(lake, inbox, look(inbox, wavs, rest_s=0.0), by_name)
    assert fetched(lake) == ["T1.wav"]
    (row,) = (row for row in read_files(lake).values() if row["path"] == "T2.wav")
    assert inbox.at_hand(row).read_bytes() == b"2" * 600
    inbox.let_go([row["file_id"]])
    assert fetched(lake) == ["T2.wav"]


def test_a_text_is_fetched_once_for_each_of_its_states(storage: Storage, lake: Lake) -> None:
    store = put(storage, lake, {"T1.json": b"{}", "large.json": b"x" * 100})
    assert opened(storage, lake).text("T1.json", 50) == b"{}"
    assert opened(storage, lake).text("large.json", 50) is None
    assert opened(storage, lake).text("none.json", 50) is None
    texts = lake.root / "audio" / "inbox" / "texts"
    (kept,) = texts.iterdir()
    kept.write_bytes(b"as it was fetched")
    assert opened(storage, lake).text("T1.json", 50) == b"as it was fetched"
    store.put("T1.json", b"[]")
    assert opened(storage, lake).text("T1.json", 50) == b"[]"
    store.delete("T1.json")
    look(opened(storage, lake), wavs)
    assert list(texts.iterdir()) == []


def test_both_ways_to_write_an_azure_address_are_one_place(storage: Storage, lake: Lake) -> None:
    if storage.address.startswith("s3"):
        pytest.skip("S3 has one way")
    put(storage, lake, {"T1.wav": b"one"})
    short = replace(storage, address="az://masters/" + storage.address.partition(".net/")[2])
    assert look(opened(short, lake), wavs, rest_s=0.0) == look(opened(storage, lake), wavs, rest_s=0.0)
    assert list(look(opened(short, lake), wavs, rest_s=0.0).files) == ["T1.wav"]


def test_a_name_that_the_library_cannot_list_is_named(shared: Storage, lake: Lake) -> None:
    if shared.address.startswith("s3"):
        pytest.skip("versitygw keeps objects as files, which have no such names")
    put_blob(shared, "empty/a//b.wav", b"x")
    root = replace(shared, address=shared.address.replace("/incoming", "/empty"))
    with pytest.raises(InboxUnreachableError, match=r"(?s)rename it.*a//b\.wav"):
        look(opened(root, lake), wavs)
