"""The whole graph on a lake in real object storage, S3 and Azure, gives what it gives on a folder."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.commands import DAYS, DEMO, command, ended, environment
from tests.end_to_end.states import assert_same_tables
from tests.integration.audio.storages import KINDS, Storage, running
from tests.needs import need_packages

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", params=KINDS)
def storage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    need_packages("obstore", target="storage")
    yield from running(request.param, tmp_path_factory.mktemp("storage"))


def lacquer(storage: Storage, machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the lake in the storage, as a machine that has its own folder of working copies."""
    access = storage.access
    settings = {
        "LACQUER_LAKE": f"{storage.address}/lake",
        "LACQUER_LAKE_COPIES": str(machine / "copies"),
        "LACQUER_LAKE_ENDPOINT": access.endpoint or "",
        "LACQUER_LAKE_ACCOUNT": access.account or "",
        "LACQUER_LAKE_SECRET": access.secret or "",
        "LACQUER_LAKE_REGION": access.region or "",
    }
    process = subprocess.Popen(
        command(*arguments),
        env=environment(machine, **settings),
        cwd=tempfile.gettempdir(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return ended(process)


def copy_of(machine: Path) -> Path:
    (root,) = (machine / "copies").glob("*/lake")
    return root


@pytest.mark.timeout(900)
def test_the_graph_in_object_storage_equals_that_of_a_folder(storage: Storage, demo_lake: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    ran = lacquer(storage, one, "run", *DEMO, "--days", str(DAYS))
    assert ran.returncode == 0, ran.stderr + ran.stdout
    assert f"{storage.address}/lake: state " in ran.stderr
    asked = lacquer(storage, other, "sql", "--format", "json", "select count(*) n from fct_order_line")
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)[0]["n"] > 1000
    assert_same_tables(demo_lake, copy_of(other))
    shown = lacquer(storage, other, "status", "--format", "json")
    assert json.loads(shown.stdout)["run"]["status"] == "success", shown.stderr
    checked = lacquer(storage, other, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    differs = lacquer(storage, other, "diff", str(demo_lake), f"{storage.address}/lake", "--table", "silver/orders")
    assert differs.returncode == 0, differs.stdout + differs.stderr
