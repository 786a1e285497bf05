"""What share, and what number, of bad rows stops a load, and which bad rows do not count."""

import json
from pathlib import Path

import pytest
from dagster import materialize

from assets.bronze import bad_share
from assets.bronze.pim_objects import pim_objects
from assets.silver.releases import releases
from lake.lakehouse import Lake
from resources.lake import LakeResource
from resources.settings import Settings
from resources.streams.connecting import Streams


@pytest.mark.parametrize(("dead", "read", "share", "number", "passes"), [
    (0, 0, 0.0, 0, True),
    (1, 10, 0.0, 0, False),
    (1, 10, 0.1, 0, True),
    (3, 4, 0.0, 3, True),
    (4, 5, 0.0, 3, False),
    (4, 400, 0.01, 3, True),
])  # fmt: skip
def test_a_load_passes_by_its_share_or_by_its_number(
    tmp_path: Path, dead: int, read: int, share: float, number: int, *, passes: bool
) -> None:
    lake = LakeResource(root=tmp_path, allowed_bad_share=share, allowed_bad_rows=number, threads=1)
    assert bad_share(["bronze", "erp_changes"], dead, read, lake).passed is passes


def test_the_number_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LACQUER_ALLOWED_BAD_ROWS", "7")
    assert LakeResource.from_settings(Settings(lake=tmp_path)).allowed_bad_rows == 7


def node(number: int, **fields: object) -> str:
    row = {"id": str(number), "classname": "Release", "modificationDate": 1, "published": True, "title": "T"}
    return json.dumps(row | {"releaseId": f"X{number}"} | fields) + "\n"


@pytest.mark.parametrize("how", ["removed", "mended in place"])
def test_a_file_that_was_withdrawn_before_any_publication_does_not_count(tmp_path: Path, how: str) -> None:
    def run() -> bool:
        resources = {"lake": LakeResource(root=tmp_path, allowed_bad_share=0, threads=1), "streams": Streams()}
        return materialize([pim_objects, releases], resources=resources, raise_on_error=False).success

    file = tmp_path / "landing" / "pim" / "first.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text(node(1) + "no json\n" + node(2, title=None))
    assert not run()
    assert not run()

    good = node(1) + node(2)
    if how == "removed":
        file.unlink()
        file.with_name("second.jsonl").write_text(good)
    else:
        file.write_text(good)
    assert run()

    lake = Lake(tmp_path)
    lake.publish(lake.versions(), "first-run")
    file.with_name("third.jsonl").write_text(node(3, title=None))
    assert not run()
    file.with_name("third.jsonl").unlink()
    assert run()
