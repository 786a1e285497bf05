"""Approved assets in the PIM: each file once, whatever breaks between the upload and its record."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from dagster import DagsterInstance, RunRequest, SkipReason, build_sensor_context

from definitions import build_definitions
from lake.journals.generation import StateError, read_standings
from lake.lakehouse import Lake
from resources.generation.deciding import approve, history_of, reject
from resources.generation.installation import Generation
from resources.generation.publishing import publish_assets
from resources.generation.requests import Wish, ask
from resources.generation.working import work
from resources.lake import LakeResource
from resources.pim.assets import AssetFile, AssetFolder, DataHubAssets, Stored
from resources.pim.graphql import PimError
from resources.settings import Settings
from sensors.generation import publishing_sensor
from tests.generation_builders import WISH
from tests.pim_server.client import hub_of
from tests.pim_server.server import PimServer, pim_server

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def pim() -> Iterator[PimServer]:
    with pim_server() as server:
        yield server


def assets_of(pim: PimServer, key: str | None = None) -> DataHubAssets:
    return DataHubAssets(hub_of(pim, *([key] if key else [])), "/lacquer/campaigns", settle_s=0.3)


def approved(lake: Lake, *wishes: Wish) -> list[str]:
    """Ids of drafts that were made of the wishes and approved."""
    for wish in wishes or (WISH,):
        ask(lake, wish, "ana")
    work(lake, Generation())
    ids = [one.id for one in read_standings(lake).values() if one.state == "draft"]
    for one in ids:
        approve(lake, one, "Ada", "fits")
    return ids


def rows(lake: Lake, sql: str) -> list[tuple]:
    return lake.connect(lake.published()).execute(sql).fetchall()


def test_approved_texts_are_uploaded_once_and_nothing_else_is(lake: Lake, pim: PimServer) -> None:
    first, second = approved(lake, WISH, Wish("text", "R2", ("social",), "de"))
    ask(lake, WISH, "ana")
    work(lake, Generation())  # a draft that nobody has decided about
    done = publish_assets(lake, assets_of(pim), "Ada")
    assert (sorted(done.published), done.faults) == (sorted([first, second]), [])
    held = rows(lake, "select asset_id, content, pim_id, pim_path from gold.generated_assets where state = 'published'")
    assert {path: content.encode() for _, content, _, path in held} == pim.assets.files()
    assert {path: pim.assets.held[path]["id"] for _, _, _, path in held} == {path: at for _, _, at, path in held}
    names = {f"/lacquer/campaigns/R1/{first}-shop-en.txt", f"/lacquer/campaigns/R2/{second}-social-de.txt"}
    assert set(pim.assets.files()) == names
    assert {one["type"] for one in pim.assets.held.values()} == {"folder", "text"}
    assert publish_assets(lake, assets_of(pim), "Ada").published == []
    assert len(pim.assets.uploads) == 2


@pytest.mark.parametrize("fault", ["applied:cut", "applied:timeout", "applied:errors", "late", "cut", "refused", "500"])
def test_an_upload_of_which_nobody_knows_is_looked_for_before_it_is_sent_again(
    lake: Lake, pim: PimServer, fault: str
) -> None:
    approved(lake, WISH, Wish("text", "R1", ("social",), "en"))
    # Two folders above, the release's, then the file; the folders of the second file are there.
    pim.mutation_faults.extend(["", fault, "", fault])
    done = publish_assets(lake, assets_of(pim), "Ada")
    assert (len(done.published), done.faults) == (2, [])
    assert len(pim.assets.uploads) == len(set(pim.assets.uploads)) == 2


def test_a_refusal_is_named_and_the_asset_stays_approved(lake: Lake, pim: PimServer) -> None:
    (asset,) = approved(lake)
    pim.mutation_faults.extend([""] * 3 + ["refused"] * 3)
    done = publish_assets(lake, assets_of(pim), "Ada")
    assert done.published == []
    assert done.faults == [
        f"asset {asset}: PIM: createAsset /lacquer/campaigns/R1/{asset}-shop-en.txt: refused: locked"
    ]
    assert read_standings(lake)[asset].state == "approved"
    assert publish_assets(lake, assets_of(pim), "Ada").published == [asset]


def test_a_pim_that_cannot_be_used_ends_the_publishing_with_its_reason(lake: Lake, pim: PimServer) -> None:
    approved(lake, WISH, Wish("text", "R1", ("social",), "en"))
    wrong = publish_assets(lake, assets_of(pim, "another-key"), "Ada")
    assert all("the key or its rights are wrong" in fault for fault in wrong.faults)
    assert "another-key" not in str(wrong.faults)
    pim.query_faults.extend(["503"] * 50)
    down = publish_assets(lake, assets_of(pim), "Ada")
    assert (len(down.faults), down.faults[1]) == (2, "1 more assets were not begun")


def test_another_file_at_the_path_is_never_written_over(lake: Lake, pim: PimServer) -> None:
    file = AssetFile("R/1", "a b.txt", "text", b"ours")
    assert assets_of(pim).put(file).path == "/lacquer/campaigns/R_1/a_b.txt"
    with pytest.raises(PimError, match="it holds 4 bytes, ours has 6; rename that one"):
        assets_of(pim).put(AssetFile("R/1", "a b.txt", "text", b"theirs"))
    assert pim.assets.files() == {"/lacquer/campaigns/R_1/a_b.txt": b"ours"}


KILLED = """
import os, signal, sys
from lake.lakehouse import Lake
from resources.generation.publishing import publish_assets
from resources.pim.assets import DataHubAssets
from tests.pim_server.client import hub_at

