"""`lacquer backup` and `lacquer restore` as a user types them."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from lake.lakehouse import Lake
from tests.lake_builders import loaded, rows, stated


def test_backup_restore_and_refusal(lacquer: Callable[..., Result], tmp_path: Path) -> None:
    lake, backups, new = Lake(tmp_path / "lake"), tmp_path / "backups", tmp_path / "new"
    loaded(lake, [stated(1)])

    made = lacquer("backup", "--lake", lake.root, "--to", backups, "--verify")
    assert (made.exit_code, "every stored file has its checksum" in made.output) == (0, True)
    assert lacquer("restore", "--from", backups, "--lake", new).exit_code == 0
    assert rows(Lake(new), "silver/lines") == rows(lake, "silver/lines") != []

    refused = lacquer("restore", "--from", backups, "--lake", new)
    assert (refused.exit_code, "is not empty" in refused.stderr) == (1, True)
    assert "inside the lake" in lacquer("backup", "--lake", lake.root, "--to", lake.root / "copies").stderr
