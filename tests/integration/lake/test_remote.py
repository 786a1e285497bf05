"""A lake in real object storage of both kinds: machines that take turns, wait, crash, are overtaken, or lose files."""

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from lake.ingest.inbox.opening import open_store
from lake.lakehouse import Lake
from lake.remote.lease import HeldError, Lease
from lake.remote.objects import Objects, RemoteError
from lake.remote.pulling import newest_state
from lake.remote.pushing import OvertakenError, collect, object_name
from lake.remote.sequence import Sequence
from tests.integration.audio.storages import KINDS, Storage, running
from tests.integration.lake.remote_machines import Machines, add
from tests.lake_builders import land, stated
from tests.needs import need_packages

pytestmark = pytest.mark.heavy
CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", params=KINDS)
def storage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    need_packages("obstore", target="storage")
    yield from running(request.param, tmp_path_factory.mktemp("storage"))


@pytest.fixture
def address(storage: Storage, request: pytest.FixtureRequest) -> str:
    """A lake of the test's own."""
    return f"{storage.address}/{request.node.originalname}"


@pytest.fixture
def machines(storage: Storage, address: str, tmp_path: Path) -> Machines:
    return Machines(storage.access, address, tmp_path)


def test_what_one_machine_writes_another_reads(machines: Machines) -> None:
    one, other = machines.machine("one"), machines.machine("other")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
        with closing(sqlite3.connect(one.database)) as con:
            con.execute("create table decisions (name text)")
            con.execute("insert into decisions values ('yes')")
            con.commit()
    assert machines.ids("other") == ["1"]
    with closing(sqlite3.connect(other.database)) as con:
        assert con.execute("select name from decisions").fetchall() == [("yes",)]
    (landed,), (fetched,) = ([*one.root.rglob("*.jsonl")] for one in (one, other))
    assert (landed.read_bytes(), landed.stat().st_mtime_ns) == (fetched.read_bytes(), fetched.stat().st_mtime_ns)
    with other.writing(wait_s=0):
        add(Lake(other.root), "2")
    assert machines.ids("one") == ["1", "2"]
    assert Lake(one.root).published() == Lake(other.root).published()
    assert machines.messages[0].startswith(f"{machines.address}: state 1, ")


def test_a_command_that_changes_nothing_writes_no_state(machines: Machines) -> None:
    one = machines.machine("one")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
    with one.writing(wait_s=0):
        pass
    assert newest_state(machines.objects)[0] == 1


