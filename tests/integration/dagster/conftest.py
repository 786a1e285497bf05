"""A small published lake, built once; a test that runs something takes a copy."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from serving.cli import app
from tests.end_to_end.sharing import built_once
from tests.integration.dagster.running import Lacquer, land_demo, run_main


def _build(root: Path) -> str:
    land_demo(root)
    ran = run_main(root)
    assert ran.success, ran.failed_checks
    return "built"


@pytest.fixture(scope="session")
def built_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo pack's first 45 days. Not to be changed."""
    return built_once(tmp_path_factory, "in_process", _build)


@pytest.fixture
def lake(built_lake: Path, tmp_path: Path) -> Path:
    """A copy of the built lake, to be changed."""
    return shutil.copytree(built_lake, tmp_path / "lake")


@pytest.fixture
def lacquer(lake: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lacquer:
    """The command line in this process, on the lake; what it raises is raised here."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))

    def run(*arguments: str) -> Result:
        answer = CliRunner().invoke(app, [*arguments, "--lake", str(lake)])
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run