class DiesAfterTheUpload(DataHubAssets):
    def put(self, file):
        super().put(file)
        os.kill(os.getpid(), signal.SIGKILL)

publish_assets(Lake(sys.argv[1]), DiesAfterTheUpload(hub_at(sys.argv[2]), "/lacquer"), "Ada")
"""


def test_a_kill_between_upload_and_record_doubles_nothing(lake: Lake, pim: PimServer) -> None:
    (asset,) = approved(lake)
    command = [sys.executable, "-c", KILLED, str(lake.root), pim.url]
    assert subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=False).returncode == -9
    assert (len(pim.assets.uploads), read_standings(lake)[asset].state) == (1, "approved")
    store = DataHubAssets(hub_of(pim), "/lacquer", settle_s=0.3)
    assert publish_assets(lake, store, "Ada").published == [asset]
    assert len(pim.assets.uploads) == 1
    path = f"/lacquer/R1/{asset}-shop-en.txt"
    assert [(one["state"], one["why"]) for one in history_of(lake, asset)][2:] == [
        ("published", f"found in place at {path}")
    ]


def test_a_file_that_is_not_the_approved_one_or_is_rejected_meanwhile_is_not_published(
    lake: Lake, tmp_path: Path
) -> None:
    (asset,) = approved(lake)

    class Rejected:
        def put(self, file: AssetFile) -> Stored:
            reject(lake, asset, "Ada", "after all not")
            return AssetFolder(tmp_path).put(file)

    done = publish_assets(lake, Rejected(), "Ada")
    assert done.published == []
    assert "is rejected; it cannot become published" in done.faults[0]
    assert f"its file is at {tmp_path}/R1/{asset}-shop-en.txt, delete it there" in done.faults[0]
    with pytest.raises(StateError, match="is rejected; only an approved one can be published"):
        publish_assets(lake, Rejected(), "Ada", [asset])


def test_without_a_pim_the_files_go_into_the_outbox(lake: Lake, lacquer: Callable[..., Result]) -> None:
    (asset,) = approved(lake)
    done = lacquer("assets", "publish", "--by", "Ada", "--lake", lake.root)
    assert (done.exit_code, done.output.endswith("1 published, 0 not\n")) == (0, True), done.output
    content = rows(lake, "select content from gold.generated_assets where state = 'published'")[0][0]
    file = lake.root / "outbox" / "pim-assets" / "R1" / f"{asset}-shop-en.txt"
    assert file.read_text() == content
    unknown = lacquer("assets", "publish", "nothing", "--by", "Ada", "--lake", lake.root)
    assert (unknown.exit_code, "no asset nothing" in unknown.output) == (1, True)


@pytest.mark.heavy
def test_dagster_publishes_what_is_approved_and_waits_before_it_tries_again(lake: Lake, pim: PimServer) -> None:
    resource = LakeResource(lake.root, 0.01, 2)
    with DagsterInstance.ephemeral() as instance:

        def looked(cursor: str | None = None) -> object:
            context = build_sensor_context(instance=instance, cursor=cursor, resources={"lake": resource})
            answer = publishing_sensor(context)
            cursors.append(context.cursor)
            return answer

        cursors: list[str | None] = []
        assert isinstance(looked(), SkipReason)
        (asset,) = approved(lake)
        assert isinstance(looked(), RunRequest)
        assert isinstance(looked(cursors[-1]), SkipReason)
        state = str(cursors[-1]).partition("|")[0]
        assert isinstance(looked(f"{state}|0"), RunRequest)
        settings = Settings(lake=lake.root)
        job = build_definitions(settings, pim_assets=assets_of(pim)).resolve_job_def("publish_approved")
        assert job.execute_in_process(instance=instance).success
        assert isinstance(looked(), SkipReason)
    assert read_standings(lake)[asset].state == "published"
    assert len(pim.assets.uploads) == 1