def test_two_machines_at_once_lose_nothing(machines: Machines) -> None:
    failures: list[BaseException] = []

    def work(name: str, first: int) -> None:
        try:
            for number in range(first, first + 3):
                copy = machines.machine(name)
                with copy.writing(wait_s=240):
                    add(Lake(copy.root), str(number))
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work, args=(name, first)) for name, first in (("one", 1), ("other", 4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert machines.ids("third") == ["1", "2", "3", "4", "5", "6"]
    assert newest_state(machines.objects)[0] == 6


def test_processes_of_one_machine_share_folder_and_lease(machines: Machines) -> None:
    first, second = machines.machine("one"), machines.machine("one")
    with first.writing(wait_s=0):
        with second.writing(wait_s=0):
            add(Lake(second.root), "1")
        with pytest.raises(HeldError, match=r"works on it; wait until it has ended"):  # the first still holds it
            machines.machine("other").writing(wait_s=0).__enter__()
        add(Lake(first.root), "2")
    assert machines.ids("other") == ["1", "2"]


def kill_while_writing(machines: Machines, storage: Storage) -> None:
    """A process of machine one adds order 2 and is killed before it has pushed."""
    access = [storage.access.endpoint or "", storage.access.account or "", storage.access.secret or ""]
    access.append(storage.access.region or "")
    child = [sys.executable, "-m", "tests.integration.lake.remote_machines"]
    arguments = [*child, machines.address, str(machines.folder), *access]
    done = subprocess.run(arguments, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_the_same_machine_goes_on_where_a_killed_command_stopped(machines: Machines, storage: Storage) -> None:
    one = machines.machine("one")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
    kill_while_writing(machines, storage)
    assert machines.ids("other") == ["1"]
    with one.writing(wait_s=0):
        add(Lake(one.root), "3")
    assert machines.ids("other") == ["1", "2", "3"]


def test_another_machine_takes_over_and_the_killed_work_is_discarded(machines: Machines, storage: Storage) -> None:
    one = machines.machine("one")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
    kill_while_writing(machines, storage)
    other = machines.machine("other", runs_out_s=1.0)
    with other.writing(wait_s=60):
        add(Lake(other.root), "3")
    assert machines.ids("one") == ["1", "3"]
    assert len([*one.root.rglob("*.jsonl")]) >= 2


def test_who_was_overtaken_says_so_and_the_lake_stays_whole(machines: Machines) -> None:
    one, other = machines.machine("one"), machines.machine("other", runs_out_s=0.5)
    work = one.writing(wait_s=0)
    work.__enter__()
    add(Lake(one.root), "1")
    with other.writing(wait_s=60):
        add(Lake(other.root), "2")
    with pytest.raises(OvertakenError, match="another machine has written state 1 meanwhile"):
        work.__exit__(None, None, None)
    assert machines.ids("third") == ["2"]
    assert machines.ids("one") == ["2"]


def test_files_that_a_machine_has_lost_come_back(machines: Machines) -> None:
    one = machines.machine("one")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
    for path in [*Lake(one.root).path("silver/lines").rglob("*")]:
        if path.is_file():
            path.unlink()
    with one.writing(wait_s=0):
        add(Lake(one.root), "2")
    assert machines.ids("other") == ["1", "2"]


def test_a_file_put_beside_the_others_lands_with_the_next_command(machines: Machines) -> None:
    one = machines.machine("one")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
    put = land(Lake(one.root), "2010-12-02--by-hand.jsonl", [stated(9, order_id="9")])
    with machines.machine("other").writing(wait_s=0):
        add(Lake(machines.machine("other").root), "2")
    with one.writing(wait_s=0):
        add(Lake(one.root), "3")
    assert put.exists()
    assert machines.ids("other") == ["1", "2", "3", "9"]


def test_contents_that_no_state_holds_are_collected(machines: Machines) -> None:
    one = machines.machine("one")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
    machines.objects.write(object_name("0" * 64), b"left by a killed push")
    _, manifest = newest_state(machines.objects)
    assert manifest is not None
    held = {object_name(stored.sha256) for stored in manifest.stored().values()}
    assert collect(machines.objects, [manifest], older_than=dt.timedelta(days=1)) == 0
    assert collect(machines.objects, [manifest], older_than=dt.timedelta(seconds=-1)) == 1
    assert {name for name, _ in machines.objects.names("files")} == held
    assert machines.ids("other") == ["1"]


def test_a_damaged_content_is_named_and_nothing_of_it_is_kept(machines: Machines) -> None:
    one = machines.machine("one")
    with one.writing(wait_s=0):
        add(Lake(one.root), "1")
    (landed,) = one.root.rglob("*.jsonl")
    _, manifest = newest_state(machines.objects)
    assert manifest is not None
    name = object_name(manifest.files[str(landed.relative_to(one.root))].sha256)
    machines.objects.write(name, b"something else")
    with pytest.raises(RemoteError, match=f"{name} is damaged; restore a backup"):
        machines.ids("other")
    assert not [*machines.machine("other").root.rglob("*.part"), *machines.machine("other").root.rglob("*.jsonl")]


def test_a_number_that_was_tidied_away_makes_nobody_a_winner(machines: Machines) -> None:
    states = Sequence(machines.objects, "states")
    for number in range(1, 25):
        assert states.create(number, b"{}")
    states.tidy()
    assert not states.create(2, b"by a writer that slept for long")
    assert states.newest() == (24, b"{}")


def test_a_wrong_secret_is_told_in_one_line(storage: Storage, address: str) -> None:
    objects = Objects(address, open_store(address, replace(storage.wrong)))
    with pytest.raises(RemoteError, match=r"it refuses the credentials; check LACQUER_LAKE_ACCOUNT"):
        newest_state(objects)
    with pytest.raises(RemoteError, match=f"lake {address}: "):
        Lease(Sequence(objects, "leases"), "me", "me").acquire(0, print, 1.0)
