"""The front door: quick, complete, and without an engine behind it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import Result

from serving.cli import app

CHECKOUT = Path(__file__).resolve().parents[3]
ENGINES = ("dagster", "dbt", "deltalake", "duckdb", "lightgbm", "numpy", "polars", "pyarrow", "scipy")
COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


def test_help_loads_no_engine() -> None:
    """The time of `lacquer --help` is that of the modules it loads; the engines cost seconds."""
    code = f"import sys, serving.cli; print(sorted(set({ENGINES}) & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str, lacquer: Callable[..., Result]) -> None:
    answer = lacquer(command, "--help")
    assert answer.exit_code == 0
    assert "Example" in answer.stdout
    assert f"lacquer {command}" in answer.stdout.split("Example")[1]


def test_without_a_command_it_lists_them(lacquer: Callable[..., Result]) -> None:
    answer = lacquer()
    assert all(command in answer.output for command in COMMANDS)


def test_the_command_works_from_another_folder_in_which_names_of_ours_stand(tmp_path: Path) -> None:
    """A user's own `lake` or `serving` beside the data must not be taken for ours."""
    for name in ("lake", "serving", "resources"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    answer = subprocess.run(
        [CHECKOUT / "serving" / "lacquer", "sql", "--lake", "elsewhere", "select 1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert f"no lake at {tmp_path}/elsewhere" in answer.stderr
